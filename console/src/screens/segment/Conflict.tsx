/** Two people edited one segment: both versions, and what to do. Nothing of either is lost. */
import { Alert, Button, Group, Stack, Text } from '@mantine/core';

import type { InForce } from './api';
import classes from './segment.module.css';
import type { Draft } from './useDraft';

interface ConflictProps {
  draft: Draft;
  theirs: InForce;
  who: string;
  onTheirs: () => void;
  onMine: () => void;
  onTop: () => void;
}

export const Conflict = ({ draft, theirs, who, onTheirs, onMine, onTop }: ConflictProps) => (
  <Alert color="yellow" role="alert" title="Somebody else changed this segment while you edited it">
    <Stack gap="md">
      <div className={classes.both}>
        <Side title={`In force now, by ${who}`} where={theirs.where} description={theirs.description} />
        <Side title="Yours, not applied" where={draft.where} description={draft.description} />
      </div>
      <Group gap="sm">
        <Button variant="default" onClick={onTheirs}>
          Take theirs
        </Button>
        <Button variant="default" onClick={onMine}>
          Keep mine
        </Button>
        <Button variant="default" onClick={onTop}>
          Edit on top of theirs
        </Button>
      </Group>
    </Stack>
  </Alert>
);

const Side = ({ title, where, description }: { title: string; where: string; description: string }) => (
  <div>
    <Text size="sm" fw={600} mb={4}>
      {title}
    </Text>
    <pre className={classes.diff}>{where === '' ? 'It was taken away.' : where}</pre>
    {description ? (
      <Text size="sm" mt={4}>
        {description}
      </Text>
    ) : null}
  </div>
);
