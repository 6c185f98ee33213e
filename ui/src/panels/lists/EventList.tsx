// Events known at the moment shown, as the hub tells of them: what happened, how grave, how far it has come, who reported it.

import { createMemo, createSignal, For, type JSX, Show } from 'solid-js';
import type { EventRow } from '../../generated/wire';
import { Shape } from '../../parts/Shape';
import { useDesk } from '../../state/desk';
import { ALARMING, LEVELS } from '../../state/severity';
import { isReal, markOf } from '../../state/standing';
import { useSync } from '../../state/sync';
import { t, word } from '../../state/texts';
import { age } from '../../state/time';
import { CityList, type RowState } from './CityList';

const STANDINGS = ['all', 'real', 'unreal'] as const;

/** `note` says why this list stands here when it is not the past that is shown. */
export function EventList(props: { note?: JSX.Element }) {
  const desk = useDesk();
  const sync = useSync();
  const [wanted, setWanted] = createSignal<(typeof STANDINGS)[number]>('all');
  const unreal = createMemo(() => desk.update.events.filter((event) => !isReal(event)).length);
  const rows = createMemo(() => {
    // Without an exercise there is nothing to choose, and nothing stays hidden by an old choice.
    const choice = unreal() === 0 ? 'all' : wanted();
    return choice === 'all'
      ? desk.update.events
      : desk.update.events.filter((one) => isReal(one) === (choice === 'real'));
  });
  const counts = () =>
    LEVELS.map((level, i) => ({
      severity: ALARMING[i] ?? 'low',
      word: t(`level.${level}`),
      count: desk.update.events.filter(
        (event) => event.level === level && sync.statusOf(event) !== 'closed' && isReal(event),
      ).length,
    }));
  return (
    <CityList<EventRow>
      label={t('list.events')}
      idPrefix="event"
      rows={rows()}
      counts={counts()}
      total={rows().length}
      aside={
        <>
          {props.note}
          <Show when={unreal() > 0}>
            <fieldset class="standing-choice">
              <legend class="hidden-words">{t('exercise.filter')}</legend>
              <span class="num unreal-count">{t('exercise.count', { n: unreal() })}</span>
              <For each={STANDINGS}>
                {(one) => (
                  <button type="button" aria-pressed={wanted() === one} onClick={() => setWanted(one)}>
                    {t(`exercise.show_${one}`)}
                  </button>
                )}
              </For>
            </fieldset>
          </Show>
        </>
      }
      empty={{ words: t('list.events_empty'), hint: t('list.events_empty_hint') }}
      onGo={(row) => desk.selectAndFly({ kind: 'event', id: row.id })}
    >
      {(row, state) => <EventLine row={row} state={state} />}
    </CityList>
  );
}

function EventLine(props: { row: EventRow; state: RowState }) {
  const desk = useDesk();
  const sync = useSync();
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Enter acts on the current row through the grid's keys.
    <div
      class="row"
      classList={{
        current: props.state.current(),
        done: sync.statusOf(props.row) === 'closed',
        unreal: !isReal(props.row),
      }}
      role="row"
      tabindex="-1"
      id={props.state.id}
      aria-rowindex={props.state.index() + 1}
      aria-selected={props.state.current()}
      onClick={() => props.state.go()}
      onPointerEnter={() => props.state.enter()}
    >
      <span class="row-mark" role="gridcell" title={word('level', props.row.level)}>
        <Shape severity={props.row.severity} unreal={!isReal(props.row)} />
      </span>
      <span class="row-line" role="presentation">
        <span class="row-what ellipsis" role="gridcell" title={props.row.title}>
          <Show when={!isReal(props.row)}>
            <strong class="unreal-word">{markOf(props.row)}</strong>
          </Show>
          {props.row.title}
        </span>
        <span class="row-value num" role="gridcell">
          <Show when={desk.live() && sync.isUnsynced(props.row)}>
            <span class="unsynced">{t('event.unsynced')}</span>
          </Show>
          {word('status', sync.statusOf(props.row))}
        </span>
      </span>
      <span class="row-line row-second" role="presentation">
        <span class="row-kind ellipsis" role="gridcell">
          <span class="ellipsis">{word('category', props.row.category)}</span>
          <span class="ellipsis row-limit">{word('source', props.row.source)}</span>
        </span>
        <span class="row-age num" role="gridcell">
          {age(desk.shown(), props.row.happened_at)}
        </span>
        <span class="row-state" role="gridcell">
          <span class="row-words">{word('level', props.row.level)}</span>
        </span>
      </span>
    </div>
  );
}
