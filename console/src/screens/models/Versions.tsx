/** All versions of a model; whoever may can put another one in force. */
import { Badge, Button, Code } from '@mantine/core';
import { useState } from 'react';

import { request } from '../../api/client';
import { queries, refresh } from '../../api/queries';
import { asking } from '../../api/ask';
import { useRight } from '../../api/session';
import { ConfirmDiff } from '../../parts/ConfirmDiff';
import { DataTable } from '../../parts/DataTable';
import { Instant } from '../../parts/Instant';
import { showUndo } from '../../parts/undo';
import type { Card, Version } from './ModelsPage';

const headline = (version: Version) =>
  version.metrics
    .filter((metric) => metric.words !== '' && metric.against !== '')
    .slice(0, 1)
    .map((metric) => `${metric.label}: ${metric.text}`)
    .join('');

const use = (name: string, version: string) =>
  request('post', '/v1/models/{name}/in-force', { path: { name }, body: { version } });

export function Versions({ card }: { card: Card }) {
  const allowed = useRight('models');
  const [chosen, setChosen] = useState<Version | null>(null);
  const newest = card.versions[0]?.version;
  const until = card.versions.find((version) => version.in_force);
  const applied = (version: Version) => {
    void refresh('/v1/models', '/v1/home', '/v1/health');
    if (until) {
      showUndo(`${card.title}: version ${version.version} is in force`, () => {
        void use(card.name, until.version).then(() => refresh('/v1/models', '/v1/home'));
      });
    }
  };
  const look = async () => {
    const cards = await queries.query({ ...asking('/v1/models'), staleTime: 0 });
    const now = cards.find((one) => one.name === card.name);
    return now?.in_force === chosen?.version ? ('applied' as const) : ('open' as const);
  };
  return (
    <>
      <DataTable
        caption={`Versions of ${card.title}`}
        showCaption
        rows={card.versions}
        rowKey={(version) => version.version}
        minWidth={640}
        columns={[
          { key: 'version', title: 'Version', render: (version) => <Code>{version.version}</Code> },
          { key: 'trained', title: 'Trained', render: (version) => <Instant at={version.trained_at} form="date" /> },
          { key: 'learned', title: 'Learned from', render: (version) => version.learned },
          { key: 'quality', title: 'Quality', render: headline },
          { key: 'size', title: 'Size', numeric: true, render: (version) => version.size_text },
          {
            key: 'force',
            title: 'Standing',
            render: (version) =>
              version.in_force ? (
                <Badge variant="light" color="shop">
                  in force
                </Badge>
              ) : allowed ? (
                <Button size="compact-sm" variant="default" onClick={() => setChosen(version)}>
                  {version.version === newest ? 'Put in force' : 'Roll back to it'}
                </Button>
              ) : null,
          },
        ]}
      />
      {chosen ? (
        <ConfirmDiff
          opened
          onClose={() => setChosen(null)}
          title={`Put another version of ${card.title} in force`}
          label="Put in force"
          changes={[
            { field: 'version', old: card.in_force, new: chosen.version },
            { field: 'learned from', old: until?.learned ?? null, new: chosen.learned },
            ...(headline(chosen) === (until ? headline(until) : '')
              ? []
              : [{ field: 'quality', old: until ? headline(until) : null, new: headline(chosen) || null }]),
          ]}
          apply={() => use(card.name, chosen.version)}
          look={look}
          onApplied={() => applied(chosen)}
        >
          Decisions use it within a second or two; nothing else changes, and the way back stays open.
        </ConfirmDiff>
      ) : null}
    </>
  );
}
