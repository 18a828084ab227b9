/** The form of every page that cannot be shown: what is the matter, what to do, one way on. */
import { Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { useEffect, useRef, type ComponentType, type ReactNode } from 'react';
import { useLocation } from 'react-router';

interface FailureProps {
  icon: ComponentType<{ size?: number | string; stroke?: number | string }>;
  title: string;
  children: ReactNode;
  actions?: ReactNode;
}

export function Failure({ icon: Icon, title, children, actions }: FailureProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // The first page that is opened leaves the focus to the browser.
  const moved = useLocation().key !== 'default';
  useEffect(() => {
    document.title = title;
    if (moved) heading.current?.focus({ preventScroll: true });
  }, [title, moved]);
  return (
    <Stack align="flex-start" gap="md" maw={560} py="xl" mx="auto">
      <ThemeIcon size={52} radius="xl" variant="light" aria-hidden>
        <Icon size={26} stroke={1.6} />
      </ThemeIcon>
      <Title order={1} ref={heading} tabIndex={-1}>
        {title}
      </Title>
      <Text component="div" c="dimmed">
        {children}
      </Text>
      {actions}
    </Stack>
  );
}
