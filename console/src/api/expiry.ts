/**
 * What happens when a session ends while a page is open: the request waits, a dialog asks for the password over the
 * page, and the request is sent again. Who closes the dialog keeps the page; the next thing they send asks once more.
 */
import { observable } from './observable';

/** `asking`: the dialog is open. `declined`: it was closed; the page can be read and copied, nothing can be sent. */
export const expiry = observable<'none' | 'asking' | 'declined'>('none');

let waiting: ((signedIn: boolean) => void)[] = [];

/** Wait until somebody has signed in again. Resolves to false when they will not. */
export function signInAgain(method: string): Promise<boolean> {
  const reads = method === 'GET';
  if (reads && expiry.get() === 'declined') return Promise.resolve(false);
  expiry.set('asking');
  return new Promise((resolve) => waiting.push(resolve));
}

/** Tell every request that waits how it ended. */
export function endExpiry(signedIn: boolean): void {
  expiry.set(signedIn ? 'none' : 'declined');
  const all = waiting;
  waiting = [];
  for (const resolve of all) resolve(signedIn);
}
