import { describe, expect, test } from 'vitest';

import { ApiError, asApiError, errorFrom } from './error';

const answer = (body: string, status: number) => errorFrom(new Response(body, { status }));

describe('an answer that is an error', () => {
  test('keeps the code and the sentence of the server', async () => {
    const error = await answer('{"code":"conflict","message":"Version 3 is in force."}', 409);
    expect([error.status, error.code, error.message]).toEqual([409, 'conflict', 'Version 3 is in force.']);
  });

  test('from something that is no API gets a sentence of its own, not its markup', async () => {
    const error = await answer('<h1>Not here</h1>', 404);
    expect(error.message).toBe('This does not exist, or does not exist any more.');
  });

  test('from a gateway in front of a stopped server counts as no answer', async () => {
    expect((await answer('', 502)).unreachable).toBe(true);
  });

  test('lists each mistake of definitions', async () => {
    const mistakes = [{ path: 'lapsing.where', message: 'lapsing.where: unknown trait' }, 'shop.yaml: missing'];
    const error = await answer(JSON.stringify({ code: 'bad_input', message: 'two mistakes', mistakes }), 400);
    expect(error.mistakes).toEqual(['lapsing.where: unknown trait', 'shop.yaml: missing']);
  });
});

test('whatever is thrown can be shown', () => {
  expect(asApiError(new Error('it broke')).message).toBe('it broke');
  expect(asApiError('odd')).toBeInstanceOf(ApiError);
});
