// The duty page: who is on duty, the log, the handover, and the handovers of earlier.

import './duty.css';
import { For, Match, Show, Switch } from 'solid-js';
import type { DutyBoardDto, DutyShiftDto } from '../../generated/wire';
import { Shape } from '../../parts/Shape';
import { DUTY_VIEWS, useDuty } from '../../state/duty';
import { t } from '../../state/texts';
import { joined, quantity, shortTime } from '../../state/time';
import { HandoverList } from './HandoverList';
import { HandoverView } from './HandoverView';
import { LogView } from './LogView';

export function DutyPage() {
  const duty = useDuty();
  return (
    <div class="page-inside duty-page">
      <div class="page-tools">
        <fieldset class="choices-row duty-views">
          <legend class="hidden-words">{t('duty.views')}</legend>
          <For each={DUTY_VIEWS}>
            {(view) => (
              <button type="button" aria-pressed={duty.view() === view} onClick={() => duty.setView(view)}>
                {t(`duty.view_${view}`)}
              </button>
            )}
          </For>
        </fieldset>
        <Show
          when={duty.board()}
          fallback={
            <Show when={duty.boardFailure()} fallback={<span class="hint">{t('duty.loading')}</span>}>
              {(message) => <span role="alert">{t('duty.failed', { message: message() })}</span>}
            </Show>
          }
        >
          {(board) => <OnDuty board={board()} />}
        </Show>
      </div>
      <Switch>
        <Match when={duty.view() === 'log'}>
          <LogView />
        </Match>
        <Match when={duty.view() === 'handover'}>
          <HandoverView />
        </Match>
        <Match when={duty.view() === 'handovers'}>
          <HandoverList />
        </Match>
      </Switch>
    </div>
  );
}

function OnDuty(props: { board: DutyBoardDto }) {
  const duty = useDuty();
  const open = () => props.board.open;
  return (
    <section class="duty-who num" aria-label={t('duty.who')}>
      <Show when={props.board.shift}>{(shift) => <ShiftWords shift={shift()} />}</Show>
      <span>
        <span class="hint">{t('duty.sitting')}</span> {props.board.operator}{' '}
        <span class="hint">{t('duty.since', { time: shortTime(props.board.since) })}</span>
      </span>
      <span>
        <span class="hint">{t('duty.open')}</span>{' '}
        {t('duty.open_counts', {
          alarms: quantity(open().alarms, 0),
          events: quantity(open().events, 0),
          sent: quantity(open().assignments, 0),
        })}
        <Show when={open().overdue > 0}>
          {' '}
          <strong class="duty-overdue">{t('duty.overdue', { n: quantity(open().overdue, 0) })}</strong>
        </Show>
      </span>
      <Show when={!props.board.is_rostered}>
        <span class="hint">{t('duty.no_roster')}</span>
      </Show>
      <Show when={props.board.is_handover_due && duty.view() !== 'handover'}>
        <button type="button" class="duty-due" onClick={() => duty.setView('handover')}>
          <Shape severity="high" quiet /> {t('duty.due')}
        </button>
      </Show>
    </section>
  );
}

function ShiftWords(props: { shift: DutyShiftDto }) {
  return (
    <>
      <span>
        <strong>{props.shift.name}</strong> {shortTime(props.shift.from)}–{shortTime(props.shift.until)}
      </span>
      <Show when={props.shift.officers.length > 0}>
        <span>
          <span class="hint">{t('duty.officers')}</span> {joined(props.shift.officers)}
        </span>
      </Show>
      <Show when={props.shift.leader !== ''}>
        <span>
          <span class="hint">{t('duty.leader')}</span> {props.shift.leader}
        </span>
      </Show>
    </>
  );
}
