/** Who they are: what was said of them, and the segments that hold for them, in words. */
import { Badge, Group, HoverCard, Text } from '@mantine/core';

import { Skeletons } from '../../parts/Skeletons';
import { inWords, moves } from './compare';
import type { Household, Page } from './data';
import classes from './tour.module.css';

type Standing = Page['segments'][number];

export function Who({ household: { customer, page } }: { household: Household }) {
  return (
    <>
      <h4>Who</h4>
      {customer.facts.length > 0 ? (
        <dl className={classes.facts}>
          {customer.facts.map(({ label, text }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      ) : (
        <Text size="sm" c="dimmed">
          Nothing was said of them; what follows comes from what they bought.
        </Text>
      )}
      {page ? <Segments segments={page.segments} /> : <Skeletons lines={1} height={24} />}
    </>
  );
}

interface SegmentsProps {
  segments: readonly Standing[];
  before?: readonly Standing[];
}

/** The segments; with `before`, those entered and left are marked. */
export function Segments({ segments, before }: SegmentsProps) {
  const { entered, left } = moves(before ?? segments, segments);
  return (
    <Group component="ul" gap={6} className={classes.chips} aria-label="Segments">
      {segments.map((one) => (
        <li key={one.name}>
          <Chip standing={one} mark={entered.includes(one) ? 'entered' : null} />
        </li>
      ))}
      {left.map((one) => (
        <li key={one.name}>
          <Chip standing={one} mark="left" />
        </li>
      ))}
      {segments.length + left.length === 0 ? <li className={classes.none}>In no segment now</li> : null}
    </Group>
  );
}

function Chip({ standing: { name, sentence, description }, mark }: { standing: Standing; mark: 'entered' | 'left' | null }) {
  return (
    <HoverCard width={280} shadow="md" withArrow>
      <HoverCard.Target>
        <Badge
          component="button"
          type="button"
          variant={mark === 'left' ? 'outline' : 'light'}
          color={mark === 'entered' ? 'blue' : mark === 'left' ? 'red' : 'gray'}
          size="lg"
          className={classes.chip}
          data-mark={mark ?? undefined}
        >
          {mark ? `${mark}: ` : ''}
          {inWords(name)}
        </Badge>
      </HoverCard.Target>
      <HoverCard.Dropdown>
        {description ? <Text size="sm">{description}</Text> : null}
        <Text size="sm" c="dimmed">
          {sentence}
        </Text>
      </HoverCard.Dropdown>
    </HoverCard>
  );
}
