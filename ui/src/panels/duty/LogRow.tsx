// One entry of the duty log, and the form under it that corrects or strikes it. Nothing is ever deleted.

import { Show } from 'solid-js';
import type { DutyEntryDto } from '../../generated/wire';
import { useCases } from '../../state/cases';
import { useDesk } from '../../state/desk';
import { openTarget, useDuty } from '../../state/duty';
import { type Edit, ENTRY_MOST, isSendable } from '../../state/duty_log';
import { t, word } from '../../state/texts';
import { clockTime, moment, monthDay } from '../../state/time';
import { Words } from './parts';

const REASON_MOST = 200;
/** As the host writes it for what nobody wrote. */
const DESK = 'desk';

export function LogRow(props: { entry: DutyEntryDto }) {
  const desk = useDesk();
  const { log } = useDuty();
  const cases = useCases();
  const isToday = () => monthDay(props.entry.at) === monthDay(desk.now());
  const edit = () => {
    const at = log.edit();
    return at?.entry === props.entry.id ? at : undefined;
  };
  return (
    <>
      <tr classList={{ struck: props.entry.struck !== null, hand: props.entry.source === 'hand' }}>
        <td class="num log-time">{isToday() ? clockTime(props.entry.at) : moment(props.entry.at)}</td>
        <td class="log-source">{word('duty.source', props.entry.source)}</td>
        <td class="log-by">{props.entry.by === DESK ? t('duty.by_desk') : props.entry.by}</td>
        <td class="log-text">
          <Show when={props.entry.corrects !== null}>
            <span class="row-tag">{t('duty.corrects')}</span>{' '}
          </Show>
          <Show when={props.entry.struck} fallback={props.entry.text}>
            {(struck) => (
              <>
                <del>{props.entry.text}</del>{' '}
                <span class="log-struck num">
                  {t('duty.struck', { by: struck().by, time: clockTime(struck().at), reason: struck().reason })}
                </span>
              </>
            )}
          </Show>
        </td>
        <td class="log-acts">
          <Show when={props.entry.target}>
            {(target) => (
              <button
                type="button"
                class="quiet"
                aria-label={t('duty.open_name', { name: props.entry.text })}
                onClick={() => openTarget(desk, cases.openById, target())}
              >
                {t('duty.open_it')}
              </button>
            )}
          </Show>
          <Show when={props.entry.is_changeable && desk.live()}>
            <button
              type="button"
              class="quiet"
              aria-expanded={edit()?.act === 'correct'}
              onClick={() => log.begin(props.entry, 'correct')}
            >
              {t('duty.correct')}
            </button>
            <button
              type="button"
              class="quiet"
              aria-expanded={edit()?.act === 'strike'}
              onClick={() => log.begin(props.entry, 'strike')}
            >
              {t('duty.strike')}
            </button>
          </Show>
        </td>
      </tr>
      {/* Another act has fields of its own. */}
      <Show when={props.entry.is_changeable && desk.live() ? edit()?.act : undefined} keyed>
        <Show when={edit()}>{(at) => <Change edit={at()} />}</Show>
      </Show>
    </>
  );
}

function Change(props: { edit: Edit }) {
  const { log } = useDuty();
  return (
    <tr class="log-change">
      <td colspan={5}>
        <form
          aria-label={t(`duty.${props.edit.act}`)}
          onSubmit={(event) => {
            event.preventDefault();
            log.sendEdit();
          }}
        >
          <Show when={props.edit.act === 'correct'}>
            <Words
              label={t('duty.correct_text')}
              value={props.edit.text}
              rows={2}
              most={ENTRY_MOST}
              isFirst
              onInput={(text) => log.writeEdit({ text })}
              onSend={log.sendEdit}
              onGiveUp={log.giveUp}
            />
          </Show>
          <Words
            label={t('duty.reason')}
            value={props.edit.reason}
            rows={1}
            most={REASON_MOST}
            isFirst={props.edit.act === 'strike'}
            onInput={(reason) => log.writeEdit({ reason })}
            onSend={log.sendEdit}
            onGiveUp={log.giveUp}
          />
          <div class="tool-acts">
            <button type="submit" disabled={log.busy() || !isSendable(props.edit)}>
              {t(`duty.${props.edit.act}`)} <kbd>Enter</kbd>
            </button>
            <button type="button" onClick={() => log.giveUp()}>
              {t('range.cancel')} <kbd>Esc</kbd>
            </button>
            <span class="hint">{t('duty.stays')}</span>
          </div>
        </form>
      </td>
    </tr>
  );
}
