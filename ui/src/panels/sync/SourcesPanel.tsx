// The source board: every source with its state, the worst first; opened, a row says why and what to do.

import './sync.css';
import { createEffect, createMemo, createSignal, For, on, Show } from 'solid-js';
import type { SourceDto, SourceLayerDto } from '../../generated/wire';
import { SourceMark } from '../../parts/SourceMark';
import { useDesk } from '../../state/desk';
import { countOf, sortedSources, WORST_FIRST } from '../../state/standing';
import { useSync } from '../../state/sync';
import { t, word } from '../../state/texts';
import { age, duration, joined, quantity } from '../../state/time';

/** A clock that differs by less is not worth a number, seconds. */
const LEAST_SKEW_S = 1;

export function SourcesPanel() {
  const desk = useDesk();
  const list = useSync().watchSources();
  const [open, setOpen] = createSignal<string>();
  const rows = createMemo(() => sortedSources(list.rows));
  let box: HTMLUListElement | undefined;

  const summary = () =>
    t('sources.summary', {
      n: desk.update.sources.total,
      states: WORST_FIRST.filter((state) => countOf(desk.update.sources, state) > 0)
        .sort((a, b) => Number(b === 'good') - Number(a === 'good'))
        .map((state) => `${countOf(desk.update.sources, state)} ${word('source_state', state)}`)
        .join(' · '),
    });
  // Whoever opened the board with a key goes on with the keys: the worst row is the one to look at.
  createEffect(
    on(
      () => rows().length > 0,
      (some) => {
        if (some && document.activeElement === document.body) {
          queueMicrotask(() => box?.querySelector('button')?.focus({ preventScroll: true }));
        }
      },
    ),
  );
  function onArrow(event: KeyboardEvent): void {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const buttons = [...(box?.querySelectorAll<HTMLButtonElement>('.source-row') ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    if (by !== 0 && at >= 0) {
      event.preventDefault();
      buttons[Math.min(buttons.length - 1, Math.max(0, at + by))]?.focus();
    }
  }

  return (
    <div class="drawer-page sync-page">
      <p class="sync-summary num" role="status">
        {list.failure() === undefined ? summary() : t('sources.failed', { message: list.failure() ?? '' })}
      </p>
      <div class="source-grid source-head hint" aria-hidden="true">
        <span>{t('sources.state')}</span>
        <span>{t('sources.name')}</span>
        <span>{t('sources.arrival')}</span>
        <span>{t('sources.newest')}</span>
        <span>{t('sources.skew')}</span>
        <span>{t('sources.rate')}</span>
        <span>{t('sources.rejected')}</span>
      </div>
      <Show
        when={rows().length > 0}
        fallback={
          <div class="blank">
            <strong>{list.known() ? t('sources.empty') : t('sources.loading')}</strong>
            <Show when={list.known()}>
              <span class="hint">{t('sources.empty_hint')}</span>
            </Show>
          </div>
        }
      >
        <ul
          class="source-list scrolls"
          aria-label={t('drawer.sources')}
          ref={(element) => {
            box = element;
          }}
          onKeyDown={onArrow}
        >
          <For each={rows()}>
            {(source) => (
              <Row
                source={source}
                isOpen={open() === source.id}
                onToggle={() => setOpen(open() === source.id ? undefined : source.id)}
              />
            )}
          </For>
        </ul>
      </Show>
    </div>
  );
}

function skewWords(source: SourceDto): string {
  const skew = source.skew_s;
  if (skew === null || Math.abs(skew) < LEAST_SKEW_S) {
    return '—';
  }
  return `${skew > 0 ? '+' : '\u2212'}${duration(Math.abs(skew) * 1000)}`;
}

function Row(props: { source: SourceDto; isOpen: boolean; onToggle: () => void }) {
  const desk = useDesk();
  const ago = (at: number | null) => (at === null ? t('age.none') : age(desk.now(), at));
  const rate = () => quantity(props.source.per_minute, props.source.per_minute < 10 ? 1 : 0);
  const spoken = () =>
    joined([
      props.source.name,
      word('source_kind', props.source.kind),
      word('source_state', props.source.state),
      `${t('sources.arrival')} ${ago(props.source.last_arrival)}`,
      `${t('sources.newest')} ${ago(props.source.last_happened)}`,
      props.source.rejected > 0 ? `${t('sources.rejected')} ${props.source.rejected}` : '',
    ]);
  return (
    <li class="source" data-state={props.source.state}>
      <button
        type="button"
        class="quiet source-grid source-row"
        aria-expanded={props.isOpen}
        aria-label={spoken()}
        onClick={() => props.onToggle()}
      >
        <span class="source-state">
          <SourceMark state={props.source.state} />
          <span>{word('source_state', props.source.state)}</span>
        </span>
        <span class="source-name">
          <span class="ellipsis">{props.source.name}</span>
          <span class="hint ellipsis">{word('source_kind', props.source.kind)}</span>
        </span>
        <span class="num">{ago(props.source.last_arrival)}</span>
        <span class="num">{ago(props.source.last_happened)}</span>
        <span class="num" classList={{ noted: props.source.state === 'skewed' }}>
          {skewWords(props.source)}
        </span>
        <span class="num">{rate()}</span>
        <span class="num" classList={{ noted: props.source.rejected > 0 }}>
          {quantity(props.source.rejected)}
        </span>
      </button>
      <Show when={props.isOpen}>
        <Details source={props.source} />
      </Show>
    </li>
  );
}

function Details(props: { source: SourceDto }) {
  const desk = useDesk();
  const facts = (): [string, string][] => [
    [t('sources.reason'), props.source.reason === '' ? t('sources.reason_none') : props.source.reason],
    [t('sources.since'), age(desk.now(), props.source.since)],
    [t('sources.address'), props.source.address],
    [
      t('sources.period'),
      props.source.period_s > 0 ? duration(props.source.period_s * 1000) : t('sources.period_none'),
    ],
    [t('sources.items'), quantity(props.source.items)],
  ];
  return (
    <div class="source-details">
      <dl class="facts">
        <For each={facts()}>
          {([name, value]) => (
            <>
              <dt>{name}</dt>
              <dd class="num source-value">{value}</dd>
            </>
          )}
        </For>
        <dt>{t('sources.todo')}</dt>
        <dd>
          {word('source_todo', props.source.state)} <code>cim source test {props.source.id}</code>
        </dd>
      </dl>
      <ul class="source-layers" aria-label={t('sources.layers')}>
        <For each={props.source.layers} fallback={<li class="hint">{t('sources.layers_none')}</li>}>
          {(layer) => <LayerBar layer={layer} />}
        </For>
      </ul>
    </div>
  );
}

function LayerBar(props: { layer: SourceLayerDto }) {
  const parts = () => [
    { part: 'fresh' as const, count: props.layer.fresh },
    { part: 'late' as const, count: props.layer.late },
    { part: 'missing' as const, count: props.layer.missing },
  ];
  const name = () => {
    const kind = word('kind', props.layer.layer);
    return kind === props.layer.layer ? word('layer', props.layer.layer) : kind;
  };
  return (
    <li class="source-layer">
      <span class="ellipsis">{name()}</span>
      <span class="layer-bar" aria-hidden="true">
        <For each={parts()}>
          {(one) => <span class={`layer-part layer-${one.part}`} style={{ 'flex-grow': String(one.count) }} />}
        </For>
      </span>
      <span class="num hint">
        {parts()
          .map((one) => `${word('freshness', one.part)} ${one.count}`)
          .join(' · ')}
      </span>
    </li>
  );
}
