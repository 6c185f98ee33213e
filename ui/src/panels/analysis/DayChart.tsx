// Cases day by day, with the part that was too late.

import 'uplot/dist/uPlot.min.css';
import { createEffect, createSignal, onCleanup, onMount, Show } from 'solid-js';
import uPlot from 'uplot';
import type { AnalysisDto } from '../../generated/wire';
import { axesOf, CITY_TIME, inkOf, type Role } from '../../parts/plot';
import { type Days, daysOf } from '../../state/analysis_figures';
import { createScale } from '../../state/scale';
import { t } from '../../state/texts';
import { DAY, dateWords, monthDay, plainNumber, quantity } from '../../state/time';

const HEIGHT_PX = 130;
/** Room for the numbers on the left, design px. */
const LEFT_PX = 36;

export function DayChart(props: { analysis: AnalysisDto }) {
  const scale = createScale();
  const [pointed, setPointed] = createSignal<number>();
  const days = () => daysOf(props.analysis);
  const most = () => Math.max(0, ...days().cases);
  const readout = () => {
    const at = pointed();
    const time = at === undefined ? undefined : days().times[at];
    return at === undefined || time === undefined
      ? undefined
      : t('analysis.day', {
          day: dateWords(time),
          n: quantity(days().cases[at] ?? 0, 0),
          late: quantity(days().overdue[at] ?? 0, 0),
        });
  };
  return (
    <section class="analysis-days-chart" aria-label={t('analysis.by_day')}>
      <h3>
        {t('analysis.by_day')}{' '}
        <span class="hint num">{readout() ?? t('analysis.most_day', { n: quantity(most(), 0) })}</span>
      </h3>
      <Show when={scale()} keyed>
        {(size) => <Plot days={days()} scale={size} onPoint={setPointed} />}
      </Show>
      <Legend />
    </section>
  );
}

/** What the two shades mean. */
export function Legend() {
  return (
    <p class="hint analysis-legend">
      <span>
        <i class="analysis-swatch analysis-swatch-cases" /> {t('analysis.cases')}
      </span>
      <span>
        <i class="analysis-swatch analysis-swatch-late" /> {t('analysis.overdue')}
      </span>
    </p>
  );
}

function Plot(props: { days: Days; scale: number; onPoint: (index: number | undefined) => void }) {
  let box: HTMLDivElement | undefined;
  let plot: uPlot | undefined;
  onMount(() => {
    if (box === undefined) {
      return;
    }
    const element = box;
    const height = () => Math.round(HEIGHT_PX * props.scale);
    plot = new uPlot(optionsOf(element, height(), props), dataOf(props.days), element);
    const sizes = new ResizeObserver(() => plot?.setSize({ width: element.clientWidth, height: height() }));
    sizes.observe(element);
    onCleanup(() => {
      sizes.disconnect();
      plot?.destroy();
      plot = undefined;
    });
  });
  createEffect(() => {
    const data = dataOf(props.days);
    plot?.setData(data);
  });
  return (
    <div
      class="analysis-plot"
      role="img"
      aria-label={t('analysis.by_day_words', {
        n: props.days.times.length,
        most: quantity(Math.max(0, ...props.days.cases), 0),
      })}
      ref={(element) => {
        box = element;
      }}
    />
  );
}

function dataOf(days: Days): uPlot.AlignedData {
  return [days.times, days.cases, days.overdue];
}

function optionsOf(
  element: HTMLElement,
  height: number,
  props: { days: Days; scale: number; onPoint: (index: number | undefined) => void },
): uPlot.Options {
  const ink = inkOf(element, props.scale);
  const hidden = { stroke: 'transparent', points: { show: false } };
  const words = { time: monthDay, value: (value: number) => (Number.isInteger(value) ? plainNumber(value) : '') };
  return {
    ...CITY_TIME,
    width: Math.max(80, element.clientWidth),
    height,
    legend: { show: false },
    padding: [8, 4, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: {
      x: { range: (_, least, most) => [least - DAY / 2, most + DAY / 2] },
      y: { range: (_, __, most) => [0, Math.max(4, most * 1.1)] },
    },
    series: [{}, hidden, hidden],
    axes: axesOf(ink, props.scale, words, LEFT_PX),
    hooks: {
      draw: [
        (plot) => {
          drawBars(plot, props.days.times, props.days.cases, ink.role, '--text-2');
          drawBars(plot, props.days.times, props.days.overdue, ink.role, '--high');
        },
      ],
      setCursor: [(plot) => props.onPoint(plot.cursor.idx ?? undefined)],
    },
  };
}

/** A bar for each day, as wide as a day but for a gap. */
function drawBars(plot: uPlot, times: readonly number[], values: readonly number[], role: Role, colour: string): void {
  const pen = plot.ctx;
  const ground = plot.valToPos(0, 'y', true);
  pen.save();
  pen.fillStyle = role(colour);
  for (const [i, time] of times.entries()) {
    const value = values[i] ?? 0;
    const from = plot.valToPos(time - 0.4 * DAY, 'x', true);
    const to = plot.valToPos(time + 0.4 * DAY, 'x', true);
    const top = plot.valToPos(value, 'y', true);
    if (value > 0) {
      pen.fillRect(from, top, Math.max(1, to - from), ground - top);
    }
  }
  pen.restore();
}
