/** What somebody must look after: each with one button that leads to the mend. */
import { Button, Code, Group, Stack, Text, ThemeIcon, VisuallyHidden } from '@mantine/core';
import { IconAlertTriangle, IconFlame, IconInfoCircle } from '@tabler/icons-react';
import { Link } from 'react-router';

import type { Answer } from '../../api/contract';
import classes from './home.module.css';

type Alert = Answer<'get', '/v1/home'>['alerts'][number];

const LOOKS = {
  critical: { color: 'red', icon: IconFlame, said: 'Critical' },
  warning: { color: 'yellow', icon: IconAlertTriangle, said: 'Warning' },
  note: { color: 'blue', icon: IconInfoCircle, said: 'Note' },
} as const;

export function Alerts({ alerts }: { alerts: readonly Alert[] }) {
  if (alerts.length === 0) return null;
  return (
    <section aria-label="To look after">
      <Stack gap="xs" component="ul" className={classes.alerts}>
        {alerts.map((alert) => (
          <li key={`${alert.code} ${alert.title}`} className={classes.alert} data-severity={alert.severity}>
            <AlertLine alert={alert} />
          </li>
        ))}
      </Stack>
    </section>
  );
}

function AlertLine({ alert }: { alert: Alert }) {
  const { color, icon: Icon, said } = LOOKS[alert.severity];
  return (
    <Group justify="space-between" align="flex-start" gap="md">
      <Group align="flex-start" gap="sm" wrap="nowrap" flex={1} miw={240}>
        <ThemeIcon variant="light" color={color} radius="xl" size={32} aria-hidden>
          <Icon size={18} stroke={1.8} />
        </ThemeIcon>
        <div>
          <Text fw={600}>
            <VisuallyHidden>{said}: </VisuallyHidden>
            {alert.title}
          </Text>
          <Text size="sm" c="dimmed">
            {alert.words}
            {alert.command ? (
              <>
                {' '}
                <Code>{alert.command}</Code>
              </>
            ) : null}
          </Text>
        </div>
      </Group>
      <Button component={Link} to={alert.link} variant="default" size="xs">
        {alert.action}
      </Button>
    </Group>
  );
}
