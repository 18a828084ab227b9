/** Reviewing and applying one segment's edit: planned first, applied once, rebased where others changed other things. */
import { useRef, useState } from 'react';

import { asApiError, type ApiError } from '../../api/error';
import { refresh } from '../../api/queries';
import { showUndo } from '../../parts/undo';
import { apply, inForce, isConflict, planned, untouched, type InForce, type Plan, type Result } from './api';
import type { Draft } from './useDraft';

/** What shall be in force; null: the segment is taken away. */
export type Wanted = Pick<InForce, 'where' | 'description'> | null;

const same = (one: Wanted, now: InForce) =>
  one === null ? now.where === '' : one.where === now.where && one.description === now.description;

export interface Applying {
  plan: Plan | null;
  busy: boolean;
  error: ApiError | null;
  review: (wanted: Wanted) => void;
  close: () => void;
  send: () => Promise<void>;
  look: () => Promise<'applied' | 'open'>;
  done: () => void;
}

/**
 * rebase: Called with the version that the edit is now based on. onConflict: Somebody changed this very segment.
 * onApplied: It is in force; `result` is null where that was found out after a lost connection.
 */
export function useApplying(
  draft: Draft,
  how: {
    rebase: (version: string) => void;
    onConflict: (theirs: InForce) => void;
    onApplied: (wanted: Wanted, result: Result | null) => void;
  },
): Applying {
  const [plan, setPlan] = useState<Plan | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const wanted = useRef<Wanted>(null);
  const version = useRef(draft.base.version);
  const result = useRef<Result | null>(null);

  /** Do some work upon a version; where only other things changed meanwhile, do it again upon the new one. */
  const upon = async <T>(work: (version: string) => Promise<T>): Promise<T> => {
    try {
      return await work(version.current);
    } catch (failure) {
      if (!isConflict(failure)) throw failure;
      const now = await inForce(draft.name);
      if (!untouched(draft, now)) {
        setPlan(null);
        await refresh('/v1/segments');
        how.onConflict(now);
        throw failure;
      }
      version.current = now.version;
      how.rebase(now.version);
      return work(now.version);
    }
  };

  const look = async () => {
    const now = await inForce(draft.name);
    version.current = now.version;
    if (same(wanted.current, now)) {
      await refresh('/v1/segments', '/v1/definitions');
      return 'applied' as const;
    }
    if (untouched(draft, now)) setPlan(await planned(draft.name, wanted.current, now.version));
    else {
      setPlan(null);
      await refresh('/v1/segments');
      how.onConflict(now);
    }
    return 'open' as const;
  };

  const review = (next: Wanted) => {
    wanted.current = next;
    version.current = draft.base.version;
    result.current = null;
    setError(null);
    setBusy(true);
    upon((at) => planned(draft.name, next, at))
      .then(setPlan)
      .catch((failure: unknown) => {
        if (!isConflict(failure)) setError(asApiError(failure));
      })
      .finally(() => setBusy(false));
  };

  const undo = (at: string) => {
    const before = draft.base.where === '' ? null : draft.base;
    apply(draft.name, before, at, 'Taken back').catch((failure: unknown) => setError(asApiError(failure)));
  };

  return {
    plan,
    busy,
    error,
    review,
    look,
    close: () => setPlan(null),
    send: async () => {
      result.current = await upon((at) => apply(draft.name, wanted.current, at));
      version.current = result.current.applied.version;
    },
    done: () => {
      const at = version.current;
      setPlan(null);
      showUndo(result.current?.text ?? `${draft.name} is in force.`, () => undo(at));
      how.onApplied(wanted.current, result.current);
    },
  };
}
