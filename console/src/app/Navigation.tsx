/** The screens that the person may see, by group. */
import { NavLink, ScrollArea } from '@mantine/core';
import { Link, useLocation } from 'react-router';

import { has, useSession } from '../api/session';
import { GROUPS, SCREENS, type Screen } from './screens';
import classes from './Shell.module.css';
import { ShopClock } from './ShopClock';

const isIn = (pathname: string, screen: Screen) => pathname === screen.path || pathname.startsWith(`${screen.path}/`);

export function Navigation({ onGo }: { onGo: () => void }) {
  const session = useSession();
  const { pathname } = useLocation();
  const open = SCREENS.filter((screen) => screen.inNav !== false && has(session, screen.right));
  return (
    <ScrollArea flex={1} type="auto">
      {Object.entries(GROUPS).map(([group, title]) => {
        const screens = open.filter((screen) => screen.group === group);
        if (screens.length === 0) return null;
        return (
          <div key={group} role="group" aria-label={title ?? 'Start'}>
            {title === null ? null : (
              <div className={classes.group} aria-hidden>
                {title}
              </div>
            )}
            {screens.map((screen) => (
              <NavLink
                key={screen.path}
                component={Link}
                to={screen.path}
                label={screen.title}
                leftSection={<screen.icon size={19} stroke={1.7} />}
                active={isIn(pathname, screen)}
                aria-current={isIn(pathname, screen) ? 'page' : undefined}
                className={classes.link}
                onClick={onGo}
              />
            ))}
          </div>
        );
      })}
      <ShopClock hiddenFrom="md" mt="lg" ml={10} />
    </ScrollArea>
  );
}
