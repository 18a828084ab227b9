/** How charts look: the house's colours and type, quiet axes, tooltips drawn and not written as markup. */
import type { EChartsCoreOption } from 'echarts/core';

type Scheme = 'light' | 'dark';

export const INK = {
  light: { text: '#2a2621', quiet: '#5d554a', line: '#eae4da', paper: '#fffdfa', edge: '#ddd5c8' },
  dark: { text: '#ece7de', quiet: '#c6beb2', line: '#3c3730', paper: '#2c2823', edge: '#4c463e' },
} as const;

/** Of series, in their order: accent, then colours that stay apart for most who see few. */
export const SERIES: Readonly<Record<Scheme, readonly string[]>> = {
  light: ['#1b7350', '#a0730b', '#336aa3', '#c53d2a', '#7b7265', '#64b98e'],
  dark: ['#64b98e', '#dfa927', '#8fb6dd', '#e6776a', '#a1988b', '#b7e0cb'],
};

const FONT = "'Figtree Variable', ui-sans-serif, system-ui, sans-serif";

/** The theme of one scheme, as ECharts takes it. */
export function chartTheme(scheme: Scheme): object {
  const ink = INK[scheme];
  const axis = {
    axisLine: { lineStyle: { color: ink.edge } },
    axisTick: { show: false },
    axisLabel: { color: ink.quiet, fontSize: 12 },
    nameTextStyle: { color: ink.quiet },
    splitLine: { lineStyle: { color: ink.line } },
  };
  return {
    color: SERIES[scheme],
    backgroundColor: 'transparent',
    textStyle: { fontFamily: FONT, color: ink.text },
    title: { textStyle: { color: ink.text } },
    legend: { textStyle: { color: ink.text } },
    tooltip: { backgroundColor: ink.paper, borderColor: ink.edge, textStyle: { color: ink.text, fontFamily: FONT } },
    line: { symbol: 'circle', symbolSize: 5, lineStyle: { width: 2 } },
    bar: { itemStyle: { borderRadius: [3, 3, 0, 0] } },
    categoryAxis: { ...axis, splitLine: { show: false } },
    valueAxis: { ...axis, axisLine: { show: false } },
    timeAxis: { ...axis, splitLine: { show: false } },
    logAxis: axis,
  };
}

const record = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {});

/** Give an option the house's frame, and tooltips that no text from outside can turn into markup. */
export function dressed(option: EChartsCoreOption): EChartsCoreOption {
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  return {
    animation: !still,
    animationDuration: 300,
    ...option,
    grid: option.grid ?? { left: 8, right: 16, top: option.legend ? 40 : 24, bottom: 8, containLabel: true },
    legend: option.legend && { top: 0, left: 0, icon: 'roundRect', itemWidth: 12, itemHeight: 12, ...record(option.legend) },
    tooltip: { trigger: 'axis', confine: true, ...record(option.tooltip), renderMode: 'richText' },
  };
}
