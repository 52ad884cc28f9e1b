import type { EChartsCoreOption } from 'echarts/core';
import { RESOURCE_WORDS, shortNumber } from '../ui/amount-format';
import type { CapacityHistory, Numbers } from './history';

/** Colours as the browser resolved them: a canvas knows no variables. */
export interface ChartColours {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly raised: string;
  readonly accent: string;
  readonly hatch: string;
}

const MINUTE_MS = 60_000;
const SYSTEM_FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif';

interface Line {
  readonly name: string;
  readonly numbers: Numbers;
  readonly colour: string;
  readonly shape: 'area' | 'solid' | 'dashed' | 'dotted';
}

/** Reserved and foreign stacked, what is offered above them, and what is really used. */
export function capacityOption(
  history: CapacityHistory,
  at: readonly number[],
  colours: ChartColours,
): EChartsCoreOption {
  const { unit } = RESOURCE_WORDS[history.resource];
  const lines: Line[] = [
    { name: 'Reserved', numbers: history.reserved, colour: colours.accent, shape: 'area' },
    { name: 'Other pods', numbers: history.foreign, colour: colours.hatch, shape: 'area' },
    { name: 'Offered', numbers: history.allocatable, colour: colours.muted, shape: 'dashed' },
  ];
  if (history.used) lines.push({ name: 'Used', numbers: history.used, colour: colours.text, shape: 'solid' });
  return chart(lines, at, unit, colours);
}

export function latencyOption(
  link: Numbers,
  api: Numbers,
  at: readonly number[],
  colours: ChartColours,
): EChartsCoreOption {
  const lines: Line[] = [
    { name: 'Connection', numbers: link, colour: colours.accent, shape: 'solid' },
    { name: 'Kubernetes API', numbers: api, colour: colours.text, shape: 'dotted' },
  ];
  return chart(lines, at, 'ms', colours);
}

function chart(lines: readonly Line[], at: readonly number[], unit: string, colours: ChartColours): EChartsCoreOption {
  const text = { color: colours.muted, fontFamily: SYSTEM_FONT, fontSize: 11 };
  return {
    animation: false,
    grid: { left: 8, right: 12, top: 28, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, itemWidth: 16, itemHeight: 8, textStyle: text, selectedMode: false },
    // Never as HTML: the names of the lines are ours, but the page takes no HTML from anywhere.
    tooltip: {
      trigger: 'axis',
      renderMode: 'richText',
      backgroundColor: colours.raised,
      borderColor: colours.line,
      textStyle: { ...text, color: colours.text, fontSize: 12 },
      valueFormatter: (value: unknown) =>
        typeof value === 'number' ? `${shortNumber(value)} ${unit}`.trim() : 'unknown',
    },
    xAxis: {
      type: 'time',
      ...span(at),
      axisLabel: { ...text, hideOverlap: true },
      axisLine: { lineStyle: { color: colours.line } },
      axisTick: { lineStyle: { color: colours.line } },
    },
    yAxis: {
      type: 'value',
      min: 0,
      splitNumber: 3,
      axisLabel: { ...text, formatter: (value: number) => shortNumber(value) },
      splitLine: { lineStyle: { color: colours.line } },
    },
    series: lines.map((line) => series(line, at)),
  };
}

/** One sample has no width; without one the axis would span days. */
function span(at: readonly number[]): { readonly min?: number; readonly max?: number } {
  const [first] = at;
  const last = at.at(-1);
  if (first === undefined || last === undefined) return {};
  return { min: first === last ? first - MINUTE_MS : first, max: last };
}

function series({ name, numbers, colour, shape }: Line, at: readonly number[]): object {
  const isArea = shape === 'area';
  return {
    name,
    type: 'line',
    data: numbers.map((value, index) => [at[index], value]),
    showSymbol: false,
    connectNulls: false,
    color: colour,
    lineStyle: { width: isArea ? 1 : 1.5, type: isArea ? 'solid' : shape },
    ...(isArea ? { stack: 'claimed', areaStyle: { opacity: 0.45 }, step: 'end' } : {}),
  };
}
