/** What treating customers changed: interval first, then words. */
import { Alert, Badge, Card, Group, Loader, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';

import type { Answer } from '../../api/contract';
import { Instant } from '../../parts/Instant';
import { Skeletons } from '../../parts/Skeletons';
import classes from './home.module.css';
import { IntervalBar } from './IntervalBar';

export const SPANS = ['7', '28', '90'] as const;
export type Span = (typeof SPANS)[number];
type LiftView = Answer<'get', '/v1/home'>['lift'];
type Row = LiftView['rows'][number];

const COLORS: Readonly<Record<string, string>> = {
  higher: 'shop',
  lower: 'red',
  'not to be trusted': 'red',
  'needs more data': 'yellow',
};

interface LiftProps {
  lift: LiftView;
  span: Span;
  onSpan: (span: Span) => void;
}

export function Lift({ lift, span, onSpan }: LiftProps) {
  return (
    <Card component="section" aria-label="What treatment changes">
      <Group justify="space-between" mb="md">
        <Title order={2}>Treated against held out</Title>
        <SegmentedControl
          aria-label="Over how many days"
          transitionDuration={0}
          size="xs"
          value={span}
          onChange={onSpan}
          data={SPANS.map((days) => ({ value: days, label: `${days} days` }))}
        />
      </Group>
      {lift.warning ? (
        <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title="Sample ratio mismatch" mb="md">
          {lift.warning}
        </Alert>
      ) : null}
      <LiftBody lift={lift} />
    </Card>
  );
}

function LiftBody({ lift }: { lift: LiftView }) {
  if (lift.unavailable) return <Text c="dimmed">{lift.unavailable}</Text>;
  if (lift.rows.length === 0) {
    return (
      <Stack gap="md" aria-live="polite">
        <Text c="dimmed">The comparison is being made; it takes a few seconds.</Text>
        <Skeletons lines={4} height={30} label="The comparison is being made" />
      </Stack>
    );
  }
  return (
    <Stack gap="md">
      <Text className={classes.headline}>{lift.headline}</Text>
      <ul className={classes.rows}>
        {lift.rows.map((row) => (
          <li key={row.figure}>
            <LiftLine row={row} />
          </li>
        ))}
      </ul>
      <Group justify="space-between" gap="xs">
        <Text size="sm" c="dimmed" maw={680}>
          {lift.people}
        </Text>
        <Group gap={6}>
          {lift.computing ? <Loader size={14} aria-label="A newer comparison is being made" /> : null}
          <Text size="sm" c="dimmed" component="div">
            {lift.as_of ? (
              <>
                As of <Instant at={lift.as_of} />
              </>
            ) : null}
          </Text>
        </Group>
      </Group>
    </Stack>
  );
}

function LiftLine({ row }: { row: Row }) {
  return (
    <div className={classes.row}>
      <div>
        <Text fw={600}>{row.label}</Text>
        <Text size="sm" c="dimmed" data-numbers>
          {row.treated_text} treated, {row.holdout_text} held out
        </Text>
      </div>
      <IntervalBar
        low={row.low}
        point={row.difference}
        high={row.high}
        verdict={row.verdict}
        says={`${row.label}: ${row.difference_text} per customer, 95 % interval ${row.interval_text}. ${row.words}`}
      />
      <div className={classes.difference}>
        <Text fw={600} data-numbers>
          {row.difference_text}
        </Text>
        <Text size="sm" c="dimmed" data-numbers>
          {row.interval_text}
        </Text>
      </div>
      <div>
        <Badge variant="light" color={COLORS[row.verdict] ?? 'gray'}>
          {row.verdict}
        </Badge>
        <Text size="xs" c="dimmed" mt={4}>
          {row.words}
        </Text>
      </div>
    </div>
  );
}
