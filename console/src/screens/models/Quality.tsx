/** How good a version is, each figure with what it means and how the plain method does. */
import { Badge, SimpleGrid, Text } from '@mantine/core';

import { Figure } from '../../parts/Figure';
import type { Version } from './ModelsPage';

type Metric = Version['metrics'][number];

const COLORS = { better: 'shop', worse: 'red', same: 'yellow', none: 'gray' } as const;

export function Quality({ metrics }: { metrics: readonly Metric[] }) {
  const judged = metrics.filter((metric) => metric.words !== '');
  const counts = metrics.filter((metric) => metric.words === '');
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: Math.min(4, Math.max(2, judged.length)) }} spacing="xl" my="lg">
        {judged.map((metric) => (
          <div key={metric.name}>
            <Figure label={metric.label} value={metric.text} note={metric.words} />
            {metric.against ? (
              <Badge variant="light" color={COLORS[metric.way]} mt="xs" h="auto" py={3} styles={{ label: { whiteSpace: 'normal' } }}>
                {metric.against} ({metric.baseline})
              </Badge>
            ) : null}
          </div>
        ))}
      </SimpleGrid>
      {counts.length > 0 ? (
        <Text size="sm" c="dimmed" mb="sm" data-numbers>
          {counts.map((metric) => `${metric.label}: ${metric.text}`).join(' · ')}
        </Text>
      ) : null}
    </>
  );
}
