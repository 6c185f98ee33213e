// The left panel: alarms and events, counted, filtered, worked through by pointer or keyboard.

import './lists.css';
import { Match, Switch } from 'solid-js';
import { useActs } from '../../state/acts';
import { useDesk } from '../../state/desk';
import { isReal } from '../../state/standing';
import { t } from '../../state/texts';
import { useTorn } from '../../state/torn';
import { AlarmNews } from '../alarms/AlarmNews';
import { EventDesk } from '../events/EventDesk';
import { TearOff } from '../torn/TearOff';
import { TornNotice } from '../torn/TornNotice';
import { AlarmList } from './AlarmList';
import { EventList } from './EventList';

export function Lists() {
  const desk = useDesk();
  const acts = useActs();
  const torn = useTorn();
  const openEvents = () =>
    desk.past()
      ? desk.update.events.filter((event) => event.status !== 'closed' && isReal(event)).length
      : desk.update.event_board.open;
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
      <TearOff panel={acts.tab()} />
      <div class="lists-panel" id="lists-panel" role="tabpanel" aria-labelledby={`tab-${acts.tab()}`}>
        <Switch>
          <Match when={torn.isElsewhere(acts.tab())}>
            <TornNotice panel={acts.tab()} />
          </Match>
          <Match when={acts.tab() === 'alarms'}>
            <AlarmList />
          </Match>
          <Match when={desk.past()}>
            <EventList />
          </Match>
          <Match when={acts.tab() === 'events'}>
            <EventDesk />
          </Match>
        </Switch>
      </div>
      <AlarmNews />
    </section>
  );
}
