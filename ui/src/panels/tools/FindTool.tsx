// Finding by words, conditions, sorts and place at once; what is found can be flown to, isolated and coloured.

import { createEffect, createSignal, For, on, onCleanup, Show } from 'solid-js';
import type {
  ComparisonDto,
  ConditionDto,
  FindDto,
  FindPageDto,
  FoundRowDto,
  PlaceFilterDto,
} from '../../generated/wire';
import { sameTarget, useDesk } from '../../state/desk';
import { markedName } from '../../state/standing';
import { t, word } from '../../state/texts';
import { distance, quantity } from '../../state/time';
import { useTools } from '../../state/tools';
import { Sketching } from './parts';

/** Quiet time after a change before the city is asked. */
const PAUSE_MILLIS = 150;
const PAGE = 50;
const RADII_M = [100, 300, 500, 1000, 3000] as const;
const SIGNS: Record<ComparisonDto, string> = {
  equal: '=',
  different: '≠',
  less: '<',
  at_most: '≤',
  greater: '>',
  at_least: '≥',
  contains: '~',
  known: '=*',
};

type Where = 'city' | 'view' | 'around' | 'ring';

export function FindTool() {
  const desk = useDesk();
  const tools = useTools();
  const [text, setText] = createSignal('');
  const [conditions, setConditions] = createSignal<ConditionDto[]>([]);
  const [sorts, setSorts] = createSignal<string[]>([]);
  const [where, setWhere] = createSignal<Where>('city');
  const [metres, setMetres] = createSignal<number>(500);
  const [page, setPage] = createSignal<FindPageDto>();
  const [rows, setRows] = createSignal<FoundRowDto[]>([]);
  const [failure, setFailure] = createSignal<string>();
  let asked = 0;

  const place = (): PlaceFilterDto | null => {
    const target = desk.selected();
    const ring = tools.ring();
    switch (where()) {
      case 'city':
        return null;
      case 'view':
        return { kind: 'ring', ring: desk.twin.footprint() };
      case 'around':
        return target === undefined ? null : { kind: 'around', target, metres: metres() };
      case 'ring':
        return ring === undefined ? null : { kind: 'ring', ring };
    }
  };
  const ask = (offset = 0): FindDto => ({
    text: text().trim(),
    sorts: sorts(),
    conditions: conditions(),
    place: place(),
    offset,
    limit: PAGE,
  });
  const isBlank = () => text().trim() === '' && conditions().length === 0 && place() === null;

  async function read(offset: number): Promise<void> {
    asked += 1;
    const mine = asked;
    const result = await desk.backend.find(ask(offset));
    // A slower answer to an older question is of no use.
    if (mine !== asked) {
      return;
    }
    setFailure(result.ok ? undefined : result.error.message);
    if (result.ok) {
      setPage(result.value);
      setRows(offset === 0 ? result.value.rows : [...rows(), ...result.value.rows]);
    }
  }
  createEffect(
    on([text, conditions, sorts, place], () => {
      asked += 1;
      if (isBlank()) {
        setPage(undefined);
        setRows([]);
        return;
      }
      const timer = setTimeout(() => void read(0), PAUSE_MILLIS);
      onCleanup(() => clearTimeout(timer));
    }),
  );

  /** Turns the conditions in the text into chips, so that more can be typed. */
  function keepConditions(): void {
    const understood = page()?.understood ?? [];
    if (understood.length > 0) {
      const words = text()
        .split(/\s+/)
        .filter((token) => !/[<>=≥≤≠~＞＜＝～]/.test(token));
      setConditions([...conditions(), ...understood]);
      setText(words.join(' '));
    } else {
      choose(rows()[0]);
    }
  }
  function choose(row: FoundRowDto | undefined): void {
    if (row !== undefined) {
      desk.selectAndFly(row.target);
    }
  }
  const toggleSort = (sort: string) =>
    setSorts(sorts().includes(sort) ? sorts().filter((one) => one !== sort) : [...sorts(), sort]);

  return (
    <>
      <input
        type="search"
        class="find-input"
        aria-label={t('find.label')}
        placeholder={t('find.placeholder')}
        autocomplete="off"
        spellcheck={false}
        value={text()}
        ref={(element) => queueMicrotask(() => element.focus({ preventScroll: true }))}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.isComposing) {
            event.preventDefault();
            keepConditions();
          }
        }}
      />
      <Show when={conditions().length > 0}>
        <div class="chips">
          <For each={conditions()}>
            {(condition) => (
              <button
                type="button"
                class="chip"
                title={t('find.drop')}
                onClick={() => setConditions(conditions().filter((one) => one !== condition))}
              >
                {conditionWords(condition)} ×
              </button>
            )}
          </For>
        </div>
      </Show>
      <div class="find-where">
        <label class="tool-field">
          <span>{t('find.where')}</span>
          <select
            value={where()}
            onChange={(event) => {
              const wanted = event.currentTarget.value as Where;
              setWhere(wanted);
              if (wanted === 'ring' && tools.ring() === undefined) {
                tools.start({ kind: 'ring' });
              }
            }}
          >
            <option value="city">{t('find.in_city')}</option>
            <option value="view">{t('find.in_view')}</option>
            <option value="around">{t('find.around')}</option>
            <option value="ring">{t('find.in_ring')}</option>
          </select>
        </label>
        <Show when={where() === 'around'}>
          <select
            aria-label={t('find.radius')}
            value={String(metres())}
            onChange={(event) => setMetres(Number(event.currentTarget.value))}
          >
            <For each={RADII_M}>{(radius) => <option value={String(radius)}>{distance(radius)}</option>}</For>
          </select>
        </Show>
        <Show when={where() === 'ring' && tools.active() === undefined}>
          <button type="button" onClick={() => tools.start({ kind: 'ring' })}>
            {t('find.draw')}
          </button>
        </Show>
      </div>
      <Show when={where() === 'around' && desk.selected() === undefined}>
        <p class="hint">{t('find.select_first')}</p>
      </Show>
      <Sketching words={t('find.ring_hint')} />
      <Show when={failure()}>
        {(message) => (
          <p class="tool-failure" role="alert">
            {t('search.failed', { message: message() })}
          </p>
        )}
      </Show>
      <Show when={page()} fallback={<p class="hint">{t('find.hint')}</p>}>
        {(known) => (
          <>
            <div class="chips">
              <For each={known().sorts}>
                {(one) => (
                  <button
                    type="button"
                    class="chip"
                    aria-pressed={sorts().includes(one.sort)}
                    onClick={() => toggleSort(one.sort)}
                  >
                    {word('class', one.sort)} <span class="num">{quantity(one.count)}</span>
                  </button>
                )}
              </For>
            </div>
            <p role="status">
              {known().total === 0 ? t('find.none') : t('find.found', { n: quantity(known().total) })}
            </p>
            <Show when={known().total > 0}>
              <div class="tool-acts">
                <For each={['isolate', 'colour', 'hide'] as const}>
                  {(how) => (
                    <button type="button" onClick={() => tools.showFound(ask(), how)}>
                      {word('show', how)}
                    </button>
                  )}
                </For>
                <button type="button" disabled={tools.standsOut() === 0} onClick={() => tools.showAll()}>
                  {t('show.all')}
                </button>
              </div>
            </Show>
            <ul class="found" aria-label={t('find.results')}>
              <For each={rows()}>
                {(row) => (
                  <li>
                    <button
                      type="button"
                      class="quiet found-row"
                      aria-current={sameTarget(row.target, desk.selected())}
                      onClick={() => choose(row)}
                    >
                      <span class="ellipsis">
                        {row.name === ''
                          ? `${word('kind', row.kind)} ${row.target.id}`
                          : markedName(row.name, row.target, desk.update.events)}
                      </span>
                      <span class="num hint">
                        {row.distance_m === null
                          ? row.values.filter((value) => value !== '').join(' · ') || word('kind', row.kind)
                          : distance(row.distance_m)}
                      </span>
                    </button>
                  </li>
                )}
              </For>
            </ul>
            <Show when={rows().length < known().total}>
              <button type="button" class="tool-wide" onClick={() => void read(rows().length)}>
                {t('find.more', { n: rows().length, total: quantity(known().total) })}
              </button>
            </Show>
          </>
        )}
      </Show>
    </>
  );
}

function conditionWords(condition: ConditionDto): string {
  return `${condition.key} ${SIGNS[condition.comparison]} ${condition.value}`.trim();
}
