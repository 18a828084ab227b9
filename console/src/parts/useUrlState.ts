/**
 * `const [query, setQuery] = useUrlState('q', '')`: state that a person would share or come back to.
 * `const [tab, setTab] = useUrlState<'recorded' | 'simulated'>('tab', 'recorded')`: some of a few.
 *
 * `setTab('simulated')` replaces the entry of the history, `setTab('simulated', { push: true })` adds one. The default
 * does not stand in the address. Several settings in one handler make one step.
 */
import { useCallback } from 'react';
import { useNavigate, useSearchParams, type NavigateFunction } from 'react-router';

type Change = string | null;

const waiting = new Map<string, Change>();
let pushes = false;

/** Put changes into a query; null takes a key out. */
export function changedQuery(query: string, changes: ReadonlyMap<string, Change>): string {
  const params = new URLSearchParams(query);
  for (const [key, value] of changes) {
    if (value === null) params.delete(key);
    else params.set(key, value);
  }
  return params.toString();
}

function apply(go: NavigateFunction): void {
  const { search, hash } = window.location;
  const to = { search: changedQuery(search, waiting), hash };
  const replace = !pushes;
  waiting.clear();
  pushes = false;
  void go(to, { replace, preventScrollReset: true });
}

interface How {
  push?: boolean;
}

/**
 * `change({ slot: 'shelf', n: null })`: several settings at once; null takes a key out.
 *
 * What is there already is read from the address when the change is made: the router's own setter goes by what was
 * shown last, and of two changes in a row would lose the first.
 */
export function useUrlChange(): (changes: Readonly<Record<string, Change>>, how?: How) => void {
  const go = useNavigate();
  return useCallback(
    (changes, { push = false } = {}) => {
      if (waiting.size === 0) queueMicrotask(() => apply(go));
      for (const [key, value] of Object.entries(changes)) waiting.set(key, value);
      pushes ||= push;
    },
    [go],
  );
}

export type SetUrlState<T extends string> = (value: T, how?: How) => void;

export function useUrlState<T extends string = string>(key: string, fallback: NoInfer<T>): [T, SetUrlState<T>] {
  const [query] = useSearchParams();
  const change = useUrlChange();
  const set = useCallback<SetUrlState<T>>(
    (value, how) => change({ [key]: value === fallback ? null : value }, how),
    [key, fallback, change],
  );
  return [(query.get(key) as T | null) ?? fallback, set];
}
