/** What the server tells of an identity, by the names that this folder uses. */
import type { Answer } from '../../../api/contract';

export type WhoIsWho = Answer<'get', '/v1/customers/{customer}/identity'>;
export type Part = WhoIsWho['parts'][number];
export type Link = WhoIsWho['links'][number];
export type Change = Answer<'post', '/v1/customers/{customer}/merge'>;
export type Sketch = Change['after'][number];

/** What changes when two become one, or one becomes two. */
export const CHANGES = [
  '/v1/customers',
  '/v1/customers/{customer}',
  '/v1/customers/{customer}/identity',
  '/v1/customers/{customer}/timeline',
  '/v1/customers/{customer}/notes',
  '/v1/simulate',
] as const;

/** How a link is called, by its state. */
export const STATES: Readonly<Record<Link['state'], string>> = {
  joins: 'Joins',
  claimed: 'Claimed, not proven',
  cut: 'Cut apart',
};
