/** Where to go after signing in: a path of this console, and never another site, whatever the address says. */
export function returnPath(to: string | null): string {
  if (to === null || !URL.canParse(to, window.location.origin)) return '/';
  const url = new URL(to, window.location.origin);
  const here = to.startsWith('/') && url.origin === window.location.origin;
  return here && !url.pathname.startsWith('/sign-in') ? `${url.pathname}${url.search}${url.hash}` : '/';
}

const KEY = 'shopkeeper-return';

/** Remember, in this tab, where to go once another house has signed the person in: it leads back to `/`. */
export const keepReturn = (to: string) => window.sessionStorage.setItem(KEY, to);

/** Say where to go, once; null where nobody left through another house's door. */
export function takeReturn(): string | null {
  const to = window.sessionStorage.getItem(KEY);
  window.sessionStorage.removeItem(KEY);
  return to === null ? null : returnPath(to);
}
