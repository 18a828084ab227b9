/** Signing out: the page is loaded anew, so that nothing of what was seen stays in this window. */
import { useTell } from '../../api/tell';

export function useSignOut(): () => void {
  const leave = useTell('delete', '/v1/session', { onDone: () => window.location.assign('/sign-in') });
  return () => leave.mutate(undefined);
}
