/** Sending a basket as an order: once, whatever is clicked, lost or repeated, and what it changed. */
import { useRef, useState } from 'react';

import type { ApiError } from '../../api/error';
import { useTell } from '../../api/tell';
import { lookAgain, type Household, type TourCustomer } from './data';

/** What stood before, and how long it took until everything stood here anew. */
export interface Scanned {
  before: Household;
  basket: TourCustomer['basket'];
  millis: number;
}

export interface Scan {
  /** By customer. */
  scanned: Readonly<Record<string, Scanned>>;
  /** Whom something was sent for of which nobody knows yet whether it arrived: its lines must stay as they are. */
  sending: string | null;
  busy: boolean;
  error: ApiError | null;
  send: (one: Household) => void;
  again: (customer: string) => void;
}

/** How an event names its customer. */
const NAMES: Readonly<Record<string, string>> = { user_id: 'userId', anonymous_id: 'anonymousId' };

// Not randomUUID(), which a console that is reached by plain HTTP does not have.
const newKey = () =>
  `tour-${Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')}`;

function eventOf({ named, basket }: TourCustomer, key: string) {
  const names = Object.fromEntries(Object.entries(named).map(([kind, value]) => [NAMES[kind] ?? kind, value]));
  const products = basket.lines.map(({ product_id, price }) => ({ product_id, price, quantity: 1 }));
  const properties = { order_id: key, place: basket.place, products };
  const event = { ...names, event: 'Order Completed', messageId: key, properties };
  // The contract leaves open what an event carries, which its types take for nothing at all.
  return event as unknown as Record<string, never>;
}

export function useScan(onScanned: () => void): Scan {
  const [scanned, setScanned] = useState<Readonly<Record<string, Scanned>>>({});
  const [sending, setSending] = useState<string | null>(null);
  const [looking, setLooking] = useState(false);
  // The order's key lives as long as its fate is open, so that a second try is the same order.
  const open = useRef<{ key: string; before: Household; at: number } | null>(null);

  const finish = async () => {
    const order = open.current;
    if (order === null) return;
    setLooking(true);
    onScanned();
    await lookAgain();
    open.current = null;
    const { before, at } = order;
    const found = { before, basket: before.customer.basket, millis: Math.round(performance.now() - at) };
    setScanned((all) => ({ ...all, [before.customer.customer]: found }));
    setSending(null);
    setLooking(false);
  };
  const told = useTell('post', '/v1/track', {
    onDone: () => void finish(),
    onFail: (error) => {
      // Refused for good: another basket may be another order.
      if (!error.unreachable && error.status < 500) {
        open.current = null;
        setSending(null);
      }
    },
  });

  return {
    scanned,
    sending,
    busy: told.isPending || looking,
    error: told.error,
    send: (one) => {
      if (told.isPending || looking) return;
      const { customer } = one.customer;
      open.current = { key: open.current?.key ?? newKey(), before: one, at: performance.now() };
      setSending(customer);
      told.mutate({ body: eventOf(one.customer, open.current.key) });
    },
    again: (customer) =>
      setScanned((all) => Object.fromEntries(Object.entries(all).filter(([one]) => one !== customer))),
  };
}
