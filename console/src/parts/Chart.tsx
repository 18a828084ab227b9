/**
 * A chart (ECharts, drawn as SVG, loaded only where one is shown) that follows light and dark and its own width.
 *
 * `option` is ECharts' own; colours, fonts, axes and tooltips are given by the house: leave them out. `says` is heard
 * instead of the picture, and `table` shows the same figures as a table, which a button opens.
 *
 * <Chart title="Orders a day" says="Between 410 and 530 orders a day." option={{ xAxis: …, series: [{ type: 'line' }] }}
 *        table={{ columns: ['Day', 'Orders'], rows: [['4 Dec', '512']] }} />
 *
 * Kinds of series: line, bar, scatter, custom, heatmap, graph; components: grid, legend, tooltip, dataset, markLine, markArea,
 * visualMap, title. Texts go into a chart as texts, never as markup.
 */
import { Button, Group, Skeleton, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChartLine, IconTable } from '@tabler/icons-react';
import type { EChartsCoreOption } from 'echarts/core';
import { lazy, Suspense } from 'react';

import { DataTable } from './DataTable';

const ChartDrawing = lazy(() => import('./ChartDrawing').then((module) => ({ default: module.ChartDrawing })));

interface ChartProps {
  title: string;
  /** One sentence that says what is to be seen. */
  says: string;
  option: EChartsCoreOption;
  /** The first column names the row; the others are numbers as the server wrote them. */
  table: { columns: readonly string[]; rows: readonly (readonly string[])[] };
  height?: number;
  /** Called with what was clicked: the row's index and the series' name; of a graph, `node` or `edge`. */
  onPick?: (index: number, series: string) => void;
}

export function Chart({ title, says, option, table, height = 260, onPick }: ChartProps) {
  const [asTable, { toggle }] = useDisclosure();
  const columns = table.columns.map((name, index) => ({
    key: String(index),
    title: name,
    numeric: index > 0,
    render: (row: readonly string[]) => row[index],
  }));
  return (
    <figure style={{ margin: 0 }}>
      <Group justify="space-between" mb="xs" component="figcaption">
        <Text fw={600} size="sm">
          {title}
        </Text>
        <Button
          size="compact-xs"
          variant="subtle"
          onClick={toggle}
          leftSection={asTable ? <IconChartLine size={14} aria-hidden /> : <IconTable size={14} aria-hidden />}
        >
          {asTable ? 'Show as chart' : 'Show as table'}
        </Button>
      </Group>
      {asTable ? (
        <DataTable
          caption={title}
          columns={columns}
          rows={table.rows}
          rowKey={(row) => row.join('\u0000')}
          minWidth={280}
          maxHeight={`${Math.max(height, 200)}px`}
        />
      ) : (
        <div role="img" aria-label={`${title}. ${says}`}>
          <Suspense fallback={<Skeleton height={height} />}>
            <ChartDrawing option={option} height={height} onPick={onPick} />
          </Suspense>
        </div>
      )}
    </figure>
  );
}
