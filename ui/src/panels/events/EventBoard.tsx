// The event board above the twin: all cases as a list, in columns by the six steps, or on the map.

import './events.css';
import { createEffect, For, Match, on, onCleanup, onMount, Show, Switch } from 'solid-js';
import type { CaseRowDto } from '../../generated/wire';
import { Shape } from '../../parts/Shape';
import { VirtualRows } from '../../parts/VirtualRows';
import { useActs } from '../../state/acts';
import { BOARD_VIEWS, type BoardColumn, type BoardView, createColumns } from '../../state/board';
import { type CasePlace, isKnownCase } from '../../state/case_list';
import { boundsOf, CASE_ORDERS, isOver } from '../../state/case_query';
import { countMarks, holderWords } from '../../state/case_words';
import { useCases } from '../../state/cases';
import { throttled, useDesk } from '../../state/desk';
import { useLayers } from '../../state/layers';
import { usePages } from '../../state/pages';
import { createScale } from '../../state/scale';
import { isReal, markOf } from '../../state/standing';
import { t, word } from '../../state/texts';
import { age, quantity } from '../../state/time';
import { Due } from './ClockRing';
import { CaseFoot, CaseStates, listenForCases } from './EventDesk';
import { pressCase } from './EventLine';

const ROW_DESIGN_PX = 32;
/** While the camera moves, what lies in the picture is asked for at most so often. */
const LOOK_MILLIS = 400;
/** The layer whose pins the map of the board narrows. */
const PINS = 'events';

/** `isAlone`: no list stands beside it, and what can be done to the rows is offered here. */
export function EventBoard(props: { isAlone?: boolean }) {
  const acts = useActs();
  const cases = useCases();
  const pages = usePages();
  cases.list.watch();
  if (props.isAlone === true) {
    listenForCases();
  }
  onMount(() => acts.setTab('events'));
  createEffect(on(cases.boardView, (view) => pages.setFolded(view === 'map')));
  return (
    <div class="page-inside event-board">
      <Tools />
      <Switch>
        <Match when={cases.boardView() === 'list'}>
          <CaseStates>
            <Show when={cases.list.query()} keyed>
              <Table />
            </Show>
          </CaseStates>
        </Match>
        <Match when={cases.boardView() === 'columns'}>
          <Columns />
        </Match>
        <Match when={cases.boardView() === 'map'}>
          <OnMap />
        </Match>
      </Switch>
      <Show when={props.isAlone === true}>
        <CaseFoot />
      </Show>
    </div>
  );
}

function Tools() {
  const desk = useDesk();
  const acts = useActs();
  const cases = useCases();
  const board = () => desk.update.event_board;
  const choose = (view: BoardView) => cases.setBoardView(view);
  return (
    <div class="page-tools">
      <fieldset class="board-views">
        <legend class="hidden-words">{t('board.views')}</legend>
        <For each={BOARD_VIEWS}>
          {(view) => (
            <button type="button" aria-pressed={cases.boardView() === view} onClick={() => choose(view)}>
              {t(`board.${view}`)}
            </button>
          )}
        </For>
      </fieldset>
      <label class="board-order">
        <span class="hidden-words">{t('alarms.order')}</span>
        <select
          value={cases.list.query().order}
          onChange={(event) =>
            cases.list.setQuery({
              ...cases.list.query(),
              order: CASE_ORDERS.find((one) => one === event.currentTarget.value) ?? 'urgency',
            })
          }
        >
          <For each={CASE_ORDERS}>
            {(order) => (
              <option value={order} selected={order === cases.list.query().order}>
                {word('case_order', order)}
              </option>
            )}
          </For>
        </select>
      </label>
      <button
        type="button"
        aria-expanded={cases.filtersOpen()}
        onClick={() => {
          acts.setTab('events');
          cases.setFiltersOpen(!cases.filtersOpen());
        }}
      >
        {t('alarms.filters')}
      </button>
      <button type="button" onClick={() => cases.newCase()}>
        {t('cases.new')} <kbd>Shift+N</kbd>
      </button>
      <p class="board-sum num" role="status">
        <span>{t('board.open', { n: quantity(board().open, 0) })}</span>
        <span>{t('board.unassigned', { n: quantity(board().unassigned, 0) })}</span>
        <Show when={board().red + board().escalated > 0}>
          <span class="board-late">{t('board.late', { n: quantity(board().red + board().escalated, 0) })}</span>
        </Show>
        <Show when={cases.list.failure()}>
          {(message) => <span role="alert">{t('cases.failed', { message: message() })}</span>}
        </Show>
      </p>
    </div>
  );
}

function Table() {
  const cases = useCases();
  const { list } = cases;
  const scale = createScale();
  function leave(): void {
    cases.point(undefined);
    list.release();
  }
  onCleanup(leave);
  return (
    <div class="board-table">
      <div class="board-row board-head" aria-hidden="true">
        <span />
        <span>{t('board.what')}</span>
        <span>{t('card.category')}</span>
        <span>{t('card.status')}</span>
        <span>{t('case.holder')}</span>
        <span>{t('board.due')}</span>
        <span>{t('board.source')}</span>
        <span>{t('board.when')}</span>
      </div>
      <Show when={list.waiting() > 0}>
        <button type="button" class="lists-updates" title={t('list.updates_apply')} onClick={() => list.hold()}>
          <span class="num">{t('list.updates', { n: list.waiting() })}</span>
        </button>
      </Show>
      <VirtualRows<CasePlace>
        label={t('page.events')}
        rows={list.places()}
        rowPx={ROW_DESIGN_PX * scale()}
        current={cases.current()}
        idPrefix="board"
        isMany
        onSight={(first, last) => list.see(first, last)}
        onEnter={() => list.hold()}
        onLeave={leave}
      >
        {(place, index) => (
          <Show when={isKnownCase(place) && place} fallback={<Waiting index={index()} />}>
            {(row) => <TableRow row={row()} index={index()} />}
          </Show>
        )}
      </VirtualRows>
    </div>
  );
}

function Waiting(props: { index: number }) {
  return (
    <div class="board-row" role="row" aria-busy="true" aria-rowindex={props.index + 1}>
      <span class="hint" role="gridcell">
        …
      </span>
    </div>
  );
}

function TableRow(props: { row: CaseRowDto; index: number }) {
  const desk = useDesk();
  const cases = useCases();
  const isCurrent = () => cases.current() === props.row.id;
  const now = () => (desk.past() ? desk.shown() : desk.now());
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Enter, A and the rest act on the current row through the desk's keys.
    <div
      class="board-row"
      classList={{
        current: isCurrent(),
        chosen: cases.isChosen(props.row.id),
        done: isOver(props.row),
        unreal: !isReal(props.row),
      }}
      role="row"
      tabindex="-1"
      id={`board-${props.row.id}`}
      aria-rowindex={props.index + 1}
      aria-selected={cases.hasChosen() ? cases.isChosen(props.row.id) : isCurrent()}
      onClick={(event) => pressCase(event, props.row, cases)}
      onPointerEnter={() => cases.point(props.row.id)}
    >
      <span class="board-mark" role="gridcell" title={word('level', props.row.level)}>
        <Shape severity={props.row.severity} unreal={!isReal(props.row)} />
      </span>
      <span class="board-what" role="gridcell" title={props.row.title}>
        <Show when={!isReal(props.row)}>
          <strong class="unreal-word">{markOf(props.row)}</strong>
        </Show>
        <span class="ellipsis">{props.row.title}</span>
        <For each={countMarks(props.row)}>
          {(mark) => (
            <span class="row-tag num" title={mark.hint}>
              {mark.word}
            </span>
          )}
        </For>
        <Show when={props.row.is_unsynced}>
          <span class="unsynced">{t('event.unsynced')}</span>
        </Show>
      </span>
      <span class="ellipsis" role="gridcell">
        {props.row.category_name}
      </span>
      <span class="ellipsis" role="gridcell">
        {word('event.stage', props.row.stage)}
      </span>
      <span class="ellipsis" role="gridcell">
        {holderWords(props.row)}
      </span>
      <span role="gridcell">
        <Due row={props.row} withPhase />
      </span>
      <span class="ellipsis" role="gridcell">
        {word('source', props.row.source)}
      </span>
      <span class="num ellipsis" role="gridcell">
        {age(now(), props.row.happened_at)}
      </span>
    </div>
  );
}

/** The six steps side by side. */
function Columns() {
  const desk = useDesk();
  const cases = useCases();
  const board = createColumns(desk, cases.list);
  return (
    <Show
      when={board.answered()}
      fallback={
        <div class="blank" aria-busy="true">
          <span class="hint">{t('cases.loading')}</span>
        </div>
      }
    >
      <div class="board-columns" role="region" aria-label={t('board.columns')} tabindex="0">
        <For each={board.columns}>{(column) => <Column column={column} />}</For>
      </div>
    </Show>
  );
}

function Column(props: { column: BoardColumn }) {
  const cases = useCases();
  const name = () => word('event.step', props.column.id);
  function listAll(): void {
    cases.list.setQuery({ ...cases.list.query(), steps: [props.column.id], stages: [] });
    cases.setBoardView('list');
  }
  return (
    <section class="board-column" aria-label={name()}>
      <h3>
        {name()} <span class="num">{quantity(props.column.total, 0)}</span>
      </h3>
      <ul class="scrolls" tabindex="0" aria-label={name()}>
        <For each={props.column.rows} fallback={<li class="hint board-none">{t('board.none')}</li>}>
          {(row) => (
            <li>
              <CaseCard row={row} />
            </li>
          )}
        </For>
        <Show when={props.column.total > props.column.rows.length}>
          <li>
            <button type="button" class="quiet tool-wide num" onClick={listAll}>
              {t('board.all', { n: quantity(props.column.total, 0) })}
            </button>
          </li>
        </Show>
      </ul>
    </section>
  );
}

function CaseCard(props: { row: CaseRowDto }) {
  const cases = useCases();
  return (
    <button
      type="button"
      class="case-card"
      classList={{ unreal: !isReal(props.row), done: isOver(props.row) }}
      aria-current={cases.opened() === props.row.id ? 'true' : undefined}
      onClick={(event) => pressCase(event, props.row, cases)}
    >
      <span class="case-card-title">
        <Shape severity={props.row.severity} unreal={!isReal(props.row)} />
        <span>
          <Show when={!isReal(props.row)}>
            <span class="unreal-word">{markOf(props.row)}</span>
          </Show>
          {props.row.title}
        </span>
      </span>
      <span class="case-card-foot">
        <span class="ellipsis">{holderWords(props.row)}</span>
        <Due row={props.row} />
      </span>
    </button>
  );
}

/** The twin has the room; the list follows the picture, and its pins follow the list. */
function OnMap() {
  const desk = useDesk();
  const cases = useCases();
  const layers = useLayers();
  const before = layers.list.rows.find((row) => row.id === PINS)?.filter ?? null;
  const follows = () => cases.list.query().bounds !== null;
  const look = throttled(LOOK_MILLIS, (footprint: [number, number][]) => {
    const bounds = boundsOf(footprint);
    if (follows() && bounds !== null) {
      cases.list.setQuery({ ...cases.list.query(), bounds });
    }
  });
  createEffect(on(desk.twin.footprint, (footprint) => look.call(footprint), { defer: true }));
  function filterPins(categories: readonly string[]): void {
    const text = categories.length === 0 ? before : `property in (${categories.join(', ')})`;
    layers.change({ do: 'filter', id: PINS, text });
  }
  createEffect(
    on(
      () => cases.list.query().categories,
      (categories, last) => {
        if (categories.length > 0 || (last?.length ?? 0) > 0) {
          filterPins(categories);
        }
      },
    ),
  );
  onCleanup(() => {
    look.cancel();
    const query = cases.list.query();
    if (query.categories.length > 0) {
      layers.change({ do: 'filter', id: PINS, text: before });
    }
    cases.list.setQuery({ ...query, bounds: null });
  });
  return (
    <div class="page-tools board-map">
      <button
        type="button"
        role="switch"
        aria-checked={follows()}
        onClick={() =>
          cases.list.setQuery({
            ...cases.list.query(),
            bounds: follows() ? null : boundsOf(desk.twin.footprint()),
          })
        }
      >
        {t('board.in_view')}
      </button>
      <span class="num">{t('board.listed', { n: quantity(cases.list.total(), 0) })}</span>
      <span class="hint">{t('board.map_hint')}</span>
    </div>
  );
}
