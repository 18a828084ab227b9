/** A value outside of React that components can follow. */
import { useSyncExternalStore } from 'react';

export interface Observable<T> {
  get: () => T;
  set: (value: T) => void;
  subscribe: (listener: () => void) => () => void;
}

/** Hold a value; listeners hear of a change only. */
export function observable<T>(initial: T): Observable<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set: (next) => {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Follow the value in a component. */
export const useObservable = <T>(of: Observable<T>): T => useSyncExternalStore(of.subscribe, of.get);
