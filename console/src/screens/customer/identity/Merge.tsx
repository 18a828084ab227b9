/** Finds another customer and joins the two, after a preview. */
import { Button, Group, Modal, Radio, Stack, Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';

import { useAsk } from '../../../api/ask';
import { request } from '../../../api/client';
import { useTell } from '../../../api/tell';
import { ErrorCard } from '../../../parts/ErrorCard';
import { useDebounced } from '../../../parts/useDebounced';
import { ConfirmChange } from './ConfirmChange';
import type { WhoIsWho } from './shape';

const PATH = '/v1/customers/{customer}/merge';
const MOST = 8;

interface MergeProps {
  who: WhoIsWho;
  onClose: () => void;
}

export function Merge({ who, onClose }: MergeProps) {
  const [other, setOther] = useState<string | null>(null);
  return other === null ? (
    <Search who={who} onClose={onClose} onChoose={setOther} />
  ) : (
    <Confirm who={who} other={other} onClose={onClose} />
  );
}

function Search({ who, onClose, onChoose }: MergeProps & { onChoose: (customer: string) => void }) {
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const q = useDebounced(typed.trim());
  const { data, error } = useAsk('/v1/customers', { query: { q, limit: MOST } }, { keep: true, enabled: q !== '' });
  const hits = q === '' ? [] : (data?.customers ?? []).filter((hit) => hit.customer !== who.customer);
  return (
    <Modal opened onClose={onClose} title="Join with another customer" size="lg">
      <Stack>
        <TextInput
          data-autofocus
          label="Who is the same person?"
          placeholder="Identifier, name or id"
          leftSection={<IconSearch size={17} aria-hidden />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        {error ? <ErrorCard error={error} /> : null}
        {q !== '' && data && hits.length === 0 ? <Text c="dimmed">Nobody else was found.</Text> : null}
        {hits.length > 0 ? (
          <Radio.Group label="Who was found" value={chosen} onChange={setChosen}>
            <Stack gap="xs" mt="xs">
              {hits.map(({ customer, title, description }) => (
                <Radio key={customer} value={customer} label={title} description={description} />
              ))}
            </Stack>
          </Radio.Group>
        ) : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button disabled={chosen === null} onClick={() => chosen !== null && onChoose(chosen)}>
            See what it comes to
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Confirm({ who: { customer, parts }, other, onClose }: MergeProps & { other: string }) {
  const foresee = useTell('post', PATH, { quiet: true });
  const { mutate } = foresee;
  useEffect(() => {
    mutate({ path: { customer }, body: { with: other, dry: true } });
  }, [mutate, customer, other]);
  return (
    <ConfirmChange
      customer={customer}
      title="Join two customers"
      label="Join them"
      foresee={foresee}
      apply={() => request('post', PATH, { path: { customer }, body: { with: other, dry: false } })}
      partsAfter={foresee.data?.after[0]?.parts.length ?? parts.length + 1}
      onClose={onClose}
      onApplied={onClose}
    />
  );
}
