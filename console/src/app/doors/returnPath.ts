/** Where to go after signing in: a path of this console, and never another site, whatever the address says. */
export function returnPath(to: string | null): string {
  if (to === null || !URL.canParse(to, window.location.origin)) return '/';
  const url = new URL(to, window.location.origin);
  const here = to.startsWith('/') && url.origin === window.location.origin;
  return here && !url.pathname.startsWith('/sign-in') ? `${url.pathname}${url.search}${url.hash}` : '/';
}
