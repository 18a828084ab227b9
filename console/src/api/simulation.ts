/** `useSimulation(question)`: what would be decided, without deciding it. */
import { keepPreviousData, queryOptions, skipToken, useQuery } from '@tanstack/react-query';

import { request } from './client';
import type { Answer, Told } from './contract';
import type { ApiError } from './error';

export type Question = Told<'post', '/v1/simulate'>['body'];
export type Simulation = Answer<'post', '/v1/simulate'>;
export type Candidate = Simulation['ranked'][number];

const PATH = '/v1/simulate';

/** The query behind `useSimulation`, to prefetch it. */
export const simulating = (question: Question | null) =>
  queryOptions<Simulation, ApiError>({
    queryKey: [PATH, question],
    queryFn: question === null ? skipToken : ({ signal }) => request('post', PATH, { body: question }, signal),
    placeholderData: keepPreviousData,
  });

/** Ask what would be decided; null waits. `refresh('/v1/simulate')` asks all of them again. */
export const useSimulation = (question: Question | null) => useQuery(simulating(question));
