/** Training: begin it, see how it goes, while decisions go on with what is in force. */
import { Alert, Button, Loader, Menu, Text } from '@mantine/core';
import { IconBarbell, IconCheck } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';

import { useAsk } from '../../api/ask';
import type { Answer } from '../../api/contract';
import { refresh } from '../../api/queries';
import { useRight } from '../../api/session';
import { useTell } from '../../api/tell';
import { ErrorCard } from '../../parts/ErrorCard';
import { Instant } from '../../parts/Instant';

type Training = Answer<'get', '/v1/models/training'>;

const SOON = 1_500;
const CHOICES: readonly { label: string; names: string[] }[] = [
  { label: 'All of them', names: [] },
  { label: 'Product recommendations', names: ['recommend.product'] },
  { label: 'Category tastes', names: ['recommend.category'] },
  { label: 'Coupon value', names: ['coupons'] },
];

/** How the last training stands; the cards are read again when it ends. */
export function useTraining(): Training | undefined {
  const { data } = useAsk('/v1/models/training', {});
  const running = data?.state === 'running';
  useAsk('/v1/models/training', {}, { enabled: running, every: running ? SOON : false });
  const ran = useRef(false);
  useEffect(() => {
    if (ran.current && !running) void refresh('/v1/models', '/v1/home');
    ran.current = running;
  }, [running]);
  return data;
}

export function Train({ running }: { running: boolean }) {
  const allowed = useRight('models');
  const begin = useTell('post', '/v1/models/train', { changes: ['/v1/models/training'] });
  if (!allowed) return null;
  return (
    <>
      {begin.error ? <ErrorCard error={begin.error} title="The training was not begun" /> : null}
      <Menu position="bottom-end">
        <Menu.Target>
          <Button leftSection={<IconBarbell size={16} aria-hidden />} disabled={running} loading={begin.isPending}>
            Train
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {CHOICES.map(({ label, names }) => (
            <Menu.Item key={label} onClick={() => begin.mutate({ body: { names } })}>
              {label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

export function TrainingLine({ training }: { training: Training }) {
  if (training.state === 'none') return null;
  if (training.state === 'failed') {
    return (
      <Alert color="red" title="The last training failed" role="status">
        {training.words}
      </Alert>
    );
  }
  const running = training.state === 'running';
  return (
    <Alert
      color={running ? 'blue' : 'shop'}
      role="status"
      icon={running ? <Loader size={18} aria-hidden /> : <IconCheck aria-hidden />}
      title={running ? 'Training, beside the server' : 'Trained'}
    >
      <Text size="sm" component="div">
        {training.words}{' '}
        {training.begun_at ? (
          <>
            Begun <Instant at={training.begun_at} />.
          </>
        ) : null}
      </Text>
    </Alert>
  );
}
