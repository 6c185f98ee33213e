// What is not in the list and why: nothing is hidden without a count and a way to see it.

import { For, Show } from 'solid-js';
import { ALL_ALARMS, HIDDEN, type Hidden, hiddenQuery, isSameQuery } from '../../state/alarm_query';
import { useAlarms } from '../../state/alarms';
import { useDesk } from '../../state/desk';
import { useHistory } from '../../state/history';
import { t } from '../../state/texts';
import { quantity } from '../../state/time';

export function HiddenLine() {
  const desk = useDesk();
  const alarms = useAlarms();
  const history = useHistory();
  const groupsOn = () => desk.update.alarm_board.groups_on;
  const count = (which: Hidden) => desk.update.alarm_board.hidden[which];
  const shown = () => HIDDEN.filter((which) => count(which) > 0 || isListed(which));
  const queryOf = (which: Hidden) => ({ ...hiddenQuery(which), order: alarms.list.query().order });
  const isListed = (which: Hidden) => isSameQuery(queryOf(which), alarms.list.query());
  return (
    <Show when={shown().length > 0 || groupsOn() > 0}>
      <fieldset class="alarm-hidden">
        <legend class="hidden-words">{t('hidden.title')}</legend>
        <span class="hint">{t('hidden.title')}</span>
        <For each={shown()}>
          {(which) => (
            <button
              type="button"
              class="quiet num"
              aria-pressed={isListed(which)}
              title={t(`hidden.${which}_hint`)}
              onClick={() =>
                alarms.list.setQuery(
                  isListed(which) ? { ...ALL_ALARMS, order: alarms.list.query().order } : queryOf(which),
                )
              }
            >
              {t(`hidden.${which}`, { n: quantity(count(which), 0) })}
            </button>
          )}
        </For>
        <Show when={groupsOn() > 0}>
          <button
            type="button"
            class="quiet num"
            title={t('hidden.groups_on_hint')}
            onClick={() => history.open('alarm_rules')}
          >
            {t('hidden.groups_on', { n: quantity(groupsOn(), 0) })}
          </button>
        </Show>
      </fieldset>
    </Show>
  );
}
