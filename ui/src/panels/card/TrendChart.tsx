// One series over time: mean with its spread, limits as lines, gaps as gaps.

import 'uplot/dist/uPlot.min.css';
import { createEffect, createSignal, For, on, onCleanup, onMount, Show } from 'solid-js';
import uPlot from 'uplot';
import type { Span } from '../../backend/backend';
import type { LimitDto, SeriesDto, Trend } from '../../generated/wire';
import { everyAtMost, useDesk } from '../../state/desk';
import { createScale } from '../../state/scale';
import { t } from '../../state/texts';
import { clockTime, HOUR, quantity, shortTime, unitWords } from '../../state/time';

const SPANS = [
  { millis: HOUR, words: 'card.range_1h' },
  { millis: 6 * HOUR, words: 'card.range_6h' },
  { millis: 24 * HOUR, words: 'card.range_24h' },
] as const;
/** How often the chart is read again while time runs. */
const READ_MILLIS = 5000;
/** One bucket per this many pixels. */
const PX_PER_BUCKET = 2;
const HEIGHT_PX = 150;

/** The span chosen last; every card opens with it. */
const [span, setSpan] = createSignal<number>(HOUR);

export function TrendChart(props: { series: SeriesDto }) {
  const desk = useDesk();
  const scale = createScale();
  const [trend, setTrend] = createSignal<{ trend: Trend; span: Span }>();
  const [failure, setFailure] = createSignal<string>();
  const [pointed, setPointed] = createSignal<number>();
  let box: HTMLDivElement | undefined;
  let asked = 0;

  function read(): void {
    const to = Math.round(desk.shown());
    const wanted = { from: to - span(), to };
    asked += 1;
    const mine = asked;
    void desk.backend
      .trend(props.series.id, wanted, Math.round((box?.clientWidth ?? 300) / PX_PER_BUCKET))
      .then((result) => {
        if (mine !== asked) {
          return;
        }
        setFailure(result.ok ? undefined : result.error.message);
        setTrend(result.ok ? { trend: result.value, span: wanted } : undefined);
      });
  }
  createEffect(
    on([() => props.series.id, span], () => {
      setTrend(undefined);
      setPointed(undefined);
      read();
    }),
  );
  everyAtMost(READ_MILLIS, () => desk.update.shown, read);
  // While somebody scrubs or plays fast, five seconds are too long.
  everyAtMost(
    500,
    () => (desk.past() ? desk.update.shown : undefined),
    () => (desk.past() ? read() : undefined),
  );

  const empty = () => trend()?.trend.means.every((mean) => mean === null) === true;
  const readout = () => {
    const known = trend()?.trend;
    const i = pointed();
    if (known === undefined || i === undefined) {
      return undefined;
    }
    const mean = known.means[i];
    const time = clockTime(known.times[i] ?? 0);
    if (mean === null || mean === undefined) {
      return { time, value: t('age.none'), spread: '' };
    }
    const low = known.mins[i] ?? mean;
    const high = known.maxs[i] ?? mean;
    return {
      time,
      value: `${quantity(mean)} ${unitWords(props.series.unit)}`,
      spread: low === high ? '' : `${quantity(low)}–${quantity(high)}`,
    };
  };

  return (
    <div class="trend">
      <div class="trend-head">
        <p class="trend-readout num" aria-live="off">
          <Show
            when={readout()}
            fallback={<span class="hint">{props.series.unit === '' ? '' : unitWords(props.series.unit)}</span>}
          >
            {(at) => (
              <>
                <span>{at().time}</span> <strong>{at().value}</strong>{' '}
                <span class="hint" title={t('card.trend_range')}>
                  {at().spread}
                </span>
              </>
            )}
          </Show>
        </p>
        <fieldset class="trend-spans">
          <legend class="hidden-words">{t('card.range')}</legend>
          <For each={SPANS}>
            {(choice) => (
              <button
                type="button"
                class="quiet"
                aria-pressed={span() === choice.millis}
                onClick={() => setSpan(choice.millis)}
              >
                {t(choice.words)}
              </button>
            )}
          </For>
        </fieldset>
      </div>
      <div
        class="trend-box"
        ref={(element) => {
          box = element;
        }}
      >
        <Chart trend={trend()} limits={props.series.limits} scale={scale()} onPoint={setPointed} />
        <Show when={failure()}>
          {(message) => (
            <p class="trend-words" role="alert">
              {t('card.trend_failed', { message: message() })}
            </p>
          )}
        </Show>
        <Show when={empty()}>
          <p class="trend-words">
            {t('card.trend_empty')}
            <span class="hint">{t('card.trend_empty_hint')}</span>
          </p>
        </Show>
        <Show when={trend() === undefined && failure() === undefined}>
          <p class="trend-words hint">{t('card.trend_loading')}</p>
        </Show>
      </div>
    </div>
  );
}

interface ChartProps {
  trend: { trend: Trend; span: Span } | undefined;
  limits: LimitDto[];
  scale: number;
  onPoint(index: number | undefined): void;
}

function Chart(props: ChartProps) {
  let box: HTMLDivElement | undefined;
  let plot: uPlot | undefined;

  onMount(() => {
    if (box === undefined) {
      return;
    }
    const element = box;
    const height = () => Math.round(HEIGHT_PX * props.scale);
    plot = new uPlot(optionsOf(element, height(), props), [[], [], [], []], element);
    const sizes = new ResizeObserver(() => plot?.setSize({ width: element.clientWidth, height: height() }));
    sizes.observe(element);
    onCleanup(() => {
      sizes.disconnect();
      plot?.destroy();
      plot = undefined;
    });
  });
  createEffect(() => {
    const known = props.trend;
    if (known !== undefined) {
      plot?.setData([known.trend.times, known.trend.maxs, known.trend.mins, known.trend.means]);
    }
  });
  return (
    <div
      class="trend-plot"
      ref={(element) => {
        box = element;
      }}
    />
  );
}

function optionsOf(element: HTMLElement, height: number, props: ChartProps): uPlot.Options {
  const style = getComputedStyle(element);
  const role = (name: string) => style.getPropertyValue(name).trim();
  const font = `${Math.round(11 * props.scale)}px ${style.fontFamily}`;
  const grid = { stroke: role('--line'), width: 1 };
  return {
    width: Math.max(80, element.clientWidth),
    height,
    ms: 1,
    legend: { show: false },
    padding: [8, 4, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    tzDate: (millis) => uPlot.tzDate(new Date(millis), 'Asia/Shanghai'),
    scales: {
      x: {
        range: (_, least, most) =>
          props.trend === undefined ? [least, most] : [props.trend.span.from, props.trend.span.to],
      },
      y: { range: (_, least, most) => valueRange(least, most, props.limits) },
    },
    series: [
      {},
      { stroke: 'transparent', points: { show: false }, spanGaps: false },
      { stroke: 'transparent', points: { show: false }, spanGaps: false },
      { stroke: role('--text-1'), width: 1.5, points: { show: false }, spanGaps: false },
    ],
    bands: [{ series: [1, 2], fill: 'rgba(169, 184, 198, 0.22)' }],
    axes: [
      {
        font,
        stroke: role('--text-2'),
        grid: { show: false },
        ticks: { ...grid, size: 4 },
        size: 24 * props.scale,
        gap: 3,
        space: 56 * props.scale,
        values: (_, splits) => splits.map((at) => shortTime(at)),
      },
      {
        font,
        stroke: role('--text-2'),
        grid: { ...grid, stroke: role('--ground-3') },
        ticks: { show: false },
        size: 40 * props.scale,
        gap: 4,
        space: 30 * props.scale,
        values: (_, splits) => splits.map((at) => quantity(at)),
      },
    ],
    hooks: {
      drawAxes: [(plot) => drawGaps(plot, role('--line'))],
      draw: [(plot) => drawLimits(plot, props.limits, role, font)],
      setCursor: [(plot) => props.onPoint(plot.cursor.idx ?? undefined)],
    },
  };
}

/** The values with a little air, and the first limit above them, so that a person sees how far it is. */
export function valueRange(least: number | null, most: number | null, limits: readonly LimitDto[]): [number, number] {
  const low = least ?? 0;
  const top = most ?? 1;
  const next = limits
    .map((limit) => limit.value)
    .filter((value) => value > top)
    .sort((a, b) => a - b)[0];
  const high = next === undefined ? top : Math.max(top, next);
  const air = Math.max((high - low) * 0.08, Math.abs(high) * 0.02, 0.05);
  return [low >= 0 && low < high * 0.4 ? 0 : low - air, high + air];
}

/** Hatches stretches without values: nothing is known there, which is not the same as nothing happened. */
function drawGaps(plot: uPlot, colour: string): void {
  const [times, , , means] = plot.data;
  const pen = plot.ctx;
  const { left, top, width, height } = plot.bbox;
  if (times.length === 0 || means === undefined) {
    return;
  }
  pen.save();
  pen.beginPath();
  let any = false;
  for (let i = 0; i < times.length; i += 1) {
    if (means[i] !== null) {
      continue;
    }
    let end = i;
    while (end + 1 < times.length && means[end + 1] === null) {
      end += 1;
    }
    const from = plot.valToPos(times[Math.max(0, i - 1)] ?? 0, 'x', true);
    const to = plot.valToPos(times[Math.min(times.length - 1, end + 1)] ?? 0, 'x', true);
    pen.rect(Math.max(left, from), top, Math.min(left + width, to) - Math.max(left, from), height);
    any = true;
    i = end;
  }
  if (any) {
    pen.clip();
    pen.strokeStyle = colour;
    pen.lineWidth = 1;
    pen.beginPath();
    for (let x = left - height; x < left + width; x += 8) {
      pen.moveTo(x, top + height);
      pen.lineTo(x + height, top);
    }
    pen.stroke();
  }
  pen.restore();
}

function drawLimits(plot: uPlot, limits: readonly LimitDto[], role: (name: string) => string, font: string): void {
  const pen = plot.ctx;
  const { left, top, width, height } = plot.bbox;
  pen.save();
  pen.lineWidth = Math.max(1, devicePixelRatio);
  pen.setLineDash([6, 4]);
  pen.font = font;
  pen.textAlign = 'right';
  pen.textBaseline = 'bottom';
  for (const limit of limits) {
    const y = Math.round(plot.valToPos(limit.value, 'y', true));
    if (y < top || y > top + height) {
      continue;
    }
    pen.strokeStyle = role(`--${limit.severity}`);
    pen.beginPath();
    pen.moveTo(left, y);
    pen.lineTo(left + width, y);
    pen.stroke();
  }
  pen.restore();
}
