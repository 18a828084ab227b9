/** A registered source: its types, its words, and the keys that are shown this once. */
import type { Answer } from '../../api/contract';
import { observable, useObservable } from '../../api/observable';

export type Page = Answer<'get', '/v1/sources/{name}'>;
export type Registered = Page['registered'];
export type Keys = Answer<'post', '/v1/sources'>;
type Basis = Registered['basis'];

/** What is asked again after a source was added or changed. */
export const SOURCES = ['/v1/sources', '/v1/sources/{name}'] as const;

export const KINDS = [
  { value: 'browser', label: 'A site', description: 'Its key is in every visitor’s hands: it speaks for its own visitor alone.' },
  { value: 'server', label: 'A server', description: 'It keeps its key: what it says of a customer is believed.' },
] as const;

const BASES: Readonly<Record<Basis, string>> = {
  legitimate_interest: 'Legitimate interest',
  contract: 'Contract',
  legal_obligation: 'Legal obligation',
  consent: 'Consent',
};
export const BASIS_CHOICES = Object.entries(BASES).map(([value, label]) => ({ value: value as Basis, label }));

export const kindTitle = ({ kind }: Registered) => (kind === 'browser' ? 'Site' : 'Server');
export const basisTitle = ({ basis, category }: Registered) =>
  category === null ? BASES[basis] : `${BASES[basis]} to ${category}`;

interface Made {
  write_key: string | null;
  identity_secret: string | null;
}

/** What was just made, by source: in memory alone, and gone with the page. */
const made = observable<Readonly<Record<string, Made>>>({});

/** Keep what an answer shows this once; what it does not show is as it was shown before. */
export function keep({ name, write_key, identity_secret }: Keys): void {
  const before = made.get()[name];
  made.set({
    ...made.get(),
    [name]: {
      write_key: write_key ?? before?.write_key ?? null,
      identity_secret: identity_secret ?? before?.identity_secret ?? null,
    },
  });
}

export const forget = (name: string) =>
  made.set(Object.fromEntries(Object.entries(made.get()).filter(([kept]) => kept !== name)));

export const useMade = (name: string): Made | undefined => useObservable(made)[name];
