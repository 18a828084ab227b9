/** The types of the generated contract, cut to what a caller writes: paths by method, parameters, bodies, answers. */
import type { paths } from './schema';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** The paths that have a method: `PathOf<'get'>`. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, object> ? P : never;
}[keyof paths] &
  string;

type Operation<M extends Method, P> = P extends keyof paths ? (M extends keyof paths[P] ? paths[P][M] : never) : never;
type Json<R> = R extends { content: { 'application/json': infer B } } ? B : never;

/** What an operation answers: `Answer<'get', '/v1/session'>`. */
export type Answer<M extends Method, P> = Operation<M, P> extends { responses: { 200: infer R } } ? Json<R> : never;

/** What an operation takes in its path and query. */
export type Params<M extends Method, P> =
  Operation<M, P> extends { parameters: infer X } ? Pick<X, keyof X & ('path' | 'query')> : never;

/** What an operation takes in all: path, query and body. */
export type Told<M extends Method, P> = Params<M, P> &
  (Operation<M, P> extends { requestBody: infer R } ? { body: Json<R> } : { body?: undefined });

/** The arguments after the path: parameters may be left out where none is required. */
export type Rest<T, O> = object extends T ? [params?: T, options?: O] : [params: T, options?: O];
