/** Whether probabilities mean what they say: the curve lies on the line where they do. */
import { Text } from '@mantine/core';
import { useMemo } from 'react';

import { Chart } from '../../parts/Chart';
import type { Version } from './ModelsPage';

type Curve = Version['calibration'][number];

const percent = (share: number) => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

export function Calibration({ curve }: { curve: Curve }) {
  const option = useMemo(
    () => ({
      grid: { left: 8, right: 16, top: 34, bottom: 24, containLabel: true },
      xAxis: { type: 'value', min: 0, max: 1, name: 'said', nameLocation: 'middle', nameGap: 26, axisLabel: { formatter: percent } },
      yAxis: { type: 'value', min: 0, max: 1, name: 'happened', axisLabel: { formatter: percent } },
      series: [
        { type: 'line', name: 'happened', data: curve.points, smooth: true },
        {
          type: 'line',
          name: 'perfect',
          data: [
            [0, 0],
            [1, 1],
          ],
          symbol: 'none',
          lineStyle: { type: 'dashed', width: 1, color: '#7b7265' },
        },
      ],
    }),
    [curve],
  );
  return (
    <div>
      <Chart
        title={curve.label}
        says={curve.words}
        option={option}
        height={240}
        table={{ columns: ['Said', 'Happened'], rows: curve.points.map(([said, happened]) => [percent(said), percent(happened)]) }}
      />
      <Text size="sm" c="dimmed">
        {curve.words}
      </Text>
    </div>
  );
}
