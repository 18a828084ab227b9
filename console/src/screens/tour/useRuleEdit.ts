/** Editing the tour's rule of offers: planned, applied once upon the version that was seen, taken back. */
import { useState } from 'react';

import { request } from '../../api/client';
import type { Answer } from '../../api/contract';
import { asApiError, type ApiError } from '../../api/error';
import { refresh } from '../../api/queries';
import { lookAgain, type Household, type TourRule } from './data';

type Plan = Answer<'post', '/v1/definitions/plan'>;

/** An edit that is in force: what stood there before, in which version, and what the two were shown. */
export interface Applied {
  text: string;
  old: string;
  before: readonly Household[];
}

export interface RuleEdit {
  plan: Plan | null;
  applied: Applied | null;
  busy: boolean;
  error: ApiError | null;
  review: (where: string) => void;
  close: () => void;
  send: () => Promise<void>;
  look: () => Promise<'applied' | 'open'>;
  undo: () => void;
}

const edited = (name: string, where: string, expected: string) => ({
  body: {
    edits: [{ noun: 'offer_rule' as const, name, value: { where: where.trim() === '' ? null : where.trim() } }],
    expected,
    note: 'From the tour',
  },
});

const inForce = () => request('get', '/v1/definitions', {});
const planned = async (name: string, where: string) =>
  request('post', '/v1/definitions/plan', edited(name, where, (await inForce()).version));

export function useRuleEdit(rule: TourRule, households: readonly Household[], onApplied: (where: string) => void): RuleEdit {
  const [plan, setPlan] = useState<Plan | null>(null);
  const [wanted, setWanted] = useState('');
  const [applied, setApplied] = useState<Applied | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);

  const attempt = (work: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    work()
      .catch((failure: unknown) => setError(asApiError(failure)))
      .finally(() => setBusy(false));
  };
  const put = async (where: string, expected: string) => {
    const done = await request('post', '/v1/definitions/apply', edited(rule.name, where, expected));
    await settle(where, done.text);
  };
  const settle = async (where: string, text: string) => {
    const before = households;
    await Promise.all([lookAgain(), refresh('/v1/definitions', '/v1/segments', '/v1/offer-rules')]);
    setApplied(where === (applied?.old ?? null) ? null : { text, old: applied?.old ?? rule.where, before });
    setPlan(null);
    onApplied(where);
  };

  return {
    plan,
    applied,
    busy,
    error,
    review: (where) =>
      attempt(async () => {
        setWanted(where);
        setPlan(await planned(rule.name, where));
      }),
    close: () => setPlan(null),
    send: () => put(wanted, plan?.version ?? ''),
    look: async () => {
      const found = await planned(rule.name, wanted);
      if (found.changes.length > 0) {
        setPlan(found);
        return 'open';
      }
      await settle(wanted, 'It is in force.');
      return 'applied';
    },
    undo: () => attempt(async () => put(applied?.old ?? rule.where, (await inForce()).version)),
  };
}
