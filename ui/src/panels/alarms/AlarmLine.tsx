// One alarm in the list: severity, what and where, value against its limit, how long, how it stands.

import { Show } from 'solid-js';
import type { DeskAlarmDto } from '../../generated/wire';
import { OldMark, Shape } from '../../parts/Shape';
import { isKnown, type Place } from '../../state/alarm_window';
import { aboutWords, fits } from '../../state/alarm_words';
import { useAlarms } from '../../state/alarms';
import { useDesk } from '../../state/desk';
import { isReal, markOf } from '../../state/standing';
import { t, word } from '../../state/texts';
import { age, plainNumber, quantity, shortTime, unitWords } from '../../state/time';

export function AlarmLine(props: { place: Place; index: () => number }) {
  const known = () => (isKnown(props.place) ? props.place : undefined);
  return (
    <Show when={known()} fallback={<Waiting index={props.index()} />}>
      {(row) => <Line row={row()} index={props.index()} />}
    </Show>
  );
}

/** Its row is on the way. */
function Waiting(props: { index: number }) {
  return (
    <div class="row row-waiting" role="row" aria-busy="true" aria-rowindex={props.index + 1}>
      <span class="row-mark" role="gridcell">
        <Shape severity="normal" quiet />
      </span>
      <span class="row-line hint" role="gridcell">
        …
      </span>
    </div>
  );
}

function Line(props: { row: DeskAlarmDto; index: number }) {
  const desk = useDesk();
  const alarms = useAlarms();
  const isCurrent = () => alarms.current() === props.row.id;
  const isOpen = () => fits('acknowledge', props.row);
  function press(event: MouseEvent): void {
    if (event.shiftKey) {
      alarms.chooseTo(props.row);
    } else if (event.ctrlKey || event.metaKey) {
      alarms.toggle(props.row);
    } else {
      alarms.clear();
      alarms.setCurrent(props.row.id);
      alarms.open(props.row);
    }
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Enter, A and the rest act on the current row through the grid's keys.
    <div
      class="row"
      classList={{
        current: isCurrent(),
        chosen: alarms.isChosen(props.row.id),
        old: props.row.freshness !== 'fresh',
        unreal: !isReal(props.row),
      }}
      role="row"
      tabindex="-1"
      id={`alarm-${props.row.id}`}
      aria-rowindex={props.index + 1}
      aria-selected={alarms.hasPicked() ? alarms.isChosen(props.row.id) : isCurrent()}
      onClick={press}
      onPointerEnter={() => alarms.point(props.row.id)}
    >
      <span class="row-mark" role="gridcell">
        <Shape severity={props.row.severity} unreal={!isReal(props.row)} />
      </span>
      <span class="row-line" role="presentation">
        <span class="row-what ellipsis" role="gridcell" title={nameAndArea(props.row)}>
          <Show when={!isReal(props.row)}>
            <strong class="unreal-word">{markOf(props.row)}</strong>
          </Show>
          {props.row.name}
        </span>
        <span class="row-value num value" role="gridcell">
          <Show when={props.row.value !== null}>
            <Show when={props.row.freshness !== 'fresh'}>
              <OldMark />
            </Show>
            {quantity(props.row.value ?? 0)}
            <span class="unit">{unitWords(props.row.unit)}</span>
          </Show>
        </span>
      </span>
      <span class="row-line row-second" role="presentation">
        <span class="row-kind ellipsis" role="gridcell">
          <span class="ellipsis">{aboutWords(props.row)}</span>
          <span class="num row-limit">{detail(props.row)}</span>
          <Marks row={props.row} />
        </span>
        <span class="row-age num" role="gridcell">
          {age(desk.now(), props.row.since)}
        </span>
        <span class="row-state" role="gridcell" title={who(props.row)}>
          <span class="row-words" classList={{ open: isOpen(), blinks: props.row.is_blinking }}>
            {word('alarm_state', props.row.state)}
          </span>
          <Show when={isOpen()}>
            <button
              type="button"
              class="row-act"
              tabindex={isCurrent() ? 0 : -1}
              aria-label={t('alarm.acknowledge_name', { name: props.row.name })}
              aria-keyshortcuts="A"
              onClick={(event) => {
                event.stopPropagation();
                alarms.actOn(props.row, 'acknowledge');
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

/** What a person should know before acting: how many hang on it, and whether it is a nuisance. */
function Marks(props: { row: DeskAlarmDto }) {
  return (
    <>
      <Show when={props.row.consequences > 0}>
        <span class="row-tag num" title={t('alarm_mark.consequences_hint', { n: props.row.consequences })}>
          {t('alarm_mark.consequences', { n: props.row.consequences })}
        </span>
      </Show>
      <Show when={props.row.is_chattering}>
        <span class="row-tag" title={t('alarm_mark.chattering_hint')}>
          {t('alarm_mark.chattering')}
        </span>
      </Show>
      <Show when={props.row.is_stale}>
        <span class="row-tag" title={t('alarm_mark.stale_hint')}>
          {t('alarm_mark.stale')}
        </span>
      </Show>
    </>
  );
}

function nameAndArea(row: DeskAlarmDto): string {
  return row.area === '' ? row.name : `${row.name} · ${row.area}`;
}

/** The one thing more that there is room for: until when it is away, or its limit. */
function detail(row: DeskAlarmDto): string {
  if (row.state === 'shelved') {
    const until = row.shelved_until;
    return until === null ? t('alarm.until_back') : t('alarm.until', { time: shortTime(until) });
  }
  return row.limit === null ? '' : t('alarm.limit', { value: plainNumber(row.limit) });
}

function who(row: DeskAlarmDto): string | undefined {
  return row.acknowledged_by === null ? undefined : t('alarm.acknowledged_by', { name: row.acknowledged_by });
}
