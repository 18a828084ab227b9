/**
 * Live events: the last ones, then each as it comes. Goes on by itself after a lost connection, from the number that it
 * knows; asks to sign in where the session has ended.
 */
import { useEffect, useReducer, useState } from 'react';

import { request } from '../../api/client';
import { asApiError, type ApiError } from '../../api/error';
import { signInAgain } from '../../api/expiry';
import { eventRow, gapRow, NOTHING, reduce, type EventLine, type Gap, type Row, type Rows, type Step } from './rows';

export interface Wanted {
  name: string;
  source: string;
  customer: string;
}

/** opening: not yet or not any more connected, being tried. ended: somebody must do something, `words` says what. */
export type Connection = { state: 'opening' | 'open' } | { state: 'ended'; words: string };

const FIRST = 100;
/** What comes within so many milliseconds is shown together. */
const TOGETHER = 200;
/** Milliseconds after which a stream that was refused is tried again. */
const AGAIN = 4_000;

export const given = (wanted: Wanted) => ({
  name: wanted.name || undefined,
  source: wanted.source || undefined,
  customer: wanted.customer || undefined,
});

function address(wanted: Wanted, after: number): string {
  const query = new URLSearchParams({ after: String(after) });
  for (const [key, value] of Object.entries(wanted) as [string, string][]) if (value) query.set(key, value);
  return `/v1/events/stream?${query.toString()}`;
}

interface Heard {
  onRows: (rows: Row[], seq: number) => void;
  onConnection: (connection: Connection) => void;
}

/** Open the stream and keep it open; the answer ends it. */
export function listen(wanted: Wanted, after: number, { onRows, onConnection }: Heard): () => void {
  let seq = after;
  let gathered: Row[] = [];
  let timer: number | undefined;
  let source: EventSource | undefined;
  let over = false;

  const hand = () => {
    timer = undefined;
    if (gathered.length > 0 && !over) onRows(gathered, seq);
    gathered = [];
  };
  const gather = (row: Row) => {
    gathered.push(row);
    timer ??= window.setTimeout(hand, TOGETHER);
  };
  const again = () => window.setTimeout(() => (over ? undefined : open()), AGAIN);
  const open = () => {
    source?.close();
    source = new EventSource(address(wanted, seq));
    source.addEventListener('open', () => onConnection({ state: 'open' }));
    source.addEventListener('event', ({ data }: MessageEvent<string>) => {
      const event = JSON.parse(data) as EventLine;
      seq = event.seq;
      gather(eventRow(event));
    });
    source.addEventListener('gap', ({ data }: MessageEvent<string>) => gather(gapRow(JSON.parse(data) as Gap)));
    source.addEventListener('end', ({ data }: MessageEvent<string>) => {
      const { why, words } = JSON.parse(data) as { why: string; words: string };
      if (why === 'closing') return;
      source?.close();
      onConnection({ state: 'ended', words });
      void signInAgain('GET').then((signedIn) => (signedIn && !over ? open() : undefined));
    });
    source.addEventListener('error', () => {
      if (over) return;
      onConnection({ state: 'opening' });
      // The browser tries a lost connection again by itself, but not one that was refused.
      if (source?.readyState === EventSource.CLOSED) again();
    });
  };
  open();
  return () => {
    over = true;
    window.clearTimeout(timer);
    source?.close();
  };
}

export interface Stream {
  rows: Rows;
  connection: Connection;
  loading: boolean;
  error: ApiError | null;
  step: (step: Step) => void;
  retry: () => void;
  earlier: () => void;
}

/** The rows of the page for some filters. */
export function useStream(wanted: Wanted): Stream {
  const [rows, step] = useReducer(reduce, NOTHING);
  const [connection, setConnection] = useState<Connection>({ state: 'opening' });
  const [begun, setBegun] = useState<string | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [attempt, setAttempt] = useState(0);
  const { name, source, customer } = wanted;
  const key = JSON.stringify([name, source, customer, attempt]);

  useEffect(() => {
    const gone = new AbortController();
    let end: (() => void) | undefined;
    const asked = { name, source, customer };
    request('get', '/v1/events', { query: { ...given(asked), limit: FIRST } }, gone.signal)
      .then((list) => {
        if (gone.signal.aborted) return;
        setError(null);
        step({ do: 'begin', list });
        setBegun(key);
        end = listen(asked, list.head, {
          onRows: (came, seq) => step({ do: 'came', rows: came, seq }),
          onConnection: setConnection,
        });
      })
      .catch((failed: unknown) => (gone.signal.aborted ? undefined : setError(asApiError(failed))));
    return () => {
      gone.abort();
      end?.();
    };
  }, [name, source, customer, key]);

  const earlier = () => {
    if (rows.before === null) return;
    request('get', '/v1/events', { query: { ...given(wanted), before: rows.before, limit: FIRST } })
      .then((list) => step({ do: 'earlier', list }))
      .catch((failed: unknown) => setError(asApiError(failed)));
  };
  return { rows, connection, loading: begun !== key, error, step, retry: () => setAttempt((n) => n + 1), earlier };
}
