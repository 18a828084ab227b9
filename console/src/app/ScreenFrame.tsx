/** What stands around every page: its title, the question whether the person may see it, and what shows meanwhile. */
import { Suspense, useLayoutEffect, type ComponentType } from 'react';

import { useRight, useSession, type Right } from '../api/session';
import { PageSkeleton } from '../parts/Skeletons';
import { NotAllowed } from './failures/NotAllowed';

interface ScreenFrameProps {
  page: { title: string; element: ComponentType };
  right: Right | null;
}

export function ScreenFrame({ page: { title, element: Page }, right }: ScreenFrameProps) {
  const shop = useSession().shop.name;
  // Before the page's own effects, so that a PageHeader may say it more closely.
  useLayoutEffect(() => {
    document.title = `${title} · ${shop}`;
  }, [title, shop]);
  if (!useRight(right)) return <NotAllowed right={right} />;
  return (
    <Suspense fallback={<PageSkeleton />}>
      <Page />
    </Suspense>
  );
}
