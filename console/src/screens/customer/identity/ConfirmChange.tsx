/** Asks before customers are joined or taken apart: what each would be afterwards, as the server works it out. */
import { Skeleton, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { UseMutationResult } from '@tanstack/react-query';

import { asking } from '../../../api/ask';
import type { ApiError } from '../../../api/error';
import { queries, refresh } from '../../../api/queries';
import { ConfirmDiff } from '../../../parts/ConfirmDiff';
import { ErrorCard } from '../../../parts/ErrorCard';
import { inWords } from '../inWords';
import { CHANGES, type Change, type Sketch } from './shape';

interface ConfirmChangeProps {
  customer: string;
  title: string;
  label: string;
  /** Works out what it would come to, and writes nothing. */
  foresee: Pick<UseMutationResult<Change, ApiError>, 'data' | 'error' | 'isPending'>;
  apply: () => Promise<Change>;
  /** How many parts the customer has when it is done. */
  partsAfter: number;
  onClose: () => void;
  onApplied: () => void;
}

const orders = ({ orders: n, spend_text }: Sketch) => `${n.toLocaleString('en')} order${n === 1 ? '' : 's'} for ${spend_text}`;

const told = (sketch: Sketch) => `${sketch.parts.join(', ')}: ${orders(sketch)}`;

/** Each customer before and after, then where consents differ. */
const changesOf = ({ before, after }: Change) => {
  const rows = Array.from({ length: Math.max(before.length, after.length) }, (_, index) => {
    const [old, now] = [before[index], after[index]];
    return { field: `customer ${index + 1}`, old: old ? told(old) : null, new: now ? told(now) : 'Part of customer 1' };
  });
  const standing = (sketches: readonly Sketch[], purpose: string) =>
    [...new Set(sketches.map(({ consents }) => consents.find((one) => one.purpose === purpose)?.words ?? ''))].join(' / ');
  const consents = (after[0]?.consents ?? [])
    .map(({ purpose }) => ({ field: inWords(purpose), old: standing(before, purpose), new: standing(after, purpose) }))
    .filter((one) => one.old !== one.new);
  return [...rows, ...consents];
};

export function ConfirmChange(props: ConfirmChangeProps) {
  const { customer, title, label, foresee, apply, partsAfter, onClose, onApplied } = props;
  const look = async () => {
    const now = await queries.query({ ...asking('/v1/customers/{customer}/identity', { path: { customer } }), staleTime: 0 });
    return now.parts.length === partsAfter ? ('applied' as const) : ('open' as const);
  };
  const done = () => {
    void refresh(...CHANGES);
    notifications.show({ color: 'shop', message: foresee.data?.words ?? 'Done' });
    onApplied();
  };
  return (
    <ConfirmDiff
      opened
      onClose={onClose}
      title={title}
      label={label}
      changes={foresee.data ? changesOf(foresee.data) : []}
      apply={apply}
      look={look}
      onApplied={done}
    >
      {foresee.error ? <ErrorCard error={foresee.error} title="This cannot be done" /> : null}
      {foresee.isPending ? <Skeleton height={90} /> : null}
      {foresee.data ? (
        <Stack gap={4}>
          <Text>{foresee.data.words}</Text>
          {foresee.data.after.some((one) => one.crossed) ? (
            <Text size="sm" c="dimmed">
              Answers for them followed both arms of the holdout: they are counted in the first, and see what a stranger
              sees while a part of theirs is held out.
            </Text>
          ) : null}
        </Stack>
      ) : null}
    </ConfirmDiff>
  );
}
