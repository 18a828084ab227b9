/** The people in a segment against everyone else: how far apart each trait lies. */
import { Stack, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { request } from '../../api/client';
import type { Answer } from '../../api/contract';
import type { ApiError } from '../../api/error';
import { Chart } from '../../parts/Chart';
import { ErrorCard } from '../../parts/ErrorCard';
import { Skeletons } from '../../parts/Skeletons';
import { useDebounced } from '../../parts/useDebounced';
import rule from '../../parts/rules/rule.module.css';

type Comparison = Answer<'post', '/v1/segments/compare'>;
type Line = Comparison['traits'][number];

const WAIT = 400;
const SHOWN = 12;

export function Compare({ where }: { where: string }) {
  const settled = useDebounced(where, WAIT);
  const asked = useQuery<Comparison, ApiError>({
    queryKey: ['/v1/segments/compare', settled],
    queryFn: ({ signal }) => request('post', '/v1/segments/compare', { body: { where: settled } }, signal),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  if (asked.error) return <ErrorCard error={asked.error} again={asked.refetch} />;
  if (asked.data === undefined) return <Skeletons lines={8} height={20} label="Comparing" />;
  return <Compared found={asked.data} />;
}

function Compared({ found }: { found: Comparison }) {
  const lines = found.traits.filter((line) => line.difference !== null);
  const told = lines.slice(0, SHOWN);
  if (told.length === 0) return <Text c="dimmed">{found.sentence}</Text>;
  return (
    <Stack gap="md">
      <Text className={rule.sentence}>{found.sentence}</Text>
      <Chart
        title="Differences from everyone else, in standard deviations"
        says={told.map((line) => line.sentence).join('. ')}
        height={Math.max(160, told.length * 34)}
        option={bars(told)}
        table={{
          columns: ['Trait', 'In the segment', 'Everyone else', 'Difference', 'How far'],
          rows: lines.map((line) => [
            line.words,
            line.inside_text,
            line.outside_text,
            (line.difference ?? 0).toFixed(2),
            line.size,
          ]),
        }}
      />
    </Stack>
  );
}

const bars = (lines: readonly Line[]) => ({
  grid: { left: 8, right: 24, top: 8, bottom: 8, containLabel: true },
  xAxis: { type: 'value' },
  yAxis: {
    type: 'category',
    inverse: true,
    data: lines.map((line) => line.words),
    axisTick: { show: false },
  },
  tooltip: { trigger: 'item' },
  series: [
    {
      type: 'bar',
      name: 'Standard deviations',
      barMaxWidth: 16,
      data: lines.map((line) => Number((line.difference ?? 0).toFixed(2))),
    },
  ],
});
