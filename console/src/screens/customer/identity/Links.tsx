/** The links as a list, with their reasons: the same that the picture shows. */
import { Badge, Button, Group, Text } from '@mantine/core';

import { Instant } from '../../../parts/Instant';
import classes from '../customer.module.css';
import { Section } from '../Section';
import { STATES, type Link, type WhoIsWho } from './shape';

interface LinksProps {
  who: WhoIsWho;
  chosen: number | null;
  onChoose: (link: number) => void;
}

const COLOR: Readonly<Record<Link['state'], string>> = { joins: 'shop', claimed: 'yellow', cut: 'gray' };

export function Links({ who, chosen, onChoose }: LinksProps) {
  const labels = new Map([...who.parts, ...who.elsewhere].map((part) => [part.part, part.label]));
  return (
    <Section title="Links">
      {who.links.length === 0 ? <Text c="dimmed">None: nothing was ever named together with this identifier.</Text> : null}
      <ul className={classes.rows} aria-label="Links">
        {who.links.map((link, index) => {
          const between = `${labels.get(link.a) ?? link.a} and ${labels.get(link.b) ?? link.b}`;
          return (
            <li key={`${link.a} ${link.b} ${link.seq}`} data-chosen={index === chosen || undefined}>
              <Group justify="space-between" align="flex-start" gap="sm">
                <Text fw={600} className={classes.text}>
                  {between}
                </Text>
                <Badge variant="light" color={COLOR[link.state]}>
                  {STATES[link.state]}
                </Badge>
              </Group>
              <Text size="sm" className={classes.text}>
                {link.reason}
              </Text>
              <Group justify="space-between" gap="sm">
                <Text size="xs" c="dimmed">
                  <Instant at={link.at} />
                </Text>
                <Button
                  size="compact-xs"
                  variant="subtle"
                  aria-pressed={index === chosen}
                  aria-label={`Show in the picture: ${between}`}
                  onClick={() => onChoose(index)}
                >
                  Show
                </Button>
              </Group>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
