// One row of the trend panel: the curves of one unit over the common stretch.

import 'uplot/dist/uPlot.min.css';
import { createEffect, createMemo, on, onCleanup, onMount } from 'solid-js';
import uPlot from 'uplot';
import type { Span } from '../../backend/backend';
import type { LimitDto, Trend } from '../../generated/wire';
import { axesOf, CITY_TIME, clockLine, drawBands, drawLimits, inkOf, valueRange } from '../../parts/plot';
import { joined, markOf, qualityBands } from '../../state/chart';
import { useDesk } from '../../state/desk';
import { useHistory } from '../../state/history';
import { t, word } from '../../state/texts';
import { DAY, dateWords, monthDay, plainNumber, quantity, shortTime, unitWords } from '../../state/time';

/** Room for the numbers on the left, the same in every row, design px. */
const LEFT_PX = 52;
const LEAST_HEIGHT_PX = 84;
/** A second click within this time is a double click. */
const DOUBLE_MILLIS = 260;
/** A shorter drag was meant as a click. */
const LEAST_DRAG_PX = 4;
/** Height of the quality lane of one of several series, as a share. */
const LANE = 0.045;

interface RowProps {
  unit: string;
  rows: number;
  trends: Trend[];
  span: Span | undefined;
  indexOf: (id: string) => number;
  scale: number;
  onPoint: (at: number | undefined) => void;
}

export function TrendRow(props: RowProps) {
  const desk = useDesk();
  const history = useHistory();
  let box: HTMLDivElement | undefined;
  let plot: uPlot | undefined;
  let showClock: ((at: number | undefined) => void) | undefined;
  let click: ReturnType<typeof setTimeout> | undefined;
  let dragged = false;

  function destroy(): void {
    plot?.destroy();
    plot = undefined;
    showClock = undefined;
  }
  function build(): void {
    destroy();
    if (box === undefined || props.trends.length === 0) {
      return;
    }
    plot = new uPlot(options(box), dataOf(props.trends), box);
    showClock = clockLine(plot, 'clock-line');
    plot.over.addEventListener('click', onClick);
    // A drag in one row is told to the others, where no click follows it.
    plot.over.addEventListener('mousedown', () => {
      dragged = false;
    });
    showClock(desk.shown());
  }
  function dataOf(trends: readonly Trend[]): uPlot.AlignedData {
    const { times, columns } = joined(trends);
    return [times, ...columns] as uPlot.AlignedData;
  }
  function onClick(event: MouseEvent): void {
    if (dragged) {
      dragged = false;
      return;
    }
    clearTimeout(click);
    const at = plot?.posToVal(event.offsetX, 'x');
    // A double click resets the zoom; the clock must not move with its first half.
    click = setTimeout(() => {
      if (at !== undefined) {
        desk.scrubTo(at);
      }
    }, DOUBLE_MILLIS);
  }
  function zoomTo(chosen: uPlot): void {
    const { left, width } = chosen.select;
    if (width < LEAST_DRAG_PX) {
      return;
    }
    dragged = true;
    const span = { from: chosen.posToVal(left, 'x'), to: chosen.posToVal(left + width, 'x') };
    chosen.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    history.chart.setStretch({ kind: 'custom', span });
  }
  const height = () => {
    const room = (box?.closest('.trends-rows')?.clientHeight ?? 240) / Math.max(1, props.rows);
    return Math.max(LEAST_HEIGHT_PX * props.scale, Math.floor(room) - 2);
  };

  function options(element: HTMLElement): uPlot.Options {
    const ink = inkOf(element, props.scale);
    const isLong = () => props.span !== undefined && props.span.to - props.span.from > 2 * DAY;
    const limits = () => limitsOf(props.trends);
    const hidden = { stroke: 'transparent', points: { show: false }, spanGaps: false };
    return {
      ...CITY_TIME,
      width: Math.max(120, element.clientWidth),
      height: height(),
      legend: { show: false },
      padding: [8, 8, 0, 0],
      cursor: {
        y: false,
        drag: { x: true, y: false, setScale: false },
        points: { size: 5 },
        sync: { key: 'citymirror-trends' },
        bind: {
          dblclick: () => () => {
            clearTimeout(click);
            history.chart.widen();
            return null;
          },
        },
      },
      scales: {
        x: {
          range: (_, least, most) => (props.span === undefined ? [least, most] : [props.span.from, props.span.to]),
        },
        y: { range: (_, least, most) => valueRange(least, most, limits()) },
      },
      series: [
        {},
        ...props.trends.flatMap((trend) => {
          const mark = markOf(Math.max(0, props.indexOf(trend.id)));
          const curve: uPlot.Series = {
            ...hidden,
            stroke: ink.role(`--series-${mark.colour}`),
            width: 1.5,
            ...(mark.isDashed ? { dash: [8, 4] } : {}),
          };
          return [hidden, hidden, curve];
        }),
      ],
      bands: props.trends.map((trend, i) => ({
        series: [i * 3 + 1, i * 3 + 2] as [number, number],
        fill: faint(ink.role(`--series-${markOf(Math.max(0, props.indexOf(trend.id))).colour}`)),
      })),
      axes: axesOf(
        ink,
        props.scale,
        { time: (at) => (isLong() ? dayWords(at) : shortTime(at)), value: (value) => quantity(value) },
        LEFT_PX,
      ),
      hooks: {
        drawAxes: [
          (drawn) => {
            const { span, trends } = props;
            for (const [i, trend] of trends.entries()) {
              // Several series have a lane each at the foot, so that it is clear whose value is doubted.
              const bottom = 1 - i * LANE;
              const place: [number, number] =
                trends.length === 1 || span === undefined ? [0, 1] : [bottom - LANE, bottom];
              drawBands(drawn, span === undefined ? [] : qualityBands(trend, span), ink.role, place);
            }
          },
        ],
        draw: [
          (drawn) =>
            drawLimits(
              drawn,
              limits(),
              ink,
              (limit) => `${word('severity', limit.severity)} ${plainNumber(limit.value)}`,
            ),
        ],
        setSelect: [zoomTo],
        setCursor: [
          (drawn) => {
            const left = drawn.cursor.left ?? -1;
            props.onPoint(left < 0 ? undefined : drawn.posToVal(left, 'x'));
          },
        ],
      },
    };
  }

  onMount(() => {
    if (box === undefined) {
      return;
    }
    const element = box;
    const sizes = new ResizeObserver(() =>
      plot?.setSize({ width: Math.max(120, element.clientWidth), height: height() }),
    );
    sizes.observe(element.closest('.trends-rows') ?? element);
    onCleanup(() => sizes.disconnect());
  });
  onCleanup(() => {
    clearTimeout(click);
    destroy();
  });
  // Other series, places in the list or rows make another plot; other values only fill it again.
  const shape = createMemo(() =>
    [props.rows, props.scale, ...props.trends.map((trend) => `${trend.id}:${props.indexOf(trend.id)}`)].join(' '),
  );
  createEffect(on(shape, () => build()));
  createEffect(
    on(
      () => props.trends,
      (trends) => {
        if (plot !== undefined && trends.length > 0) {
          plot.setData(dataOf(trends));
          showClock?.(desk.shown());
        }
      },
      { defer: true },
    ),
  );
  createEffect(on(desk.shown, (at) => showClock?.(at)));

  return (
    <section class="trends-row" aria-label={t('chart.row', { unit: unitWords(props.unit) })}>
      <span class="trends-unit">{unitWords(props.unit)}</span>
      <div
        class="trends-plot"
        ref={(element) => {
          box = element;
        }}
      />
    </section>
  );
}

/** Limits of all series, each value once: the worst of its severities. */
function limitsOf(trends: readonly Trend[]): LimitDto[] {
  const limits = trends.flatMap((trend) => trend.limits);
  return limits.filter(
    (limit, i) => limits.findIndex((one) => one.value === limit.value && one.severity === limit.severity) === i,
  );
}

function dayWords(at: number): string {
  return shortTime(at) === '00:00' ? dateWords(at) : `${monthDay(at)} ${shortTime(at)}`;
}

/** A colour of the theme, faint: the band between least and greatest. */
function faint(colour: string): string {
  return /^#[0-9a-f]{6}$/i.test(colour) ? `${colour}2e` : 'rgba(169, 184, 198, 0.18)';
}
