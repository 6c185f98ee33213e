// One series over time: mean with its spread, limits as lines, doubtful and missing stretches, the clock's moment.

import 'uplot/dist/uPlot.min.css';
import { createEffect, createSignal, For, on, onCleanup, onMount, Show } from 'solid-js';
import uPlot from 'uplot';
import type { Span } from '../../backend/backend';
import type { LimitDto, SeriesDto, Trend } from '../../generated/wire';
import { axesOf, CITY_TIME, drawBands, drawLimits, inkOf, valueRange } from '../../parts/plot';
import { qualityBands } from '../../state/chart';
import { everyAtMost, useDesk } from '../../state/desk';
import { useHistory } from '../../state/history';
import { createScale } from '../../state/scale';
import { t, word } from '../../state/texts';
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
/** Room for the numbers on the left, design px. */
const LEFT_PX = 40;

/** The span chosen last; every card opens with it. */
const [span, setSpan] = createSignal<number>(HOUR);

export function TrendChart(props: { series: SeriesDto; device: string }) {
  const desk = useDesk();
  const history = useHistory();
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
    const pixels = Math.round((box?.clientWidth ?? 300) / PX_PER_BUCKET);
    void desk.backend.trends([props.series.id], wanted, pixels).then((result) => {
      if (mine !== asked) {
        return;
      }
      setFailure(result.ok ? undefined : result.error.message);
      const [found] = result.ok ? result.value : [];
      setTrend(found === undefined ? undefined : { trend: found, span: wanted });
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
    const quality = known.worst[i] ?? 'good';
    return {
      time,
      value: `${quantity(mean)} ${unitWords(props.series.unit)}`,
      spread: `${low === high ? '' : `${quantity(low)}–${quantity(high)} `}${quality === 'good' ? '' : word('quality', quality)}`,
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
        <button
          type="button"
          class="quiet trend-add"
          aria-label={t('chart.add_name', { name: props.series.name })}
          onClick={() =>
            history.addToChart({
              id: props.series.id,
              name: `${props.device} · ${props.series.name}`,
              unit: props.series.unit,
            })
          }
        >
          {t('chart.add')}
        </button>
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
  const ink = inkOf(element, props.scale);
  const hidden = { stroke: 'transparent', points: { show: false }, spanGaps: false };
  return {
    ...CITY_TIME,
    width: Math.max(80, element.clientWidth),
    height,
    legend: { show: false },
    padding: [8, 4, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: {
        range: (_, least, most) =>
          props.trend === undefined ? [least, most] : [props.trend.span.from, props.trend.span.to],
      },
      y: { range: (_, least, most) => valueRange(least, most, props.limits) },
    },
    series: [{}, hidden, hidden, { ...hidden, stroke: ink.role('--text-1'), width: 1.5 }],
    bands: [{ series: [1, 2], fill: 'rgba(169, 184, 198, 0.22)' }],
    axes: axesOf(ink, props.scale, { time: shortTime, value: (value) => quantity(value) }, LEFT_PX),
    hooks: {
      drawAxes: [
        (plot) => {
          const known = props.trend;
          if (known !== undefined) {
            drawBands(plot, qualityBands(known.trend, known.span), ink.role, [0, 1]);
          }
        },
      ],
      draw: [(plot) => drawLimits(plot, props.limits, ink, () => '')],
      setCursor: [(plot) => props.onPoint(plot.cursor.idx ?? undefined)],
    },
  };
}
