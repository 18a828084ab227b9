/** What is different today: a calm list, each figure beside the usual one and its last two weeks. */
import { Anchor, Card, Text, Title } from '@mantine/core';
import { IconArrowDownRight, IconArrowUpRight } from '@tabler/icons-react';
import { Link } from 'react-router';

import type { Answer } from '../../api/contract';
import classes from './home.module.css';
import { dots, HEIGHT, path, WIDTH } from './sparkline';

type Change = Answer<'get', '/v1/home'>['changes'][number];


export function Changes({ changes, behind }: { changes: readonly Change[]; behind: string }) {
  return (
    <Card component="section" aria-label="What is different today">
      <Title order={2} mb="xs">
        Today so far
      </Title>
      <ul className={classes.changes}>
        {changes.map((change) => (
          <li key={change.code} className={classes.change}>
            <ChangeLine change={change} />
          </li>
        ))}
      </ul>
      {behind ? (
        <Text size="sm" c="dimmed" mt="sm">
          {behind}
        </Text>
      ) : null}
    </Card>
  );
}

function ChangeLine({ change }: { change: Change }) {
  const Arrow = change.way === 'up' ? IconArrowUpRight : IconArrowDownRight;
  return (
    <>
      <Text className={classes.name}>{change.label}</Text>
      <div className={classes.figure} data-numbers data-words={change.days.length === 0 || undefined}>
        {change.link ? (
          <Anchor component={Link} to={change.link} inherit aria-label={`${change.text} ${change.label}: show them`}>
            {change.text}
          </Anchor>
        ) : (
          change.text
        )}
      </div>
      <div className={classes.curve}>{change.days.length > 1 ? <Sparkline days={change.days} /> : null}</div>
      <div className={classes.told}>
        {change.usual ? (
          <Text size="sm" component="div" className={classes.usual}>
            {change.way === 'same' ? null : <Arrow size={15} aria-hidden />}
            {change.usual}
          </Text>
        ) : null}
        {change.yesterday ? (
          <Text size="sm" c="dimmed">
            {change.yesterday}
          </Text>
        ) : null}
        {change.movers.map((mover) => (
          <Text size="sm" key={mover.label} data-numbers>
            <Anchor component={Link} to={mover.link} underline="always">
              {mover.label}
            </Anchor>{' '}
            <span className={classes.quiet}>{mover.text}</span>
          </Text>
        ))}
      </div>
    </>
  );
}

function Sparkline({ days }: { days: Change['days'] }) {
  const last = dots(days).at(-1);
  return (
    <svg width={WIDTH} height={HEIGHT} aria-hidden className={classes.spark}>
      <path d={path(days)} />
      {last ? <circle cx={last.x} cy={last.y} r="3" /> : null}
    </svg>
  );
}
