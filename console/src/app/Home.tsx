/** `/`: leads to the home screen, or to the first that the person may see. */
import { Navigate } from 'react-router';

import { has, useSession } from '../api/session';
import { NotAllowed } from './failures/NotAllowed';
import { SCREENS } from './screens';

const HOME = '/home';

export function Home() {
  const session = useSession();
  const open = SCREENS.filter((screen) => screen.inNav !== false && has(session, screen.right));
  const first = open.find((screen) => screen.path === HOME) ?? open[0];
  return first ? <Navigate to={first.path} replace /> : <NotAllowed right="see" />;
}
