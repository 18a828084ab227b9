/**
 * `useTell(method, path, options)`: change something on the server.
 *
 * `mutate({ path, query, body })` sends it. Put what follows into `options.onDone`, not into `mutate`: it is called
 * also when the person repeats a change that did not reach the server.
 */
import { useMutation, type UseMutationResult } from '@tanstack/react-query';

import { request } from './client';
import type { Answer, Method, PathOf, Told } from './contract';
import type { ApiError } from './error';
import { refresh } from './queries';

/**
 * changes: Paths whose answers are asked again afterwards. onDone: Called with the answer and what was sent.
 * quiet: The caller says itself that the server did not answer.
 */
export interface TellOptions<T, A> {
  changes?: readonly string[];
  onDone?: (answer: A, told: T) => void;
  onFail?: (error: ApiError, told: T) => void;
  quiet?: boolean;
}

type Sent<M extends Method, P> = object extends Told<M, P> ? Told<M, P> | undefined : Told<M, P>;

/** Change something on the server: `useTell('post', '/v1/notes', { changes: ['/v1/customers'] })`. */
export function useTell<M extends Exclude<Method, 'get'>, P extends PathOf<M>>(
  method: M,
  path: P,
  { changes = [], onDone, onFail, quiet = false }: TellOptions<Sent<M, P>, Answer<M, P>> = {},
): UseMutationResult<Answer<M, P>, ApiError, Sent<M, P>> {
  return useMutation<Answer<M, P>, ApiError, Sent<M, P>>({
    mutationFn: (told) => request(method, path, told ?? ({} as Told<M, P>)),
    onSuccess: (answer, told) => {
      void refresh(...changes);
      onDone?.(answer, told);
    },
    onError: (error, told) => onFail?.(error, told),
    meta: { quiet },
  });
}
