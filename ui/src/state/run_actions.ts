// What the actions of the desk do. The keys of `acts.ts` do the same.

import type { ActionId } from './actions';
import type { Acts } from './acts';
import type { BarAct } from './alarm_words';
import type { Alarms } from './alarms';
import type { BarMove } from './case_words';
import type { Cases } from './cases';
import type { Desk } from './desk';
import type { DrawerName, History } from './history';
import type { PageName, Pages } from './pages';
import type { Sound } from './sound';
import { language } from './texts';
import type { Tools } from './tools';
import type { Torn } from './torn';
import type { Video, VideoTab } from './video';

export interface Hands {
  desk: Desk;
  acts: Acts;
  tools: Tools;
  history: History;
  alarms: Alarms;
  cases: Cases;
  pages: Pages;
  torn: Torn;
  sound: Sound;
  video: Pick<Video, 'show'>;
}

/**
 * One hand for every action; `undefined` where it means nothing now. What opens a panel opens it, also when it is open already.
 */
export function runs({
  desk,
  acts,
  tools,
  history,
  alarms,
  cases,
  pages,
  torn,
  sound,
  video,
}: Hands): Record<ActionId, (() => void) | undefined> {
  const drawer = (name: DrawerName) => () => history.open(name);
  // As with the keys: what is done to alarms is done to those of the present, in the list that is in front.
  const withAlarms = (run: () => void) => (acts.tab() === 'alarms' && !desk.past() ? run : undefined);
  const page = (name: PageName) => () => pages.open(name);
  const videoTab = (tab: VideoTab) => () => video.show(tab);
  const withCases = (run: () => void) => (acts.tab() === 'events' && !desk.past() ? run : undefined);
  const move = (name: BarMove) => withCases(() => cases.askPicked(name));
  const act = (name: BarAct) => withAlarms(() => alarms.act(name));
  return {
    alarms: () => acts.setTab('alarms'),
    events: () => acts.setTab('events'),
    board: page('events'),
    duty: page('duty'),
    analysis: page('analysis'),
    plans: page('plans'),
    video: page('video'),
    video_catalogue: videoTab('catalogue'),
    video_mosaic: videoTab('mosaic'),
    video_coverage: videoTab('coverage'),
    video_moments: videoTab('moments'),
    video_health: videoTab('health'),
    video_rights: videoTab('rights'),
    new_event: desk.past() ? undefined : () => cases.newCase(),
    event_filters: () => {
      acts.setTab('events');
      cases.setFiltersOpen(true);
    },
    layers_card: () => acts.setLayersOpen(true),
    layers_page: drawer('layers'),
    performance: drawer('performance'),
    sources: drawer('sources'),
    outbox: drawer('outbox'),
    desks: drawer('desks'),
    trend: drawer('trend'),
    moments: drawer('moments'),
    recordings: drawer('recordings'),
    branches: drawer('branches'),
    history: drawer('history'),
    alarm_load: drawer('alarm_load'),
    alarm_rules: drawer('alarm_rules'),
    windows: () => torn.setMenuOpen(true),
    help: () => acts.setHelping(true),
    acknowledge: withAlarms(() => acts.list()?.acknowledge()),
    alarm_comment: act('comment'),
    alarm_shelve: act('shelve'),
    alarm_confirm: act('confirm'),
    alarm_out_of_service: act('out_of_service'),
    alarm_reset: act('reset'),
    find_alarm: withAlarms(() => alarms.find()),
    alarm_filters: withAlarms(() => alarms.setFiltersOpen(!alarms.filtersOpen())),
    event_next: withCases(() => acts.list()?.acknowledge()),
    event_comment: move('comment'),
    event_urge: move('urge'),
    event_return: move('return'),
    event_level: move('set_level'),
    play: () => desk.togglePlay(),
    reverse: () => desk.reverse(),
    slower: () => desk.stepRate(-1),
    faster: () => desk.stepRate(1),
    live: () => desk.returnToLive(),
    event_before: () => desk.stepTo('event', false),
    event_after: () => desk.stepTo('event', true),
    alarm_before: () => desk.stepTo('alarm', false),
    alarm_after: () => desk.stepTo('alarm', true),
    go_time: () => history.setForm('go'),
    loop: () => desk.setLooping(!desk.looping()),
    knowing: () => desk.setKnowledge(desk.knowledge() === 'then' ? 'now' : 'then'),
    mark: () => history.setForm('mark'),
    brush: () => history.setBrushing(!history.brushing()),
    silence: () => sound.silence(),
    sound: () => sound.setOn(!sound.on()),
    north: () => desk.turnNorth(),
    overview: () => desk.attempt(desk.backend.gesture([{ kind: 'overview' }])),
    minimap: () => tools.setMinimapOn(!tools.minimapOn()),
    show_all: () => tools.showAll(),
    language: () => desk.changeLanguage(language() === 'en' ? 'zh-CN' : 'en'),
  };
}
