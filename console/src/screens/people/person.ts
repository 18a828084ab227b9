/** What the server says of people who may sign in. */
import type { Answer } from '../../api/contract';

export type People = Answer<'get', '/v1/users'>;
export type Person = People['people'][number];
export type RoleWords = People['roles'][number];
export type SignInLink = Answer<'post', '/v1/users/{name}/link'>;

const WAYS: Readonly<Record<string, string>> = { password: 'Password', identity: 'Another system' };

/** How somebody can sign in now. */
export const waysOf = (person: Person): string => person.ways.map((way) => WAYS[way] ?? way).join(', ') || 'A link only';
