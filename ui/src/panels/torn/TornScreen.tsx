// A panel in a window of its own: the panel, what tells the time and the past from the present, and what the panel needs to be
// worked with. The twin stays in the main window; what is selected here is shown there.

import './torn.css';
import '../lists/lists.css';
import { createEffect, Match, onMount, Show, Switch } from 'solid-js';
import type { PanelDto } from '../../generated/wire';
import { NoticeLine } from '../../parts/NoticeLine';
import { PastFrame } from '../../parts/PastFrame';
import { useActs } from '../../state/acts';
import { useAlarms } from '../../state/alarms';
import { useCases } from '../../state/cases';
import { useDesk } from '../../state/desk';
import { either, t } from '../../state/texts';
import { clockTime, dateWords } from '../../state/time';
import { useTorn } from '../../state/torn';
import { AlarmForm } from '../alarms/AlarmForm';
import { AlarmNews } from '../alarms/AlarmNews';
import { AnalysisPage } from '../analysis/AnalysisPage';
import { CardPanel } from '../card/CardPanel';
import { Drawer } from '../drawer/Drawer';
import { DutyPage } from '../duty/DutyPage';
import { EventBoard } from '../events/EventBoard';
import { HelpOverlay } from '../help/HelpOverlay';
import { AlarmList } from '../lists/AlarmList';
import { PlansPage } from '../plans/PlansPage';
import { TimelinePanel } from '../timeline/TimelinePanel';
import { DeskBar } from '../topbar/DeskBar';
import { VideoPage } from '../video/VideoPage';

export function TornScreen(props: { panel: PanelDto }) {
  const desk = useDesk();
  const acts = useActs();
  const cases = useCases();
  const name = () => t(`torn.panel.${props.panel}`);
  // Keys that mean something to a list mean it to the list that is here.
  onMount(() => acts.setTab(props.panel === 'alarms' ? 'alarms' : 'events'));
  createEffect(() => {
    document.title = t('torn.title', { panel: name(), city: city(desk.start) });
  });
  // The page of an event, and the form of a report, are where the board can be seen.
  const hasCard = () => props.panel === 'events' || (props.panel !== 'card' && cases.report() !== undefined);
  return (
    <div class="torn" data-panel={props.panel} data-card={hasCard()}>
      <Head panel={props.panel} name={name()} />
      <DeskBar />
      <main class="torn-body" aria-label={name()}>
        <Panel panel={props.panel} />
        <Show when={hasCard()}>
          <CardPanel />
        </Show>
      </main>
      <Show when={props.panel !== 'drawer'}>
        <Drawer />
      </Show>
      <HelpOverlay />
      <NoticeLine />
      <Show when={desk.past()}>
        <PastFrame branch={desk.branch() !== undefined} />
      </Show>
    </div>
  );
}

function city(start: { city_zh: string; city_en: string }): string {
  return either({ zh: start.city_zh, en: start.city_en });
}

function Head(props: { panel: PanelDto; name: string }) {
  const desk = useDesk();
  const torn = useTorn();
  return (
    <header class="torn-head">
      <h1>{props.name}</h1>
      <span class="torn-city ellipsis">{city(desk.start)}</span>
      <time class="torn-time num">{clockTime(desk.now())}</time>
      <span class="torn-date num">{dateWords(desk.now())}</span>
      <span class="torn-space" />
      <button
        type="button"
        class="quiet"
        aria-keyshortcuts="Shift+W"
        title={t('torn.back_hint')}
        onClick={() => torn.bringBack(props.panel)}
      >
        {t('torn.back')} <kbd>Shift+W</kbd>
      </button>
    </header>
  );
}

function Panel(props: { panel: PanelDto }) {
  return (
    <Switch>
      <Match when={props.panel === 'alarms'}>
        <div class="lists-panel torn-list">
          <AlarmList />
          <AlarmNews />
        </div>
      </Match>
      <Match when={props.panel === 'events'}>
        <EventBoard />
      </Match>
      <Match when={props.panel === 'card'}>
        <Card />
      </Match>
      <Match when={props.panel === 'timeline'}>
        <TimelinePanel />
      </Match>
      <Match when={props.panel === 'drawer'}>
        <Drawer />
      </Match>
      <Match when={props.panel === 'duty'}>
        <DutyPage />
      </Match>
      <Match when={props.panel === 'analysis'}>
        <AnalysisPage />
      </Match>
      <Match when={props.panel === 'plans'}>
        <PlansPage />
      </Match>
      <Match when={props.panel === 'video'}>
        <VideoPage />
      </Match>
    </Switch>
  );
}

/** The form of an act stands beside the list of alarms otherwise. */
function Card() {
  const alarms = useAlarms();
  return (
    <div class="torn-card">
      <CardPanel />
      <Show when={alarms.asked()}>
        <AlarmForm />
      </Show>
    </div>
  );
}
