/** Who may sign in, and as what. */
import { Badge, Button, Group, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import { IconUserPlus } from '@tabler/icons-react';
import { useState } from 'react';

import { useAsk } from '../../api/ask';
import { useSession } from '../../api/session';
import { roleTitle } from '../../app/roles';
import { DataTable, type Column } from '../../parts/DataTable';
import { ErrorCard } from '../../parts/ErrorCard';
import { Instant } from '../../parts/Instant';
import { PageHeader } from '../../parts/PageHeader';
import { TableSkeleton } from '../../parts/Skeletons';
import { useUrlState } from '../../parts/useUrlState';
import { AddPerson } from './AddPerson';
import { ChangePerson } from './ChangePerson';
import { LinkDialog } from './LinkDialog';
import classes from './people.module.css';
import { waysOf, type Person, type RoleWords } from './person';
import { PersonMenu } from './PersonMenu';

export function PeoplePage() {
  const me = useSession().user?.name;
  const asked = useAsk('/v1/users');
  const [adding, setAdding] = useUrlState('add', '');
  const [changing, setChanging] = useUrlState('change', '');
  const [linked, setLinked] = useState<string | null>(null);
  const people = asked.data?.people ?? [];
  const roles = asked.data?.roles ?? [];
  const changed = people.find(({ name }) => name === changing);
  const act = { me, onChange: (name: string) => setChanging(name), onLink: setLinked };
  return (
    <>
      <PageHeader
        title="People"
        purpose="Who may sign in to this shop, and what they may do in it."
        actions={
          <Button leftSection={<IconUserPlus size={16} aria-hidden />} onClick={() => setAdding('yes')}>
            Add a person
          </Button>
        }
      />
      {asked.error ? <ErrorCard error={asked.error} again={asked.refetch} /> : null}
      {asked.isPending ? <TableSkeleton /> : null}
      {asked.data ? (
        <Stack gap={48}>
          <DataTable
            caption="People"
            rows={people}
            rowKey={({ name }) => name}
            columns={columns(act)}
            minWidth={680}
          />
          <Roles roles={roles} />
        </Stack>
      ) : null}
      <AddPerson opened={adding === 'yes'} onClose={() => setAdding('')} roles={roles} onLink={setLinked} />
      {changed ? <ChangePerson key={changed.name} person={changed} roles={roles} onClose={() => setChanging('')} /> : null}
      {linked !== null ? <LinkDialog name={linked} onClose={() => setLinked(null)} /> : null}
    </>
  );
}

interface Acts {
  me: string | undefined;
  onChange: (name: string) => void;
  onLink: (name: string) => void;
}

const columns = ({ me, onChange, onLink }: Acts): Column<Person>[] => [
  { key: 'person', title: 'Person', width: '34%', render: (one) => <Who person={one} isMe={one.name === me} /> },
  { key: 'role', title: 'Role', render: (one) => roleTitle(one.role) },
  { key: 'ways', title: 'Signs in by', render: (one) => waysOf(one) },
  { key: 'since', title: 'Since', numeric: true, render: (one) => <Instant at={one.created_at} form="date" /> },
  {
    key: 'menu',
    title: (
      <span className={classes.within}>
        <VisuallyHidden>Actions</VisuallyHidden>
      </span>
    ),
    width: '3rem',
    numeric: true,
    render: (one) => (
      <PersonMenu person={one} isMe={one.name === me} onChange={() => onChange(one.name)} onLink={() => onLink(one.name)} />
    ),
  },
];

const Who = ({ person, isMe }: { person: Person; isMe: boolean }) => (
  <>
    <Group gap="xs">
      <Text fw={600} className={classes.wrap}>
        {person.display}
      </Text>
      {isMe ? <Badge variant="light">You</Badge> : null}
      {person.disabled ? (
        <Badge variant="light" color="red">
          Shut out
        </Badge>
      ) : null}
    </Group>
    <Text size="sm" c="dimmed" className={classes.wrap}>
      {person.email === null || person.email === person.name ? person.name : `${person.name} · ${person.email}`}
    </Text>
  </>
);

const Roles = ({ roles }: { roles: readonly RoleWords[] }) => (
  <section>
    <Title order={2} size="h4" mb="sm">
      What roles may do
    </Title>
    <dl className={classes.roles}>
      {roles.map(({ name, words }) => (
        <div key={name}>
          <dt>{roleTitle(name)}</dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
  </section>
);
