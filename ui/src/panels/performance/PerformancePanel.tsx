// How the picture does: frame times, tiles, uploads, memory, waiting commands, and the quality in use.

import './performance.css';
import { createSignal, For, onCleanup, onMount, Show } from 'solid-js';
import type { PerformanceDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { shareOf } from '../../state/layer_list';
import { t, word } from '../../state/texts';
import { bytesText, plainNumber, quantity } from '../../state/time';

/** Two notes a second: so many are a minute and a half. */
const KEPT = 180;
/** The desk's frame budget, milliseconds; longer frames make the quality step down. */
const BUDGET_MS = 50;
/** From the least effort on. */
const QUALITIES = ['soft', 'standard', 'high'];
/** Frame times beyond are drawn at the strip's upper edge, milliseconds. */
const STRIP_MOST_MS = 120;
const STRIP_HEIGHT = 40;
/** A command that waited for longer is worth a mark, milliseconds. */
const LATE_COMMAND_MS = 100;

export function PerformancePanel() {
  const desk = useDesk();
  const [kept, setKept] = createSignal<PerformanceDto[]>([]);
  desk.twin.listen((note) => {
    if (note.kind === 'performance') {
      setKept([...kept().slice(1 - KEPT), note.performance]);
    }
  });
  onMount(() => desk.attempt(desk.backend.watchPerformance(true)));
  onCleanup(() => void desk.backend.watchPerformance(false));
  const newest = () => kept().at(-1);
  return (
    <div class="drawer-page performance-page">
      <Show
        when={desk.twin.failure() === undefined || newest() !== undefined}
        fallback={<p class="blank">{t('performance.no_twin')}</p>}
      >
        <Show when={newest()} fallback={<p class="blank hint">{t('performance.loading')}</p>}>
          {(now) => (
            <>
              <Frames now={now()} kept={kept()} />
              <Facts now={now()} />
              <Quality now={now()} />
            </>
          )}
        </Show>
      </Show>
    </div>
  );
}

function millis(value: number): string {
  return `${plainNumber(Number(value.toFixed(value < 10 ? 1 : 0)))} ms`;
}

function Frames(props: { now: PerformanceDto; kept: PerformanceDto[] }) {
  const line = (of: (one: PerformanceDto) => number) => stripPath(props.kept.map(of));
  const budget = () => heightOf(BUDGET_MS);
  return (
    <section aria-label={t('performance.frames')}>
      <h3>{t('performance.frames')}</h3>
      <p class="performance-figure num">
        {quantity(props.now.frames_per_s, 0)}
        <span class="unit">{t('performance.per_second')}</span>
      </p>
      <dl class="facts">
        <dt>p50</dt>
        <dd class="num">{millis(props.now.frame_ms_p50)}</dd>
        <dt>p95</dt>
        <dd class="num" classList={{ noted: props.now.frame_ms_p95 > BUDGET_MS }}>
          {millis(props.now.frame_ms_p95)}
        </dd>
      </dl>
      <svg
        class="performance-strip"
        viewBox={`0 0 ${KEPT} ${STRIP_HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t('performance.strip', {
          p50: millis(props.now.frame_ms_p50),
          p95: millis(props.now.frame_ms_p95),
        })}
      >
        <path class="strip-budget" d={`M0 ${budget()}H${KEPT}`} />
        <path class="strip-p95" d={line((one) => one.frame_ms_p95)} />
        <path class="strip-p50" d={line((one) => one.frame_ms_p50)} />
      </svg>
      <p class="hint">{t('performance.strip_words', { budget: BUDGET_MS })}</p>
    </section>
  );
}

function heightOf(value: number): number {
  return STRIP_HEIGHT * (1 - shareOf(value, 0, STRIP_MOST_MS));
}

/** A line whose newest value is at the right edge. */
export function stripPath(values: readonly number[]): string {
  const first = KEPT - values.length;
  return values.map((value, i) => `${i === 0 ? 'M' : 'L'}${first + i} ${heightOf(value).toFixed(1)}`).join('');
}

function Facts(props: { now: PerformanceDto }) {
  const tiles = () =>
    props.now.tiles_waiting === 0
      ? quantity(props.now.tiles_shown, 0)
      : t('performance.tiles_waiting', {
          shown: quantity(props.now.tiles_shown, 0),
          waiting: quantity(props.now.tiles_waiting, 0),
        });
  const facts = (): [string, string, boolean][] => [
    [t('performance.tiles'), tiles(), false],
    [t('performance.uploads'), `${bytesText(props.now.upload_bytes_per_s)}/s`, false],
    [t('performance.queue'), millis(props.now.queue_ms), props.now.queue_ms > LATE_COMMAND_MS],
    [t('performance.lost'), quantity(props.now.lost, 0), props.now.lost > 0],
    [t('performance.adapter'), props.now.adapter, false],
  ];
  const hasLimit = () => props.now.gpu_limit_bytes > 0;
  return (
    <section aria-label={t('performance.work')}>
      <h3>{t('performance.work')}</h3>
      <dl class="facts">
        <For each={facts()}>
          {([name, value, isNoted]) => (
            <>
              <dt>{name}</dt>
              <dd class="num" classList={{ noted: isNoted }}>
                {value}
              </dd>
            </>
          )}
        </For>
        <dt>{t('performance.memory')}</dt>
        <dd class="num">
          {hasLimit()
            ? `${bytesText(props.now.gpu_bytes)} / ${bytesText(props.now.gpu_limit_bytes)}`
            : bytesText(props.now.gpu_bytes)}
        </dd>
      </dl>
      <Show when={hasLimit()}>
        <progress
          class="performance-memory"
          max={props.now.gpu_limit_bytes}
          value={Math.min(props.now.gpu_bytes, props.now.gpu_limit_bytes)}
          aria-label={t('performance.memory')}
        />
      </Show>
    </section>
  );
}

/** Which quality was chosen, which is in use, and why they differ. */
function Quality(props: { now: PerformanceDto }) {
  const isLower = () => QUALITIES.indexOf(props.now.quality) < QUALITIES.indexOf(props.now.wanted);
  const why = () =>
    props.now.frame_ms_p95 > BUDGET_MS
      ? t('performance.stepped_down', { p95: millis(props.now.frame_ms_p95), budget: BUDGET_MS })
      : t('performance.stepping_up');
  return (
    <section aria-label={t('performance.quality')}>
      <h3>{t('performance.quality')}</h3>
      <dl class="facts">
        <dt>{t('performance.in_use')}</dt>
        <dd classList={{ noted: isLower() }}>{word('quality', props.now.quality)}</dd>
        <dt>{t('performance.wanted')}</dt>
        <dd>{word('quality', props.now.wanted)}</dd>
      </dl>
      <p class="hint">{isLower() ? why() : t('performance.as_wanted')}</p>
    </section>
  );
}
