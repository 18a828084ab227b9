/**
 * What somebody changed of a guess, kept for this tab: a reload, another page or a new sign-in loses nothing of it.
 * It holds names of columns, never values.
 */
import { useCallback, useState } from 'react';

import type { MappingDoc } from './mapping';

/** kind, encoding, delimiter, header: what somebody knows better than the guess. mapping: null as long as it is the guess's. */
export interface Draft {
  wishes: Readonly<Partial<Record<'kind' | 'encoding' | 'delimiter' | 'header', string>>>;
  mapping: MappingDoc | null;
}

const EMPTY: Draft = { wishes: {}, mapping: null };
const keyOf = (upload: string) => `shopkeeper.import.${upload}`;

function read(upload: string): Draft {
  try {
    const kept = sessionStorage.getItem(keyOf(upload));
    return kept === null ? EMPTY : (JSON.parse(kept) as Draft);
  } catch {
    return EMPTY;
  }
}

export function useDraft(upload: string): [Draft, (draft: Draft) => void] {
  const [draft, setDraft] = useState(() => read(upload));
  const keep = useCallback(
    (next: Draft) => {
      setDraft(next);
      try {
        sessionStorage.setItem(keyOf(upload), JSON.stringify(next));
      } catch {
        // A browser without storage keeps it for this page alone.
      }
    },
    [upload],
  );
  return [draft, keep];
}

export const forgetDraft = (upload: string) => {
  try {
    sessionStorage.removeItem(keyOf(upload));
  } catch {
    // Nothing was kept.
  }
};
