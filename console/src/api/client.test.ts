import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { request } from './client';
import { answering } from './connection';
import { rememberCsrf } from './csrf';
import { endExpiry, expiry } from './expiry';

const MIA = { csrf: 'token-1', user: { name: 'mia' } };
const sent: Request[] = [];
let answers: (() => Response)[] = [];

const json = (body: unknown, status = 200) => () => new Response(JSON.stringify(body), { status });
const expired = json({ code: 'not_signed_in', message: 'sign in' }, 401);
const note = () => request('post', '/v1/customers/{customer}/notes', { path: { customer: 'cus_1' }, body: { text: 'x' } });

beforeEach(() => {
  sent.length = 0;
  rememberCsrf(MIA);
  vi.stubGlobal('fetch', (asked: Request) => {
    sent.push(asked.clone());
    const next = answers.shift();
    return next ? Promise.resolve(next()) : Promise.reject(new TypeError('Failed to fetch'));
  });
});
afterEach(() => {
  answers = [];
  expiry.set('none');
  vi.unstubAllGlobals();
});

describe('the token against forged requests', () => {
  test('goes with what changes something, and with nothing else', async () => {
    answers = [json({}), json({})];
    await request('get', '/v1/segments', {});
    await note();
    expect(sent.map((one) => one.headers.get('X-CSRF-Token'))).toEqual([null, 'token-1']);
  });

  test('is renewed where the same person signed in again in another tab', async () => {
    answers = [json({ code: 'not_permitted' }, 403), json({ ...MIA, csrf: 'token-2' }), json({})];
    await note();
    expect(sent.map((one) => one.headers.get('X-CSRF-Token'))).toEqual(['token-1', null, 'token-2']);
  });

  test('is not taken over from somebody else: nothing is sent in their name', async () => {
    answers = [json({ code: 'not_permitted' }, 403), json({ csrf: 'token-9', user: { name: 'leo' } })];
    await expect(note()).rejects.toMatchObject({ status: 403 });
    expect(sent).toHaveLength(2);
  });
});

describe('a session that has ended', () => {
  test('has the request wait for signing in, and sends it again with what was typed', async () => {
    answers = [expired, json({})];
    const waits = note();
    await vi.waitFor(() => expect(expiry.get()).toBe('asking'));
    rememberCsrf({ ...MIA, csrf: 'token-2' });
    endExpiry(true);
    await waits;
    expect(await sent[1]?.json()).toEqual({ text: 'x' });
    expect(sent[1]?.headers.get('X-CSRF-Token')).toBe('token-2');
  });

  test('fails what waits where nobody signs in, and reading does not ask again', async () => {
    answers = [expired, expired];
    const waits = note();
    await vi.waitFor(() => expect(expiry.get()).toBe('asking'));
    endExpiry(false);
    await expect(waits).rejects.toMatchObject({ status: 401 });
    await expect(request('get', '/v1/segments', {})).rejects.toMatchObject({ status: 401 });
    expect(expiry.get()).toBe('declined');
  });

  test('is also seen where a program on this machine may read without one', async () => {
    answers = [json({ code: 'not_permitted' }, 403), json({ csrf: null, user: null }), json({})];
    const waits = note();
    await vi.waitFor(() => expect(expiry.get()).toBe('asking'));
    endExpiry(true);
    await waits;
    expect(sent).toHaveLength(3);
  });
});

describe('a server that does not answer', () => {
  test('is an error without a status, and is remembered until it answers', async () => {
    await expect(request('get', '/v1/segments', {})).rejects.toMatchObject({ status: 0, unreachable: true });
    expect(answering.get()).toBe(false);
    answers = [json([])];
    await request('get', '/v1/segments', {});
    expect(answering.get()).toBe(true);
  });

  test('is not what a request is blamed on that was given up', async () => {
    const giveUp = new AbortController();
    giveUp.abort();
    await expect(request('get', '/v1/segments', {}, giveUp.signal)).rejects.not.toMatchObject({ status: 0 });
    expect(answering.get()).toBe(true);
  });
});
