/** Whom the shop could reach for each purpose before a file of consents goes in, and after; nothing is written. */
import { Button, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { request } from '../../api/client';
import type { Answer } from '../../api/contract';
import type { ApiError } from '../../api/error';
import { DataTable } from '../DataTable';
import { ErrorCard } from '../ErrorCard';
import { Skeletons } from '../Skeletons';
import { asBody, type MappingDoc } from './mapping';

type Report = Answer<'post', '/v1/uploads/{upload}/reach'>;

interface ReachProps {
  upload: string;
  /** One that fits the file. */
  mapping: MappingDoc;
  /** Bytes of the file, null where that is not known. */
  size: number | null;
}

/** Bytes up to which the file is read unasked after each change of its mapping: the whole of it, not the first rows. */
const UNASKED = 5_000_000;

export function Reach({ upload, mapping, size }: ReachProps) {
  const [wanted, setWanted] = useState(false);
  const counted = wanted || (size !== null && size <= UNASKED);
  const asked = useQuery<Report, ApiError>({
    queryKey: ['reach', upload, mapping],
    queryFn: ({ signal }) =>
      request('post', '/v1/uploads/{upload}/reach', { path: { upload }, body: asBody(mapping) }, signal),
    enabled: counted,
    placeholderData: (previous) => previous,
  });
  return (
    <Stack gap="sm">
      <Title order={3}>Whom you could reach</Title>
      {counted ? null : (
        <>
          <Text size="sm" c="dimmed">
            For this the whole file is read.
          </Text>
          <Button variant="default" onClick={() => setWanted(true)}>
            Count before and after
          </Button>
        </>
      )}
      {asked.error ? <ErrorCard error={asked.error} again={asked.refetch} /> : null}
      {counted && !asked.error ? <Counted report={asked.data} /> : null}
    </Stack>
  );
}

function Counted({ report }: { report: Report | undefined }) {
  if (report === undefined) return <Skeletons lines={5} label="Counting whom you could reach" />;
  return (
    <>
      <Text size="sm" c="dimmed" aria-live="polite">
        {report.summary}
      </Text>
      <DataTable
        caption="Customers whom you could reach, by purpose"
        rows={report.purposes}
        rowKey={({ purpose, channel }) => `${purpose} ${channel ?? ''}`}
        minWidth={0}
        columns={[
          {
            key: 'purpose',
            title: 'For',
            render: ({ title, words }) => (
              <>
                <Text size="sm" fw={600}>
                  {title}
                </Text>
                <Text size="sm" c="dimmed">
                  {words}
                </Text>
              </>
            ),
          },
          { key: 'before', title: 'Before', numeric: true, render: ({ before }) => before.reachable.toLocaleString('en') },
          {
            key: 'after',
            title: 'After',
            numeric: true,
            render: ({ after }) => <strong>{after.reachable.toLocaleString('en')}</strong>,
          },
        ]}
      />
    </>
  );
}
