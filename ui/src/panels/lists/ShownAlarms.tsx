// The alarms of the moment shown, where that is not now: what and where, value against its limit, how long, who has it.

import { Show } from 'solid-js';
import type { AlarmRow } from '../../generated/wire';
import { OldMark, Shape } from '../../parts/Shape';
import { useDesk } from '../../state/desk';
import { ALARMING } from '../../state/severity';
import { t, word } from '../../state/texts';
import { age, plainNumber, quantity, unitWords } from '../../state/time';
import { CityList, type RowState } from './CityList';

export function ShownAlarms() {
  const desk = useDesk();
  const counts = () =>
    ALARMING.map((severity, i) => ({
      severity,
      word: t(`severity.${severity}`),
      count: desk.update.alarm_counts[i] ?? 0,
    }));
  return (
    <CityList<AlarmRow>
      label={t('list.alarms')}
      idPrefix="alarm"
      rows={desk.update.alarms}
      counts={counts()}
      total={desk.update.alarm_counts.reduce((sum, n) => sum + n, 0)}
      empty={
        desk.past()
          ? { words: t('list.alarms_empty_past'), hint: t('list.alarms_empty_past_hint') }
          : { words: t('list.alarms_empty'), hint: t('list.alarms_empty_hint') }
      }
      onGo={(row) => desk.selectAndFly({ kind: 'thing', id: row.thing_id })}
      onAcknowledge={(row) => {
        if (row.acknowledged_by === null) {
          desk.acknowledge(row.id);
        }
      }}
    >
      {(row, state) => <Alarm row={row} state={state} />}
    </CityList>
  );
}

function Alarm(props: { row: AlarmRow; state: RowState }) {
  const desk = useDesk();
  const open = () => props.row.acknowledged_by === null;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Enter and A act on the current row through the grid's keys.
    <div
      class="row"
      classList={{ current: props.state.current(), old: props.row.freshness !== 'fresh' }}
      role="row"
      tabindex="-1"
      id={props.state.id}
      aria-rowindex={props.state.index() + 1}
      aria-selected={props.state.current()}
      onClick={() => props.state.go()}
      onPointerEnter={() => props.state.enter()}
    >
      <span class="row-mark" role="gridcell">
        <Shape severity={props.row.severity} />
      </span>
      <span class="row-line" role="presentation">
        <span class="row-what ellipsis" role="gridcell" title={props.row.name}>
          {props.row.name}
        </span>
        <span class="row-value num value" role="gridcell">
          <Show when={props.row.freshness !== 'fresh'}>
            <OldMark />
          </Show>
          {quantity(props.row.value)}
          <span class="unit">{unitWords(props.row.unit)}</span>
        </span>
      </span>
      <span class="row-line row-second" role="presentation">
        <span class="row-kind ellipsis" role="gridcell">
          <span class="ellipsis">{word('kind', props.row.sensor_kind)}</span>
          <span class="num row-limit">{t('alarm.limit', { value: plainNumber(props.row.limit) })}</span>
        </span>
        <span class="row-age num" role="gridcell">
          {age(desk.shown(), props.row.since)}
        </span>
        <span
          class="row-state"
          role="gridcell"
          title={
            props.row.acknowledged_by === null
              ? undefined
              : t('alarm.acknowledged_by', { name: props.row.acknowledged_by })
          }
        >
          <span class="row-words" classList={{ open: open(), blinks: open() && props.row.severity === 'critical' }}>
            {stateWords(props.row)}
          </span>
          <Show when={open()}>
            <button
              type="button"
              class="row-act"
              tabindex={props.state.current() ? 0 : -1}
              aria-label={t('alarm.acknowledge_name', { name: props.row.name })}
              aria-keyshortcuts="A"
              onClick={(event) => {
                event.stopPropagation();
                desk.acknowledge(props.row.id);
              }}
            >
              {t('alarm.acknowledge')}
            </button>
          </Show>
        </span>
      </span>
    </div>
  );
}

function stateWords(row: AlarmRow): string {
  if (!row.active) {
    return t('alarm.recovered');
  }
  return row.acknowledged_by === null ? t('alarm.unacknowledged') : t('alarm.acknowledged');
}
