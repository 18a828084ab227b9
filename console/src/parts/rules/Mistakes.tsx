/** The mistakes of a rule in words, each with a button that mends it where one right name is near. */
import { Alert, Button, Group, Stack, Text } from '@mantine/core';

import type { CheckedRule } from './useRuleCheck';

interface MistakesProps {
  id: string;
  mistakes: CheckedRule['mistakes'];
  onFix: (mistake: CheckedRule['mistakes'][number], fix: string) => void;
}

export const Mistakes = ({ id, mistakes, onFix }: MistakesProps) => (
  <div id={id} role="status" aria-live="polite">
    {mistakes.length > 0 ? (
      <Alert color="red" p="sm">
        <Stack gap="xs">
          {mistakes.map((mistake) => (
            <Group key={`${mistake.start} ${mistake.message}`} justify="space-between" wrap="nowrap" gap="md">
              <Text size="sm">{mistake.message}</Text>
              {mistake.fix ? (
                <Button
                  size="compact-sm"
                  variant="default"
                  flex="none"
                  onClick={() => onFix(mistake, mistake.fix ?? '')}
                >
                  Write {mistake.fix}
                </Button>
              ) : null}
            </Group>
          ))}
        </Stack>
      </Alert>
    ) : null}
  </div>
);
