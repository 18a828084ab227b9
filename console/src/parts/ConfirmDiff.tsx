/**
 * Shows what would change, field by field, before it is applied, and says clearly what happened.
 *
 * `apply` sends the change with the version that it was made upon and throws what the server answered. When somebody
 * else was faster (409), or no answer came, `look` reads the version in force again, gives the page new `changes`, and
 * tells how it stands: `applied` (it is in force as wanted), `open` (it is not yet), nothing else.
 *
 * <ConfirmDiff opened={opened} onClose={close} title="Apply 'Lapsing'" changes={changes} apply={apply} look={look}
 *              onApplied={done}>412 customers more, 38 fewer.</ConfirmDiff>
 */
import { Button, Group, Modal, Stack } from '@mantine/core';
import { useState, type ReactNode } from 'react';

import { asApiError, type ApiError } from '../api/error';
import { ChangeList, type Change } from './ChangeList';
import { ConfirmOutcome, type Outcome } from './ConfirmOutcome';

interface ConfirmDiffProps {
  opened: boolean;
  onClose: () => void;
  title: string;
  changes: readonly Change[];
  apply: () => Promise<unknown>;
  look: () => Promise<'applied' | 'open'>;
  onApplied: () => void;
  /** What the change means, in the server's sentences: counts, costs. */
  children?: ReactNode;
  label?: string;
}

const outcomeOf = (error: ApiError): Outcome => {
  if (error.unreachable) return { kind: 'unknown' };
  return error.status === 409 ? { kind: 'conflict', message: error.message } : { kind: 'refused', error };
};

export function ConfirmDiff(props: ConfirmDiffProps) {
  const { opened, onClose, title, changes, apply, look, onApplied, children, label = 'Apply' } = props;
  const [outcome, setOutcome] = useState<Outcome>({ kind: 'none' });
  const [busy, setBusy] = useState(false);

  const close = () => {
    setOutcome({ kind: 'none' });
    onClose();
  };
  const done = () => {
    close();
    onApplied();
  };
  const attempt = async (work: () => Promise<void>) => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      setOutcome(outcomeOf(asApiError(error)));
    } finally {
      setBusy(false);
    }
  };
  const send = () =>
    attempt(async () => {
      await apply();
      done();
    });
  const lookAgain = () =>
    attempt(async () => {
      const before = outcome.kind;
      const found = await look();
      if (found === 'applied') done();
      else setOutcome({ kind: before === 'unknown' ? 'missed' : 'renewed' });
    });

  const waits = outcome.kind === 'conflict' || outcome.kind === 'unknown';
  return (
    <Modal opened={opened} onClose={close} title={title} size="lg" closeOnClickOutside={!busy} closeOnEscape={!busy}>
      <Stack>
        <ConfirmOutcome outcome={outcome} />
        {children}
        <ChangeList changes={changes} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close} disabled={busy}>
            Cancel
          </Button>
          {waits ? (
            <Button onClick={() => void lookAgain()} loading={busy}>
              {outcome.kind === 'unknown' ? 'Check again' : 'Show the difference now'}
            </Button>
          ) : (
            <Button onClick={() => void send()} loading={busy} disabled={changes.length === 0}>
              {label}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}
