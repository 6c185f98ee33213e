// Events known at the moment shown: what happened, how grave, how far it has come, who reported it.

import type { EventRow } from '../../generated/wire';
import { Shape } from '../../parts/Shape';
import { useDesk } from '../../state/desk';
import { ALARMING, LEVELS } from '../../state/severity';
import { t, word } from '../../state/texts';
import { age } from '../../state/time';
import { CityList, type RowState } from './CityList';

export function EventList() {
  const desk = useDesk();
  const counts = () =>
    LEVELS.map((level, i) => ({
      severity: ALARMING[i] ?? 'low',
      word: t(`level.${level}`),
      count: desk.update.events.filter((event) => event.level === level && event.status !== 'closed').length,
    }));
  return (
    <CityList<EventRow>
      label={t('list.events')}
      idPrefix="event"
      rows={desk.update.events}
      counts={counts()}
      total={desk.update.events.length}
      empty={{ words: t('list.events_empty'), hint: t('list.events_empty_hint') }}
      onGo={(row) => desk.selectAndFly({ kind: 'event', id: row.id })}
    >
      {(row, state) => <EventLine row={row} state={state} />}
    </CityList>
  );
}

function EventLine(props: { row: EventRow; state: RowState }) {
  const desk = useDesk();
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Enter acts on the current row through the grid's keys.
    <div
      class="row"
      classList={{ current: props.state.current(), done: props.row.status === 'closed' }}
      role="row"
      tabindex="-1"
      id={props.state.id}
      aria-rowindex={props.state.index() + 1}
      aria-selected={props.state.current()}
      onClick={() => props.state.go()}
      onPointerEnter={() => props.state.enter()}
    >
      <span class="row-mark" role="gridcell" title={word('level', props.row.level)}>
        <Shape severity={props.row.severity} />
      </span>
      <span class="row-line" role="presentation">
        <span class="row-what ellipsis" role="gridcell" title={props.row.title}>
          {props.row.title}
        </span>
        <span class="row-value num" role="gridcell">
          {word('status', props.row.status)}
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
