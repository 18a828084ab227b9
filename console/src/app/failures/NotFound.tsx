/** 404: an address that no screen has. */
import { Button, Group } from '@mantine/core';
import { IconMapOff } from '@tabler/icons-react';
import { Link } from 'react-router';

import { openPalette } from '../palette/palette';
import { Failure } from './Failure';

export const NotFound = () => (
  <Failure
    icon={IconMapOff}
    title="There is no such page"
    actions={
      <Group>
        <Button component={Link} to="/">
          Go to the start
        </Button>
        <Button variant="default" onClick={openPalette}>
          Search
        </Button>
      </Group>
    }
  >
    The address may have been mistyped, or the page has moved.
  </Failure>
);
