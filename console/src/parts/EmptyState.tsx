/**
 * Nothing here yet: one sentence, one action.
 *
 * <EmptyState icon={IconUsers} action={<Button>Import customers</Button>}>No customers yet.</EmptyState>
 */
import { Stack, Text, ThemeIcon } from '@mantine/core';
import { IconBasket } from '@tabler/icons-react';
import type { ComponentType, ReactNode } from 'react';

interface EmptyStateProps {
  children: ReactNode;
  action?: ReactNode;
  icon?: ComponentType<{ size?: number | string; stroke?: number | string }>;
}

export const EmptyState = ({ children, action, icon: Icon = IconBasket }: EmptyStateProps) => (
  <Stack align="center" gap="sm" py="xl" px="md">
    <ThemeIcon size={48} radius="xl" variant="light" aria-hidden>
      <Icon size={24} stroke={1.6} />
    </ThemeIcon>
    <Text c="dimmed" ta="center" maw={420}>
      {children}
    </Text>
    {action}
  </Stack>
);
