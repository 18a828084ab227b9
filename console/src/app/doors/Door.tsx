/** The shop's front: an awning over a card, for every page before one is in. */
import { Paper, Stack, Text, Title } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';

import { Mark } from '../Mark';
import classes from './Door.module.css';

interface DoorProps {
  title: string;
  shop?: string | null;
  children: ReactNode;
}

export function Door({ title, shop, children }: DoorProps) {
  useEffect(() => {
    document.title = shop ? `${title} · ${shop}` : title;
  }, [title, shop]);
  return (
    <main className={classes.street}>
      <Paper className={classes.card} withBorder radius="lg" shadow="sm">
        <div className={classes.awning} aria-hidden />
        <Stack p="xl" gap="lg">
          <Stack gap={6} align="center">
            <Mark size={40} />
            {shop ? (
              <Text className={classes.shop} size="sm" c="dimmed">
                {shop}
              </Text>
            ) : null}
            <Title order={1} ta="center">
              {title}
            </Title>
          </Stack>
          {children}
        </Stack>
      </Paper>
    </main>
  );
}
