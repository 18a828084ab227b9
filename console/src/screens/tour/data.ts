/** What the tour reads: the two, and for each their page and what they would be shown. */
import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';

import { asking } from '../../api/ask';
import type { Answer } from '../../api/contract';
import type { ApiError } from '../../api/error';
import { queries, refresh } from '../../api/queries';
import { useRight } from '../../api/session';
import { simulating, type Simulation } from '../../api/simulation';
import { useUrlState } from '../../parts/useUrlState';
import { FRESH, tourQuery } from './question';

export type Tour = Answer<'get', '/v1/tour'>;
export type TourCustomer = Tour['customers'][number];
export type TourRule = NonNullable<Tour['rule']>;
export type Page = Answer<'get', '/v1/customers/{customer}'>;

/** How many of those without a place are told, so that what is gone can say why. */
const TOLD = 12;

/** What is known of one of the two; undefined: on its way. */
export interface Household {
  letter: 'A' | 'B';
  customer: TourCustomer;
  page: Page | undefined;
  /** By slot, in the order of the tour's slots; null where the person may not ask for decisions. */
  shown: readonly (Simulation | undefined)[] | null;
  error: ApiError | null;
}

/** The tour of the two in the address; once they are chosen, they are put there. */
export function useTour(without: readonly string[]) {
  const [a, setA] = useUrlState('a', '');
  const [b, setB] = useUrlState('b', '');
  const taken = without.join(',');
  const asked = useQuery({ ...tourQuery(a, b, taken), placeholderData: keepPreviousData });
  const [one, other] = asked.data?.customers ?? [];
  const settled = asked.isPlaceholderData || !one || !other || (one.customer === a && other.customer === b);
  useEffect(() => {
    if (settled) return;
    queries.setQueryData(tourQuery(one.customer, other.customer, taken).queryKey, asked.data);
    setA(one.customer);
    setB(other.customer);
  }, [settled, one, other, taken, asked.data, setA, setB]);
  return asked;
}

const questionOf = (slot: string, customer: string) => ({ slot, customer: { customer }, top: TOLD });

/** The page of each of the two, and what they would be shown; looking writes nothing. */
export function useHouseholds(tour: Tour | undefined): readonly Household[] {
  const mayDecide = useRight('decide');
  const customers = tour?.customers ?? [];
  const slots = mayDecide ? (tour?.slots ?? []) : [];
  const pages = useQueries({
    queries: customers.map(({ customer }) => asking('/v1/customers/{customer}', { path: { customer } }, { fresh: FRESH })),
  });
  const simulations = useQueries({
    queries: customers.flatMap(({ customer }) =>
      slots.map(({ name }) => ({ ...simulating(questionOf(name, customer)), staleTime: FRESH })),
    ),
  });
  return customers.map((customer, index) => {
    const own = simulations.slice(index * slots.length, (index + 1) * slots.length);
    const page = pages[index];
    return {
      letter: index === 0 ? 'A' : 'B',
      customer,
      page: page?.data,
      shown: mayDecide ? own.map(({ data }) => data) : null,
      error: [page, ...own].find((one) => one?.error)?.error ?? null,
    };
  });
}

/** Have everything that the tour shows asked again. */
export const lookAgain = () => refresh('/v1/tour', '/v1/customers', '/v1/simulate');

/** How one of the two is called on the page. */
export function nameOf({ letter, customer, page }: Household): string {
  return Object.values(customer.named)[0] ?? page?.title ?? letter;
}
