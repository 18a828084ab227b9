/** The customers that what was typed names: by any identifier, or the beginning of a name. */
import { Spotlight } from '@mantine/spotlight';
import { IconUser } from '@tabler/icons-react';
import { useNavigate } from 'react-router';

import { useAsk } from '../../api/ask';
import { useRight } from '../../api/session';
import { useDebounced } from '../../parts/useDebounced';

/** Fewer letters would name half of the shop. */
const LEAST = 2;
const MOST = 6;

/** Ask for customers while one types; `waits` while the answer is not that to what stands there. */
export function useFoundCustomers(query: string) {
  const wanted = query.trim();
  const asked = useDebounced(wanted);
  const enabled = useRight('customers') && wanted.length >= LEAST;
  const { data, isFetching, error } = useAsk(
    '/v1/customers',
    { query: { q: asked, limit: MOST } },
    { enabled: enabled && asked.length >= LEAST, keep: true },
  );
  return { hits: enabled ? (data?.customers ?? []) : [], waits: enabled && (isFetching || asked !== wanted), error };
}

export function FoundCustomers({ hits, label }: { hits: ReturnType<typeof useFoundCustomers>['hits']; label: string }) {
  const go = useNavigate();
  if (hits.length === 0) return null;
  return (
    <Spotlight.ActionsGroup label={label}>
      {hits.map(({ customer, title, description, why }) => (
        <Spotlight.Action
          key={customer}
          label={title}
          description={[why, description].filter(Boolean).join(' · ')}
          leftSection={<IconUser size={19} aria-hidden />}
          onClick={() => void go(`/customers/${encodeURIComponent(customer)}`)}
        />
      ))}
    </Spotlight.ActionsGroup>
  );
}
