/**
 * What could not be read, in its place on the page, with the server's sentence and a way to try again.
 *
 * if (asked.error) return <ErrorCard error={asked.error} again={asked.refetch} />;
 */
import { Alert, Button, Group, List } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';

import { asApiError } from '../api/error';

interface ErrorCardProps {
  error: unknown;
  again?: () => unknown;
  /** Instead of "This could not be loaded". */
  title?: string;
}

const TITLES: Readonly<Record<number, string>> = {
  0: 'The server does not answer',
  403: 'You may not see this',
  404: 'This is not here',
  409: 'Somebody else was faster',
};

export function ErrorCard({ error, again, title }: ErrorCardProps) {
  const { status, message, mistakes } = asApiError(error);
  return (
    <Alert
      color="red"
      role="alert"
      icon={<IconAlertTriangle aria-hidden />}
      title={title ?? TITLES[status] ?? 'This could not be loaded'}
    >
      <Group justify="space-between" align="flex-start" gap="md">
        <div>
          {message}
          {mistakes.length > 1 ? (
            <List size="sm" mt="xs">
              {mistakes.map((mistake) => (
                <List.Item key={mistake}>{mistake}</List.Item>
              ))}
            </List>
          ) : null}
        </div>
        {again ? (
          <Button size="xs" variant="default" onClick={() => void again()}>
            Try again
          </Button>
        ) : null}
      </Group>
    </Alert>
  );
}
