/** What stands around every screen: header, navigation, palette, dialogs, and the page itself. */
import { ActionIcon, AppShell, Burger, Group, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { Link, Outlet, ScrollRestoration, useLocation } from 'react-router';

import { useSession } from '../api/session';
import { ConnectionBanner } from './ConnectionBanner';
import { SignInDialog } from './doors/SignInDialog';
import { Mark } from './Mark';
import { Navigation } from './Navigation';
import { openPalette } from './palette/palette';
import { Palette } from './palette/Palette';
import { Shortcuts } from './palette/Shortcuts';
import classes from './Shell.module.css';
import { ShopClock } from './ShopClock';
import { UserMenu } from './UserMenu';

export function Shell() {
  const { shop } = useSession();
  const [opened, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  useEffect(close, [pathname, close]);

  return (
    <AppShell
      header={{ height: 58 }}
      navbar={{ width: 224, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'md', sm: 'lg' }}
      withBorder={false}
    >
      <a
        href="#content"
        className={classes.skip}
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the content
      </a>
      <AppShell.Header className={classes.header}>
        <Burger
          opened={opened}
          onClick={toggle}
          hiddenFrom="sm"
          size="sm"
          aria-label={opened ? 'Close the navigation' : 'Open the navigation'}
          aria-expanded={opened}
        />
        <Link to="/" className={classes.name}>
          <Mark />
          <span>{shop.name}</span>
        </Link>
        <UnstyledButton className={classes.search} onClick={openPalette} visibleFrom="sm">
          <IconSearch size={16} aria-hidden />
          <span>Find a customer, a page, a command</span>
          <kbd aria-hidden>⌘K</kbd>
        </UnstyledButton>
        <Group gap="xs" wrap="nowrap" ml="auto">
          <ActionIcon variant="subtle" color="gray" size="lg" onClick={openPalette} hiddenFrom="sm" aria-label="Search">
            <IconSearch size={20} aria-hidden />
          </ActionIcon>
          <ShopClock visibleFrom="md" />
          <UserMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={classes.navbar} aria-label="Screens" mod={{ closed: !opened }}>
        <Navigation onGo={close} />
      </AppShell.Navbar>
      <AppShell.Main ref={main} id="content" tabIndex={-1} className={classes.main}>
        <ConnectionBanner />
        <div className={classes.content}>
          <Outlet />
        </div>
      </AppShell.Main>
      <Palette />
      <Shortcuts />
      <SignInDialog />
      <ScrollRestoration />
    </AppShell>
  );
}
