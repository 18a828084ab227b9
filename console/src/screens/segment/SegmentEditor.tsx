/** A segment being looked at or edited: builder and text side by side, count, people, comparison, uses. */
import { Alert, Anchor, Badge, Button, Card, Group, Stack, Tabs, Text, TextInput, Title } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';

import { asking, useAsk } from '../../api/ask';
import { useRight } from '../../api/session';
import { ErrorCard } from '../../parts/ErrorCard';
import { Instant } from '../../parts/Instant';
import { PageHeader } from '../../parts/PageHeader';
import { People } from '../../parts/People';
import { RuleEditor } from '../../parts/RuleEditor';
import { RuleCount } from '../../parts/rules/RuleCount';
import { useRuleCheck } from '../../parts/rules/useRuleCheck';
import { useUrlState } from '../../parts/useUrlState';
import type { Detail, InForce, Result } from './api';
import { Builder } from './Builder';
import { Compare } from './Compare';
import { Conflict } from './Conflict';
import { Preview } from './Preview';
import { Review } from './Review';
import classes from './segment.module.css';
import { useApplying, type Wanted } from './useApplying';
import { useBuilder } from './useBuilder';
import { useDraft, type Draft } from './useDraft';
import { Uses } from './Uses';

interface SegmentEditorProps {
  /** null: it is yet to be named. */
  name: string | null;
  base: InForce;
  detail?: Detail;
  /** The rule to begin with. */
  begin?: string;
}

const COUNTING = 3_000;
const NAME = /^[a-z][a-z0-9_]{0,62}$/;

export function SegmentEditor({ name, base, detail, begin = '' }: SegmentEditorProps) {
  const go = useNavigate();
  const { draft, found, keep } = useDraft(name ?? 'new');
  const [theirs, setTheirs] = useState<InForce | null>(null);
  const [result, setResult] = useState<Result | null>(null);
  const mayEdit = useRight('edit');
  const now: Draft = draft ?? { name: name ?? '', where: base.where || begin, description: base.description, base };
  const edit = (change: Partial<Draft>) => {
    const next = { ...now, ...change };
    const unchanged = name !== null && next.where === next.base.where && next.description === next.base.description;
    keep(unchanged ? null : next);
  };

  const check = useRuleCheck(now.where, 'segment');
  const checked = now.where.trim() === '' ? undefined : check.asked.data;
  const builder = useBuilder(checked?.tree ?? null, (where) => edit({ where }));
  const stale = check.where !== now.where || check.asked.isPlaceholderData;

  const applying = useApplying(now, {
    rebase: (version) => draft && keep({ ...draft, base: { ...draft.base, version } }),
    onConflict: setTheirs,
    onApplied: (wanted: Wanted, done) => {
      keep(null);
      setResult(done);
      if (wanted === null) void go('/segments');
      else if (name === null) void go(`/segments/${encodeURIComponent(now.name)}`);
    },
  });

  const changedByOthers =
    draft !== null && detail !== undefined && !same(detail, draft.base) && !same(detail, draft) ? detail : null;
  // An answer that comes after the choice tells of a version that the draft already stands on.
  const other = theirs !== null && theirs.version !== now.base.version ? theirs : changedByOthers;
  const rebased = (change: Partial<Draft>) => {
    if (other === null) return;
    setTheirs(null);
    builder.typed();
    edit({ base: { where: other.where, description: other.description, version: other.version }, ...change });
  };

  return (
    <>
      <PageHeader
        title={name ?? 'New segment'}
        above={
          <Anchor component={Link} to="/segments" size="sm">
            Segments
          </Anchor>
        }
        purpose={name === null ? 'Write a rule, and see at once whom it matches.' : (detail?.description ?? '')}
        actions={mayEdit ? <Actions {...{ name, now, draft, keep, applying, builder, checked, stale }} /> : null}
      />
      <Stack gap="xl">
        {other ? (
          <Conflict
            draft={now}
            theirs={other}
            who={detail?.changed?.who ?? 'somebody'}
            onTheirs={() => {
              setTheirs(null);
              builder.typed();
              keep(null);
            }}
            onMine={() => rebased({})}
            onTop={() => rebased({ where: other.where, description: other.description })}
          />
        ) : null}
        {found && draft ? (
          <Alert color="blue" title="Your unsaved edit is still here">
            It was kept by this tab and is not in force.
          </Alert>
        ) : null}
        {applying.error ? <ErrorCard error={applying.error} title="This cannot be applied" /> : null}
        {result ? <Folder result={result} /> : null}
        {detail && draft === null ? <Standing detail={detail} /> : null}
        {name === null || mayEdit ? <Naming name={name} now={now} edit={edit} /> : null}
        <div className={classes.sides}>
          <Stack gap="sm">
            <Title order={2}>Builder</Title>
            <BuilderSide builder={builder} invalid={checked?.ok === false && !stale} mayEdit />
          </Stack>
          <Stack gap="md">
            <Title order={2}>Rule</Title>
            <RuleEditor
              label="As text"
              value={now.where}
              onChange={(where) => {
                builder.typed();
                edit({ where });
              }}
              context="segment"
              check={check}
              plain
            />
            {now.where.trim() === '' ? null : (
              <Card bg="var(--shop-paper)">
                <RuleCount checked={checked} stale={stale} to="?tab=people" />
              </Card>
            )}
          </Stack>
        </div>
        {checked?.ok ? <Below where={check.where} detail={detail} /> : null}
      </Stack>
      <Review name={now.name} applying={applying} />
    </>
  );
}

const same = (one: Pick<InForce, 'where' | 'description'>, other: Pick<InForce, 'where' | 'description'>) =>
  one.where === other.where && one.description === other.description;

interface ActionsProps {
  name: string | null;
  now: Draft;
  draft: Draft | null;
  keep: (draft: Draft | null) => void;
  applying: ReturnType<typeof useApplying>;
  builder: ReturnType<typeof useBuilder>;
  checked: { ok: boolean } | undefined;
  stale: boolean;
}

function Actions({ name, now, draft, keep, applying, builder, checked, stale }: ActionsProps) {
  const ready = checked?.ok === true && !stale && NAME.test(now.name) && (name === null || draft !== null);
  return (
    <>
      {draft ? (
        <Button
          variant="subtle"
          onClick={() => {
            builder.typed();
            keep(null);
          }}
        >
          Discard
        </Button>
      ) : null}
      {name !== null && draft === null ? (
        <Button
          variant="subtle"
          color="red"
          leftSection={<IconTrash size={16} aria-hidden />}
          loading={applying.busy}
          onClick={() => applying.review(null)}
        >
          Take away
        </Button>
      ) : null}
      <Button disabled={!ready} loading={applying.busy && draft !== null} onClick={() => applying.review(now)}>
        Review and apply
      </Button>
    </>
  );
}

function Naming({ name, now, edit }: { name: string | null; now: Draft; edit: (change: Partial<Draft>) => void }) {
  const known = useAsk('/v1/segments', undefined, { enabled: name === null });
  const taken = name === null && known.data?.some((one) => one.name === now.name);
  const wrong = now.name !== '' && !NAME.test(now.name) ? 'Lower-case letters, digits and _, a letter first.' : null;
  return (
    <Group align="flex-start" gap="md" grow preventGrowOverflow={false}>
      {name === null ? (
        <TextInput
          label="Name"
          placeholder="weekend_shoppers"
          value={now.name}
          onChange={(event) => edit({ name: event.currentTarget.value })}
          error={taken ? 'There is a segment of this name already: applying would change it.' : wrong}
          maxLength={63}
        />
      ) : null}
      <TextInput
        label="Description"
        placeholder="Who these people are, in your words"
        value={now.description}
        onChange={(event) => edit({ description: event.currentTarget.value })}
        maxLength={300}
      />
    </Group>
  );
}

function BuilderSide(props: { builder: ReturnType<typeof useBuilder>; invalid: boolean; mayEdit: boolean }) {
  const { builder, invalid } = props;
  const traits = useQuery({
    ...asking('/v1/traits', undefined, { fresh: 60_000 }),
    refetchInterval: ({ state: { data } }) => (data?.as_of === null ? COUNTING : false),
  });
  if (traits.error) return <ErrorCard error={traits.error} again={traits.refetch} />;
  const readable = (traits.data?.traits ?? []).filter((one) => one.source !== 'moment');
  if (readable.length === 0) return null;
  return (
    <Stack gap="sm">
      {invalid ? (
        <Text size="sm" c="dimmed">
          The builder follows once the text can be read.
        </Text>
      ) : null}
      {builder.wrong ? (
        <Alert color="red" p="sm" role="status">
          {builder.wrong}
        </Alert>
      ) : null}
      {!invalid && builder.shown === null ? (
        <Text size="sm" c="dimmed">
          Add a condition, or write the rule as text.
        </Text>
      ) : null}
      <Builder tree={builder.shown ?? { is: 'all', of: [] }} traits={readable} onChange={builder.change} />
    </Stack>
  );
}

function Standing({ detail }: { detail: Detail }) {
  const { members, changed, recording, name } = detail;
  return (
    <Group gap="md">
      <Text size="sm" component="div">
        <People
          text={`${members.toLocaleString('en')} recorded ${members === 1 ? 'member' : 'members'}`}
          to={`/customers?segment=${encodeURIComponent(name)}`}
          of={`of ${name}`}
        />
      </Text>
      {recording.state === 'recorded' ? null : (
        <Badge color={recording.state === 'failed' ? 'red' : 'blue'} variant="light" role="status">
          {recording.text}
        </Badge>
      )}
      {changed ? (
        <Text size="sm" c="dimmed">
          Changed by {changed.who} <Instant at={changed.at} />
        </Text>
      ) : null}
    </Group>
  );
}

function Folder({ result }: { result: Result }) {
  const left = result.folder.filter((file) => file.state === 'differs' || file.state === 'refused');
  if (left.length === 0) return null;
  return (
    <Alert color="yellow" title="In force, but the shop's folder does not say it yet">
      {left.map((file) => (
        <Text key={file.name} size="sm">
          {file.name}: {file.text}
        </Text>
      ))}
    </Alert>
  );
}

type Tab = 'people' | 'compare' | 'uses';

function Below({ where, detail }: { where: string; detail?: Detail }) {
  const [tab, setTab] = useUrlState<Tab>('tab', 'people');
  const mayLook = useRight('customers');
  const shown = tab === 'people' && !mayLook ? 'compare' : tab;
  return (
    <Tabs value={shown} onChange={(value) => setTab((value ?? 'people') as Tab)} keepMounted={false}>
      <Tabs.List mb="md">
        {mayLook ? <Tabs.Tab value="people">People</Tabs.Tab> : null}
        <Tabs.Tab value="compare">Against everyone else</Tabs.Tab>
        {detail ? <Tabs.Tab value="uses">Where it is used</Tabs.Tab> : null}
      </Tabs.List>
      <Tabs.Panel value="people">
        <Preview where={where} />
      </Tabs.Panel>
      <Tabs.Panel value="compare">
        <Compare where={where} />
      </Tabs.Panel>
      <Tabs.Panel value="uses">{detail ? <Uses uses={detail.uses} /> : null}</Tabs.Panel>
    </Tabs>
  );
}
