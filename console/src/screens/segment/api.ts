/** Segments in force: read anew, planned, applied, taken back. */
import { request } from '../../api/client';
import type { Answer } from '../../api/contract';
import { ApiError, asApiError } from '../../api/error';
import { refresh } from '../../api/queries';
import type { Draft } from './useDraft';

export type Detail = Answer<'get', '/v1/segments/{name}'>;
export type Plan = Answer<'post', '/v1/definitions/plan'>;
export type Result = Answer<'post', '/v1/definitions/apply'>;

/** What stands in force now; where is empty where there is no such segment. */
export interface InForce {
  where: string;
  description: string;
  version: string;
}

export async function inForce(name: string): Promise<InForce> {
  try {
    const { where, description, version } = await request('get', '/v1/segments/{name}', { path: { name } });
    return { where, description, version };
  } catch (error) {
    if (asApiError(error).status !== 404) throw error;
    const { version } = await request('get', '/v1/definitions', {});
    return { where: '', description: '', version };
  }
}

const body = (name: string, to: Pick<InForce, 'where' | 'description'> | null, expected: string, note = '') => ({
  body: {
    edits: [
      {
        noun: 'segment' as const,
        name,
        value: to === null ? null : { where: to.where, description: to.description === '' ? null : to.description },
      },
    ],
    expected,
    note,
  },
});

export const planned = (name: string, to: Pick<InForce, 'where' | 'description'> | null, expected: string) =>
  request('post', '/v1/definitions/plan', body(name, to, expected));

export async function apply(
  name: string,
  to: Pick<InForce, 'where' | 'description'> | null,
  expected: string,
  note = '',
): Promise<Result> {
  const done = await request('post', '/v1/definitions/apply', body(name, to, expected, note));
  await refresh('/v1/segments', '/v1/definitions', '/v1/home');
  return done;
}

/** Say whether what is in force is still what an edit was begun upon. */
export const untouched = (draft: Draft, now: InForce) =>
  now.where === draft.base.where && now.description === draft.base.description;

export const isConflict = (error: unknown) => error instanceof ApiError && error.status === 409;
