/** `/`: leads to where one wanted to be before signing in elsewhere, the home screen, or the first one may see. */
import { useState } from 'react';
import { Navigate } from 'react-router';

import { has, useSession } from '../api/session';
import { takeReturn } from './doors/returnPath';
import { NotAllowed } from './failures/NotAllowed';
import { SCREENS } from './screens';

const HOME = '/home';

export function Home() {
  const session = useSession();
  const [back] = useState(takeReturn);
  const open = SCREENS.filter((screen) => screen.inNav !== false && has(session, screen.right));
  const first = open.find((screen) => screen.path === HOME) ?? open[0];
  if (back) return <Navigate to={back} replace />;
  return first ? <Navigate to={first.path} replace /> : <NotAllowed right="see" />;
}
