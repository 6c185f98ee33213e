// A flood: at most ten lines that stand for all alarms, each with what came first; a line opens into its members.

import { createMemo, createSignal, For, Show } from 'solid-js';
import type { AlarmLineDto } from '../../generated/wire';
import { Shape } from '../../parts/Shape';
import { sumOfCounts, worstOfCounts } from '../../state/alarm_words';
import { useAlarms } from '../../state/alarms';
import { useDesk } from '../../state/desk';
import { type Held, hold, inHeldOrder } from '../../state/held_order';
import { ALARMING } from '../../state/severity';
import { t, word } from '../../state/texts';
import { age, clockTime, joined, quantity } from '../../state/time';

export function FloodHead() {
  const desk = useDesk();
  const alarms = useAlarms();
  const board = () => desk.update.alarm_board;
  return (
    <div class="flood-head">
      <p class="flood-words num" role="status">
        {t('flood.title', {
          since: clockTime(board().flood_since ?? desk.now()),
          n: quantity(board().in_ten_minutes, 0),
        })}
      </p>
      <Show
        when={alarms.list.query().line !== null}
        fallback={
          <button
            type="button"
            aria-pressed={alarms.inLines()}
            aria-keyshortcuts="E"
            title={t('flood.lines_hint')}
            onClick={() => alarms.setInLines(!alarms.inLines())}
          >
            {t('flood.lines')} <kbd>E</kbd>
          </button>
        }
      >
        <button type="button" aria-keyshortcuts="Backspace" onClick={() => alarms.closeLine()}>
          {t('flood.back')} <kbd>⌫</kbd>
        </button>
      </Show>
      <Show when={alarms.line()}>{(line) => <p class="flood-line-name ellipsis">{nameOf(line())}</p>}</Show>
    </div>
  );
}

function nameOf(line: AlarmLineDto): string {
  return line.name === '' ? word('alarm_line', line.why) : word('kind', line.name);
}

export function FloodLines() {
  const desk = useDesk();
  const alarms = useAlarms();
  const [held, setHeld] = createSignal<Held<AlarmLineDto>>();
  const lines = createMemo(() => {
    const order = held();
    const newest = desk.update.alarm_board.lines;
    return order === undefined ? newest : inHeldOrder(order, newest);
  });
  return (
    <ul
      class="flood-lines scrolls"
      aria-label={t('flood.lines')}
      onPointerEnter={() => setHeld(hold(desk.update.alarm_board.lines))}
      onPointerLeave={() => {
        alarms.point(undefined);
        setHeld(undefined);
      }}
    >
      <For each={lines()}>
        {(line) => (
          <li>
            <button
              type="button"
              class="quiet flood-line"
              classList={{ current: alarms.current() === line.id }}
              aria-current={alarms.current() === line.id}
              aria-label={spoken(line)}
              onPointerEnter={() => alarms.point(line.id)}
              onClick={() => {
                alarms.setCurrent(line.id);
                alarms.openLine(line);
              }}
            >
              <Line line={line} />
            </button>
          </li>
        )}
      </For>
    </ul>
  );
}

function spoken(line: AlarmLineDto): string {
  const counts = ALARMING.map((severity, i) => ({ severity, n: line.counts[i] ?? 0 })).filter((one) => one.n > 0);
  return joined([
    nameOf(line),
    word('alarm_line', line.why),
    ...counts.map((one) => `${word('severity', one.severity)} ${one.n}`),
    t('flood.first', { name: line.first_name }),
    t('flood.open', { n: line.unacknowledged }),
  ]);
}

function Line(props: { line: AlarmLineDto }) {
  const desk = useDesk();
  return (
    <>
      <span class="flood-mark">
        <Shape severity={worstOfCounts(props.line.counts)} quiet />
      </span>
      <span class="row-line">
        <span class="row-what ellipsis">{nameOf(props.line)}</span>
        <span class="num flood-total">{quantity(sumOfCounts(props.line.counts), 0)}</span>
      </span>
      <span class="row-line row-second">
        <span class="row-kind ellipsis">
          <span class="flood-why">{word('alarm_line', props.line.why)}</span>
          <span class="ellipsis row-limit" title={t('flood.first', { name: props.line.first_name })}>
            {t('flood.first', { name: props.line.first_name })}
          </span>
        </span>
        <span class="row-age num">{age(desk.now(), props.line.since)}</span>
        <span class="row-state num" classList={{ none: props.line.unacknowledged === 0 }}>
          {t('flood.open', { n: quantity(props.line.unacknowledged, 0) })}
        </span>
      </span>
    </>
  );
}
