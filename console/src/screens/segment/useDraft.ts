/** What was typed and not applied yet; kept by this tab, so that no reload or ended session loses it. */
import { useCallback, useState } from 'react';

/** base: What was in force when the edit began, and its version; where is empty for a new segment. */
export interface Draft {
  name: string;
  where: string;
  description: string;
  base: { where: string; description: string; version: string };
}

const KEY = 'shopkeeper.segment.';

const isDraft = (value: unknown): value is Draft =>
  typeof value === 'object' && value !== null && 'where' in value && 'base' in value && 'name' in value;

function read(key: string): Draft | null {
  try {
    const kept: unknown = JSON.parse(window.sessionStorage.getItem(KEY + key) ?? 'null');
    return isDraft(kept) ? kept : null;
  } catch {
    return null;
  }
}

function write(key: string, draft: Draft | null): void {
  try {
    if (draft === null) window.sessionStorage.removeItem(KEY + key);
    else window.sessionStorage.setItem(KEY + key, JSON.stringify(draft));
  } catch {
    // A browser that keeps nothing: the edit lives as long as the page.
  }
}

/** `key`: The segment's name, or `new`. `found`: whether the draft was there when the page opened. */
export function useDraft(key: string): { draft: Draft | null; found: boolean; keep: (draft: Draft | null) => void } {
  const [first] = useState(() => read(key));
  const [draft, setDraft] = useState(first);
  const keep = useCallback(
    (next: Draft | null) => {
      write(key, next);
      setDraft(next);
    },
    [key],
  );
  return { draft, found: first !== null, keep };
}
