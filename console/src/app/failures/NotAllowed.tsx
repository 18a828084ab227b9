/** 403: a screen that the person's role does not open. */
import { Button } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { Link } from 'react-router';

import { useSession, type Right } from '../../api/session';
import { roleTitle } from '../roles';
import { Failure } from './Failure';

export function NotAllowed({ right }: { right: Right | null }) {
  const role = useSession().user?.role ?? null;
  return (
    <Failure
      icon={IconLock}
      title="You may not see this"
      actions={
        <Button component={Link} to="/">
          Go to the start
        </Button>
      }
    >
      This page needs the right “{right}”, which {role ? `the role “${roleTitle(role)}”` : 'you'} does not have. An owner
      of the shop can give you another role.
    </Failure>
  );
}
