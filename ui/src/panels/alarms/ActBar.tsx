// What can be done to what is picked: one row, a choice of several, or all that a filter answers.

import { For, Show } from 'solid-js';
import type { DeskAlarmDto } from '../../generated/wire';
import type { Likeness, Picked } from '../../state/alarm_picking';
import { ACT_KEYS, ACTS, type BarAct, fits, WAY_BACK } from '../../state/alarm_words';
import { useAlarms } from '../../state/alarms';
import { t } from '../../state/texts';
import { quantity } from '../../state/time';

export function ActBar() {
  const alarms = useAlarms();
  // What is only pointed at has its own button; the bar is for what was chosen on purpose.
  const picked = () => (alarms.hasPicked() || isCurrentListed() ? alarms.picked() : undefined);
  const isCurrentListed = () =>
    alarms.current() !== undefined &&
    (alarms.lineOfKeys()?.id === alarms.current() || alarms.rowOfKeys()?.id === alarms.current());
  return (
    <Show when={picked()}>
      {(found) => (
        <section class="alarm-acts" aria-label={t('alarms.acts')}>
          <p class="alarm-picked" role="status">
            <span class="ellipsis num">{pickedWords(found())}</span>
            <Show when={alarms.hasPicked()}>
              <button type="button" class="quiet" onClick={() => alarms.clear()}>
                {t('alarms.clear')} <kbd>Esc</kbd>
              </button>
            </Show>
          </p>
          <div class="tool-acts">
            <For each={ACTS}>{(act) => <Act act={act} picked={found()} />}</For>
          </div>
          <Widen row={found().rows[0]} />
        </section>
      )}
    </Show>
  );
}

export function pickedWords(picked: Picked): string {
  if (picked.pick.of === 'query') {
    return t('alarms.picked_all', { n: quantity(picked.count, 0) });
  }
  return picked.count === 1 && picked.name !== '' ? picked.name : t('alarms.picked', { n: quantity(picked.count, 0) });
}

function Act(props: { act: BarAct; picked: Picked }) {
  const alarms = useAlarms();
  const rows = () => props.picked.rows;
  const back = () => {
    const act = WAY_BACK[props.act];
    return act !== undefined && rows().length > 0 && rows().every((row) => fits(act, row)) ? act : undefined;
  };
  const wanted = () => back() ?? props.act;
  return (
    <button
      type="button"
      disabled={alarms.busy() || (rows().length > 0 && !rows().some((row) => fits(wanted(), row)))}
      aria-keyshortcuts={ACT_KEYS[props.act]}
      onClick={() => alarms.act(props.act)}
    >
      {t(`alarm_act.${wanted()}`)} <kbd>{ACT_KEYS[props.act]}</kbd>
    </button>
  );
}

/** From the picked one to all that the filter answers, or to all that have something in common with it. */
function Widen(props: { row: DeskAlarmDto | undefined }) {
  const alarms = useAlarms();
  const likenesses = (row: DeskAlarmDto): Likeness[] => {
    const found: [Likeness, boolean][] = [
      ['kind', row.sensor_kind !== ''],
      ['rule', row.rule !== ''],
      ['area', row.area !== ''],
      ['cause', row.cause !== null || row.consequences > 0],
    ];
    return found.filter(([, isThere]) => isThere).map(([likeness]) => likeness);
  };
  return (
    <div class="alarm-widen">
      <Show when={!alarms.inLines()}>
        <button type="button" class="quiet num" aria-keyshortcuts="Control+A" onClick={() => alarms.chooseAll()}>
          {t('alarms.choose_all', { n: quantity(alarms.list.total(), 0) })}
        </button>
      </Show>
      <Show when={props.row}>
        {(row) => (
          <For each={likenesses(row())}>
            {(likeness) => (
              <button type="button" class="quiet" onClick={() => alarms.chooseLike(row(), likeness)}>
                {t(`alarms.like_${likeness}`)}
              </button>
            )}
          </For>
        )}
      </Show>
    </div>
  );
}
