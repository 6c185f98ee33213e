// Curves side by side: any series over any stretch, one row a unit, the clock's moment as a line through all of them.

import { createEffect, createMemo, createSignal, For, on, onCleanup, Show } from 'solid-js';
import type { Span } from '../../backend/backend';
import type { QualityWordDto, Trend } from '../../generated/wire';
import { bucketAt, markOf, rowsOf, STRETCHES } from '../../state/chart';
import { everyAtMost, useDesk } from '../../state/desk';
import { useHistory } from '../../state/history';
import { createScale } from '../../state/scale';
import { t, word } from '../../state/texts';
import { moment, quantity, stretch, unitWords } from '../../state/time';
import { AddSeries } from './AddSeries';
import { TrendRow } from './TrendRow';

/** How often the curves are read again while time runs. */
const READ_MILLIS = 5000;
const SETTLE_MILLIS = 60;
const PX_PER_BUCKET = 2;
const QUALITIES = ['late', 'missing', 'estimated', 'suspect'] as const satisfies readonly QualityWordDto[];

export function TrendPanel() {
  const desk = useDesk();
  const history = useHistory();
  const { chart } = history;
  const scale = createScale();
  const [held, setHeld] = createSignal<{ trends: Trend[]; span: Span }>();
  const [failure, setFailure] = createSignal<string>();
  const [pointed, setPointed] = createSignal<number>();
  let box: HTMLDivElement | undefined;
  let asked = 0;

  function read(): void {
    const ids = chart.series().map((one) => one.id);
    const span = chart.span();
    asked += 1;
    const mine = asked;
    if (ids.length === 0) {
      setHeld(undefined);
      return;
    }
    const pixels = Math.round((box?.clientWidth ?? 800) / PX_PER_BUCKET);
    void desk.backend.trends(ids, span, pixels).then((result) => {
      if (mine === asked) {
        setFailure(result.ok ? undefined : result.error.message);
        setHeld(result.ok ? { trends: result.value, span } : undefined);
      }
    });
  }
  createEffect(
    on([chart.series, chart.span, desk.knowledge], () => {
      const timer = setTimeout(read, SETTLE_MILLIS);
      onCleanup(() => clearTimeout(timer));
    }),
  );
  everyAtMost(READ_MILLIS, () => desk.update.now, read);

  const rows = createMemo(() => rowsOf(held()?.trends ?? []));
  return (
    <div class="trends">
      <aside class="trends-side">
        <AddSeries />
        <ul class="trends-list scrolls" aria-label={t('chart.series')}>
          <For each={chart.series()}>
            {(one, i) => (
              <Entry
                index={i()}
                name={one.name}
                unit={one.unit}
                trend={held()?.trends.find((trend) => trend.id === one.id)}
                span={held()?.span}
                at={pointed() ?? desk.shown()}
                onRemove={() => chart.remove(one.id)}
              />
            )}
          </For>
        </ul>
      </aside>
      <div class="trends-main">
        <Head pointed={pointed()} />
        <div
          class="trends-rows scrolls"
          ref={(element) => {
            box = element;
          }}
        >
          <Show when={failure()}>
            {(message) => (
              <p class="blank" role="alert">
                {t('card.trend_failed', { message: message() })}
              </p>
            )}
          </Show>
          <Show
            when={chart.series().length > 0}
            fallback={
              <div class="blank">
                <strong>{t('chart.empty')}</strong>
                <span class="hint">{t('chart.empty_hint')}</span>
              </div>
            }
          >
            <For each={rows().map((row) => row.unit)}>
              {(unit) => (
                <TrendRow
                  unit={unit}
                  rows={rows().length}
                  trends={rows().find((row) => row.unit === unit)?.trends ?? []}
                  span={held()?.span}
                  indexOf={(id) => chart.series().findIndex((one) => one.id === id)}
                  scale={scale()}
                  onPoint={setPointed}
                />
              )}
            </For>
          </Show>
        </div>
        <Legend />
      </div>
    </div>
  );
}

/** Which stretch, and what can be taken away. */
function Head(props: { pointed: number | undefined }) {
  const desk = useDesk();
  const history = useHistory();
  const { chart } = history;
  const isLast = (millis: number) => {
    const now = chart.stretch();
    return now.kind === 'last' && now.millis === millis;
  };
  const ids = () => chart.series().map((one) => one.id);
  return (
    <header class="trends-head">
      <fieldset class="trend-spans">
        <legend class="hidden-words">{t('card.range')}</legend>
        <For each={STRETCHES}>
          {(one) => (
            <button
              type="button"
              class="quiet"
              aria-pressed={isLast(one.millis)}
              onClick={() => chart.setStretch({ kind: 'last', millis: one.millis })}
            >
              {t(one.words)}
            </button>
          )}
        </For>
        <button
          type="button"
          class="quiet"
          aria-pressed={chart.stretch().kind === 'marked'}
          disabled={desk.range() === undefined}
          onClick={() => chart.setStretch({ kind: 'marked' })}
        >
          {t('chart.range_marked')}
        </button>
        <Show when={chart.stretch().kind === 'custom'}>
          <button type="button" class="quiet" aria-pressed="true" onClick={() => chart.widen()}>
            {t('chart.widen')}
          </button>
        </Show>
      </fieldset>
      <span class="num hint trends-span">
        {props.pointed === undefined ? stretch(chart.span().from, chart.span().to) : moment(props.pointed)}
      </span>
      <span class="trends-out">
        <For each={['csv', 'parquet'] as const}>
          {(format) => (
            <button
              type="button"
              class="quiet"
              disabled={history.busy() || ids().length === 0}
              onClick={() => history.exportSeries(ids(), chart.span(), format)}
            >
              {t(`range.${format}`)}
            </button>
          )}
        </For>
        <button type="button" class="quiet" disabled={ids().length === 0} onClick={() => chart.clear()}>
          {t('chart.clear')}
        </button>
      </span>
    </header>
  );
}

/** A series with its mark, and its value at the pointer or at the clock. */
function Entry(props: {
  index: number;
  name: string;
  unit: string;
  trend: Trend | undefined;
  span: Span | undefined;
  at: number;
  onRemove: () => void;
}) {
  const mark = () => markOf(props.index);
  const bucket = () =>
    props.trend === undefined || props.span === undefined ? undefined : bucketAt(props.trend, props.span, props.at);
  const mean = () => bucket()?.mean ?? null;
  const spread = () => {
    const [low, high] = [bucket()?.min ?? null, bucket()?.max ?? null];
    return low === null || high === null || low === high ? '' : `${quantity(low)}–${quantity(high)}`;
  };
  return (
    <li class="trends-entry">
      <svg class={`series-mark series-${mark().colour}`} viewBox="0 0 24 8" aria-hidden="true">
        <path
          d="M0 4h24"
          stroke="currentColor"
          stroke-width="3"
          stroke-dasharray={mark().isDashed ? '6 4' : undefined}
        />
      </svg>
      <span class="ellipsis" title={props.name}>
        {props.name}
      </span>
      <span class="num value">
        {mean() === null ? '—' : quantity(mean() ?? 0)}
        <span class="unit">{unitWords(props.unit)}</span>
      </span>
      <button
        type="button"
        class="quiet trends-remove"
        aria-label={t('chart.remove_name', { name: props.name })}
        onClick={() => props.onRemove()}
      >
        ×
      </button>
      <span class="num hint trends-spread">
        {spread()}{' '}
        {bucket() === undefined || bucket()?.worst === 'good' ? '' : word('quality', bucket()?.worst ?? 'good')}
      </span>
    </li>
  );
}

/** What shaded and hatched stretches mean. */
function Legend() {
  return (
    <footer class="trends-legend hint">
      <For each={QUALITIES}>
        {(quality) => (
          <span>
            <span class={`quality-swatch quality-${quality}`} /> {word('quality', quality)}
          </span>
        )}
      </For>
      <span>{t('chart.hands')}</span>
    </footer>
  );
}
