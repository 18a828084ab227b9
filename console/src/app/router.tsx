/** The routes: the doors (signing in, one-time links), and within the shell every screen that there is. */
import { createBrowserRouter, type RouteObject } from 'react-router';

import { EnterPage } from './doors/EnterPage';
import { SignInPage } from './doors/SignInPage';
import { NotFound } from './failures/NotFound';
import { PageFailed } from './failures/PageFailed';
import { Gate } from './Gate';
import { Home } from './Home';
import { ScreenFrame } from './ScreenFrame';
import { SCREENS, type Screen } from './screens';
import { Shell } from './Shell';

function routesOf(screen: Screen): RouteObject[] {
  const pages = [{ ...screen, path: '' }, ...(screen.pages ?? [])];
  return pages.map((page) => ({
    path: page.path ? `${screen.path}/${page.path}` : screen.path,
    element: <ScreenFrame page={page} right={page.right ?? screen.right} />,
    errorElement: <PageFailed />,
  }));
}

export const router = createBrowserRouter([
  { path: '/sign-in', element: <SignInPage />, errorElement: <PageFailed /> },
  { path: '/enter', element: <EnterPage />, errorElement: <PageFailed /> },
  {
    path: '/',
    element: (
      <Gate>
        <Shell />
      </Gate>
    ),
    errorElement: <PageFailed />,
    children: [
      { index: true, element: <Home /> },
      ...SCREENS.flatMap(routesOf),
      { path: '*', element: <NotFound /> },
    ],
  },
]);
