/** One model: what it is for, its quality in words, and on demand everything else. */
import { Anchor, Badge, Button, Card as Paper, Code, Collapse, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useId } from 'react';
import { Link } from 'react-router';

import { EmptyState } from '../../parts/EmptyState';
import { Instant } from '../../parts/Instant';
import { Calibration } from './Calibration';
import { Quality } from './Quality';
import type { Card, Version } from './ModelsPage';
import classes from './models.module.css';
import { Versions } from './Versions';

interface ModelCardProps {
  card: Card;
  open: boolean;
  onOpen: () => void;
}

export function ModelCard({ card, open, onOpen }: ModelCardProps) {
  const body = useId();
  const force = card.versions.find((version) => version.in_force);
  return (
    <Paper component="section" aria-label={card.title}>
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Stack gap={4} maw={720}>
          <Group gap="sm">
            <Title order={2}>{card.title}</Title>
            {force ? (
              <Badge variant="light" color="shop">
                in force
              </Badge>
            ) : (
              <Badge variant="light" color="yellow">
                not in force
              </Badge>
            )}
          </Group>
          <Text c="dimmed">{card.what}</Text>
          <Standing card={card} />
        </Stack>
      </Group>
      {force ? (
        <>
          <Quality metrics={force.metrics} />
          <Button
            variant="subtle"
            size="compact-sm"
            px={0}
            style={{ alignSelf: 'flex-start' }}
            onClick={onOpen}
            aria-expanded={open}
            aria-controls={body}
            rightSection={<IconChevronDown size={16} aria-hidden className={classes.chevron} data-open={open || undefined} />}
          >
            {open ? 'Less' : `Model card and ${versionsText(card.versions.length)}`}
          </Button>
          <Collapse expanded={open} id={body}>
            {open ? <Details card={card} force={force} /> : null}
          </Collapse>
        </>
      ) : (
        <EmptyState>{card.standing}</EmptyState>
      )}
    </Paper>
  );
}

const versionsText = (n: number) => (n === 1 ? 'its version' : `${n} versions`);

function Standing({ card }: { card: Card }) {
  return (
    <Text size="sm" component="div">
      {card.standing}{' '}
      {card.since ? (
        <>
          Put in force <Instant at={card.since} />.{' '}
        </>
      ) : null}
      {card.slots.length > 0 ? (
        <>
          Fills{' '}
          {card.slots.map((slot, index) => (
            <span key={slot}>
              {index > 0 ? ', ' : ''}
              <Anchor component={Link} underline="always" to={`/decisions?slot=${encodeURIComponent(slot)}`}>
                {slot}
              </Anchor>
            </span>
          ))}
          .
        </>
      ) : null}
    </Text>
  );
}

function Details({ card, force }: { card: Card; force: Version }) {
  return (
    <Stack gap="lg" mt="md">
      <Versions card={card} />
      {force.calibration.length > 0 ? (
        <SimpleGrid cols={{ base: 1, md: force.calibration.length }} spacing="xl">
          {force.calibration.map((curve) => (
            <Calibration key={curve.label} curve={curve} />
          ))}
        </SimpleGrid>
      ) : null}
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl">
        <Facts
          title="What it learns from"
          facts={[
            { name: 'Reads', text: card.learns.join('; ') },
            { name: 'Never', text: 'names, addresses or anything that says who somebody is' },
            { name: 'Learned', text: force.learned },
            { name: 'Family', text: force.family },
            { name: 'Log position', text: force.upto_seq.toLocaleString('en') },
            { name: 'Size', text: force.size_text },
            { name: 'Digest', text: force.digest },
          ]}
        />
        <Facts
          title="Settings"
          facts={force.parameters.map(({ label, text }) => ({ name: label, text }))}
        />
      </SimpleGrid>
    </Stack>
  );
}

function Facts({ title, facts }: { title: string; facts: readonly { name: string; text: string }[] }) {
  return (
    <div>
      <Title order={3} mb="xs">
        {title}
      </Title>
      <dl className={classes.facts}>
        {facts.map(({ name, text }) => (
          <div key={`${name} ${text}`}>
            <dt>{name}</dt>
            <dd data-numbers>{name === 'Digest' ? <Code className={classes.digest}>{text}</Code> : text}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
