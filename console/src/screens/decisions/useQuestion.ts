/** The simulator's question: what the address says, and how to change it. */
import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

import { useAsk } from '../../api/ask';
import { useUrlChange } from '../../parts/useUrlState';
import { FACT } from './question';

export type Changes = Readonly<Record<string, string | null>>;

/** Read the address and change it: null or an empty text takes a key out. */
export function useQuestion() {
  const [query] = useSearchParams();
  const put = useUrlChange();
  const change = useCallback(
    (changes: Changes) => {
      const pairs = Object.entries(changes).map(([key, value]) => [key, value === '' ? null : value] as const);
      put(Object.fromEntries(pairs));
    },
    [put],
  );
  return { query, change };
}

/** The slots there are, and the one that the address names, else the first. */
export function useSlots(query: URLSearchParams) {
  const asked = useAsk('/v1/slots', undefined, { fresh: 60_000 });
  const slots = asked.data ?? [];
  return { asked, slots, slot: slots.find(({ name }) => name === query.get('slot')) ?? slots[0] };
}

/** What takes the facts of another slot out of the address. */
export const withoutFacts = (query: URLSearchParams): Record<string, null> =>
  Object.fromEntries([...query.keys()].filter((key) => key.startsWith(FACT)).map((key) => [key, null]));
