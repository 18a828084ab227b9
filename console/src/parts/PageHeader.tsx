/**
 * The head of a page: title, what the page is for in one line, its actions. Takes the focus after navigation and
 * names the browser's tab.
 *
 * <PageHeader title="Segments" purpose="Groups of customers, as rules." actions={<Button>New segment</Button>} />
 */
import { Group, Stack, Text, Title } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';
import { useLocation } from 'react-router';

import { useSession } from '../api/session';

interface PageHeaderProps {
  title: string;
  /** One line. */
  purpose?: ReactNode;
  actions?: ReactNode;
  /** Stands above the title: a way back, a badge. */
  above?: ReactNode;
}

/** The first page that is opened leaves the focus to the browser. */
const FIRST = 'default';

export function PageHeader({ title, purpose, actions, above }: PageHeaderProps) {
  const shop = useSession().shop.name;
  const { pathname, key } = useLocation();
  const heading = useRef<HTMLHeadingElement>(null);
  const moved = key !== FIRST;
  useEffect(() => {
    document.title = `${title} · ${shop}`;
  }, [title, shop, pathname]);
  useEffect(() => {
    if (moved) heading.current?.focus({ preventScroll: true });
    // Only where the page changes: what is typed into the address's query must not move the focus.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [pathname]);
  return (
    <Group justify="space-between" align="flex-end" mb="lg" gap="md">
      <Stack gap={4} maw={760}>
        {above}
        <Title order={1} ref={heading} tabIndex={-1}>
          {title}
        </Title>
        {purpose ? (
          <Text c="dimmed" component="div">
            {purpose}
          </Text>
        ) : null}
      </Stack>
      {actions ? <Group gap="sm">{actions}</Group> : null}
    </Group>
  );
}
