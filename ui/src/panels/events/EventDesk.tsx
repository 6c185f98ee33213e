// The event list of the present: counts by clock, filters, the rows, what can be done to them.
//
// Where the event desk cannot be read, the events that the hub tells of are still listed.

import './events.css';
import { For, type JSX, Match, onCleanup, Show, Switch } from 'solid-js';
import type { CaseLightDto } from '../../generated/wire';
import { Shape } from '../../parts/Shape';
import { VirtualRows } from '../../parts/VirtualRows';
import { useActs } from '../../state/acts';
import { toggled } from '../../state/alarm_query';
import type { CasePlace } from '../../state/case_list';
import { isNarrowedCases, LIGHTS, OPEN_CASES, REALNESS, realnessOf, standingsOf } from '../../state/case_query';
import { toneOf } from '../../state/case_words';
import { useCases } from '../../state/cases';
import { useDesk } from '../../state/desk';
import { usePages } from '../../state/pages';
import { createScale } from '../../state/scale';
import { isReal } from '../../state/standing';
import { t, word } from '../../state/texts';
import { EventList } from '../lists/EventList';
import { EventActs } from './EventActs';
import { EventFilters } from './EventFilters';
import { EventLine } from './EventLine';
import { EventSearch } from './EventSearch';
import { MoveForm } from './MoveForm';

const ROW_DESIGN_PX = 40;
/** The lights of the count strip, the worst first; `by_light` of a page counts from `stopped` on. */
const STRIP = LIGHTS.slice(0, 4);

export function EventDesk() {
  const cases = useCases();
  cases.list.watch();
  const isDown = () => cases.list.failure() !== undefined && !cases.list.answered();
  return (
    <Show when={isDown()} fallback={<Body />}>
      <EventList
        note={
          <p class="case-failure" role="alert">
            {t('cases.down', { message: cases.list.failure() ?? '' })}
          </p>
        }
      />
    </Show>
  );
}

/** Takes the keys of a list while the caller is there. Call inside a component. */
export function listenForCases(): void {
  const acts = useActs();
  const cases = useCases();
  acts.listen({
    move: cases.move,
    go() {
      const row = cases.rowOfKeys();
      if (row !== undefined) {
        cases.setCurrent(row.id);
        cases.open(row);
      }
    },
    acknowledge: () => cases.askUsual(),
  });
}

function Body() {
  const cases = useCases();
  const pages = usePages();
  listenForCases();
  /** The board shows the same rows with more of each: here is what narrows them. */
  const isOnBoard = () => pages.page() === 'events' && cases.boardView() === 'list';
  return (
    <>
      <Lights />
      <div class="lists-body event-desk">
        <EventSearch />
        <Show when={cases.filtersOpen() || isOnBoard()}>
          <EventFilters />
        </Show>
        <Realness />
        <Show when={isOnBoard()} fallback={<Rows />}>
          <p class="hint event-elsewhere">{t('cases.on_board')}</p>
        </Show>
        <Show when={isNarrowedCases(cases.list.query()) && cases.list.total() > 0}>
          <FilterOff />
        </Show>
        <CaseFoot />
      </div>
    </>
  );
}

/** What can be done to what is picked, or what is asked about it; what is asked about the open case is asked on its page. */
export function CaseFoot() {
  const cases = useCases();
  const isAskedHere = () => {
    const asked = cases.asked();
    return asked !== undefined && !(asked.ids.length === 1 && asked.ids[0] === cases.opened());
  };
  return (
    <Show when={isAskedHere()} fallback={<EventActs />}>
      <MoveForm />
    </Show>
  );
}

/** How many are late, soon due, in time: the first thing to see. */
function Lights() {
  const cases = useCases();
  const count = (light: CaseLightDto) => cases.list.counts().by_light[LIGHTS.length - 1 - LIGHTS.indexOf(light)] ?? 0;
  const query = () => cases.list.query();
  return (
    <div class="counts">
      <For each={STRIP}>
        {(light) => (
          <button
            type="button"
            class="count"
            classList={{ none: count(light) === 0 }}
            aria-pressed={query().lights.includes(light)}
            title={t('list.filter', { word: word('event.light', light) })}
            onClick={() => cases.list.setQuery({ ...query(), lights: toggled(query().lights, light) })}
          >
            <Shape severity={toneOf(light)} quiet />
            <span class="count-number num">{count(light)}</span>
            <span class="count-word">{word('event.light', light)}</span>
          </button>
        )}
      </For>
    </div>
  );
}

/** Real ones, exercises, or both; only while there is something to tell apart. */
function Realness() {
  const desk = useDesk();
  const cases = useCases();
  const unreal = () => desk.update.events.filter((event) => !isReal(event)).length;
  const query = () => cases.list.query();
  return (
    <Show when={unreal() > 0 || query().standings.length > 0}>
      <fieldset class="standing-choice">
        <legend class="hidden-words">{t('exercise.filter')}</legend>
        <span class="num unreal-count">{t('exercise.count', { n: unreal() })}</span>
        <For each={REALNESS}>
          {(one) => (
            <button
              type="button"
              aria-pressed={realnessOf(query()) === one}
              onClick={() => cases.list.setQuery({ ...query(), standings: standingsOf(one) })}
            >
              {t(`exercise.show_${one}`)}
            </button>
          )}
        </For>
      </fieldset>
    </Show>
  );
}

export function FilterOff() {
  const cases = useCases();
  return (
    <button
      type="button"
      class="quiet lists-foot"
      onClick={() => cases.list.setQuery({ ...OPEN_CASES, order: cases.list.query().order })}
    >
      {t('list.filter_off')}
    </button>
  );
}

/** The rows, or why there are none. Shared with the board, which gives its own rows. */
export function CaseStates(props: { children: JSX.Element }) {
  const cases = useCases();
  const { list } = cases;
  return (
    <Switch fallback={props.children}>
      <Match when={!list.answered()}>
        <div class="blank" aria-busy="true">
          <span class="hint">{t('cases.loading')}</span>
        </div>
      </Match>
      <Match when={list.total() === 0 && isNarrowedCases(list.query())}>
        <div class="blank">
          <strong>{t('cases.none_found')}</strong>
          <span class="hint">{t('cases.none_found_hint')}</span>
          <FilterOff />
        </div>
      </Match>
      <Match when={list.total() === 0}>
        <div class="blank">
          <strong>{t('cases.none_open')}</strong>
          <span class="hint">{t('list.events_empty_hint')}</span>
          <button type="button" onClick={() => cases.newCase()}>
            {t('cases.new')} <kbd>Shift+N</kbd>
          </button>
        </div>
      </Match>
    </Switch>
  );
}

function Rows() {
  const { list } = useCases();
  return (
    <CaseStates>
      <Show when={list.failure()}>
        {(message) => (
          <p class="case-failure" role="alert">
            {t('cases.failed', { message: message() })}
          </p>
        )}
      </Show>
      {/* Another question begins at the top of its list. */}
      <Show when={list.query()} keyed>
        <RowsOf />
      </Show>
    </CaseStates>
  );
}

function RowsOf() {
  const cases = useCases();
  const { list } = cases;
  const scale = createScale();
  function leave(): void {
    cases.point(undefined);
    list.release();
  }
  onCleanup(leave);
  return (
    <div class="event-rows">
      <Show when={list.waiting() > 0}>
        <button type="button" class="lists-updates" title={t('list.updates_apply')} onClick={() => list.hold()}>
          <span class="num">{t('list.updates', { n: list.waiting() })}</span>
        </button>
      </Show>
      <VirtualRows<CasePlace>
        label={t('list.events')}
        rows={list.places()}
        rowPx={ROW_DESIGN_PX * scale()}
        current={cases.current()}
        idPrefix="case"
        isMany
        onSight={(first, last) => list.see(first, last)}
        onEnter={() => list.hold()}
        onLeave={leave}
      >
        {(place, index) => <EventLine place={place} index={index} />}
      </VirtualRows>
    </div>
  );
}
