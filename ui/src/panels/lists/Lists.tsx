// The left panel: alarms and events, counted, filtered, worked through by pointer or keyboard.

import './lists.css';
import { Show } from 'solid-js';
import { useActs } from '../../state/acts';
import { useDesk } from '../../state/desk';
import { isReal } from '../../state/standing';
import { t } from '../../state/texts';
import { AlarmNews } from '../alarms/AlarmNews';
import { AlarmList } from './AlarmList';
import { EventList } from './EventList';

export function Lists() {
  const desk = useDesk();
  const acts = useActs();
  const openEvents = () => desk.update.events.filter((event) => event.status !== 'closed' && isReal(event)).length;
  const alarms = () => desk.update.alarm_counts.reduce((sum, n) => sum + n, 0);
  const onArrow = (event: KeyboardEvent) => {
    if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      event.preventDefault();
      acts.setTab(acts.tab() === 'alarms' ? 'events' : 'alarms');
      document.getElementById(`tab-${acts.tab()}`)?.focus();
    }
  };
  return (
    <section class="lists" aria-label={t('list.region')}>
      <div class="lists-tabs" role="tablist" aria-label={t('list.region')}>
        <button
          type="button"
          role="tab"
          id="tab-alarms"
          aria-selected={acts.tab() === 'alarms'}
          aria-controls="lists-panel"
          tabindex={acts.tab() === 'alarms' ? 0 : -1}
          onKeyDown={onArrow}
          onClick={() => acts.setTab('alarms')}
        >
          {t('list.alarms')} <span class="num lists-total">{alarms()}</span>
        </button>
        <button
          type="button"
          role="tab"
          id="tab-events"
          aria-selected={acts.tab() === 'events'}
          aria-controls="lists-panel"
          tabindex={acts.tab() === 'events' ? 0 : -1}
          onKeyDown={onArrow}
          onClick={() => acts.setTab('events')}
        >
          {t('list.events')} <span class="num lists-total">{openEvents()}</span>
        </button>
      </div>
      <div class="lists-panel" id="lists-panel" role="tabpanel" aria-labelledby={`tab-${acts.tab()}`}>
        <Show when={acts.tab() === 'alarms'} fallback={<EventList />}>
          <AlarmList />
        </Show>
      </div>
      <AlarmNews />
    </section>
  );
}
