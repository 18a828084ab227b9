/** The drawing inside of a `Chart`: owns the ECharts instance. Screens use `Chart`. */
import { useComputedColorScheme } from '@mantine/core';
import { BarChart, CustomChart, GraphChart, HeatmapChart, LineChart, ScatterChart } from 'echarts/charts';
import {
  DatasetComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
  TooltipComponent,
  VisualMapComponent,
} from 'echarts/components';
import { init, use as register, type ECharts, type EChartsCoreOption } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';

import { chartTheme, dressed } from './chartTheme';

register([BarChart, CustomChart, GraphChart, HeatmapChart, LineChart, ScatterChart, SVGRenderer]);
register([DatasetComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent]);
register([TitleComponent, TooltipComponent, VisualMapComponent]);

interface ChartDrawingProps {
  option: EChartsCoreOption;
  height: number;
  onPick?: (index: number, series: string) => void;
}

export function ChartDrawing({ option, height, onPick }: ChartDrawingProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });

  useEffect(() => {
    if (box.current === null) return;
    const drawn = init(box.current, chartTheme(scheme), { renderer: 'svg' });
    chart.current = drawn;
    const watch = new ResizeObserver(() => drawn.resize());
    watch.observe(box.current);
    return () => {
      watch.disconnect();
      drawn.dispose();
      chart.current = null;
    };
  }, [scheme]);

  useEffect(() => {
    chart.current?.setOption(dressed(option), { notMerge: true });
  }, [option, scheme]);

  useEffect(() => {
    const drawn = chart.current;
    if (!drawn || !onPick) return;
    const picked = (event: { dataIndex: number; dataType?: string; seriesName?: string }) =>
      onPick(event.dataIndex, event.dataType ?? event.seriesName ?? '');
    drawn.on('click', picked);
    return () => {
      if (!drawn.isDisposed()) drawn.off('click', picked);
    };
  }, [onPick, scheme]);

  return <div ref={box} style={{ height }} />;
}
