/** Cuts the chosen parts off, after a preview. */
import { useEffect } from 'react';

import { request } from '../../../api/client';
import { useTell } from '../../../api/tell';
import { ConfirmChange } from './ConfirmChange';
import type { WhoIsWho } from './shape';

const PATH = '/v1/customers/{customer}/unmerge';

interface UnmergeProps {
  who: WhoIsWho;
  leaving: ReadonlySet<string>;
  onClose: () => void;
  onDone: () => void;
}

export function Unmerge({ who: { customer, parts }, leaving, onClose, onDone }: UnmergeProps) {
  const foresee = useTell('post', PATH, { quiet: true });
  const { mutate } = foresee;
  const chosen = [...leaving].sort().join(' ');
  useEffect(() => {
    mutate({ path: { customer }, body: { parts: chosen.split(' '), dry: true } });
  }, [mutate, customer, chosen]);
  return (
    <ConfirmChange
      customer={customer}
      title="Take this customer apart"
      label="Take apart"
      foresee={foresee}
      apply={() => request('post', PATH, { path: { customer }, body: { parts: [...leaving], dry: false } })}
      partsAfter={leaving.has(customer) ? leaving.size : parts.length - leaving.size}
      onClose={onClose}
      onApplied={onDone}
    />
  );
}
