// What can be done at the desk, by name: one list for the palette and the help card, with the keys that do the same.
//
// What a key does is said in `acts.ts`, what an action does in `run_actions.ts`. Keys that only mean something where the focus
// is (in a list, in the picture) are no actions: the help card names them itself.

import { ACT_KEYS } from './alarm_words';
import { KEYED_MOVES } from './case_words';
import { PAGE_KEYS } from './pages';
import type { TextKey } from './texts';

interface ActionRow {
  text: TextKey;
  /** Keys that do the same; none for what is reached by the palette or the pointer only. */
  keys: readonly string[];
  /** It opens a panel; everything else is done at once. */
  opens: boolean;
}

const opens = (text: TextKey, ...keys: string[]): ActionRow => ({ text, keys, opens: true });
const does = (text: TextKey, ...keys: string[]): ActionRow => ({ text, keys, opens: false });

export const ACTIONS = {
  alarms: opens('palette.alarms', '1'),
  events: opens('palette.events', '2'),
  board: opens('page.events', PAGE_KEYS.events),
  duty: opens('page.duty', PAGE_KEYS.duty),
  analysis: opens('page.analysis', PAGE_KEYS.analysis),
  plans: opens('page.plans', PAGE_KEYS.plans),
  video: opens('page.video', PAGE_KEYS.video),
  video_catalogue: opens('palette.video_catalogue'),
  video_mosaic: opens('palette.video_mosaic'),
  video_coverage: opens('palette.video_coverage'),
  video_moments: opens('palette.video_moments'),
  video_health: opens('palette.video_health'),
  video_rights: opens('palette.video_rights'),
  new_event: opens('report_form.title', 'Shift+N'),
  event_filters: opens('cases.filters'),
  layers_card: opens('help.layers', 'L'),
  layers_page: opens('help.layers_page', 'F2'),
  performance: opens('help.performance', 'F3'),
  sources: opens('help.sources', 'D'),
  outbox: opens('help.outbox', 'Shift+D'),
  desks: opens('help.desks', 'P'),
  trend: opens('help.trend', 'T'),
  moments: opens('drawer.moments', 'Shift+T'),
  recordings: opens('drawer.recordings'),
  branches: opens('drawer.branches'),
  history: opens('drawer.history'),
  alarm_load: opens('help.load', 'F4'),
  alarm_rules: opens('help.rules', 'Shift+F4'),
  windows: opens('help.windows', 'Shift+W'),
  help: opens('topbar.help_open', '?'),
  acknowledge: does('help.acknowledge', ACT_KEYS.acknowledge),
  alarm_comment: does('alarm_act.comment', ACT_KEYS.comment),
  alarm_shelve: does('help.shelve', ACT_KEYS.shelve),
  alarm_confirm: does('alarm_act.confirm', ACT_KEYS.confirm),
  alarm_out_of_service: does('help.out_of_service', ACT_KEYS.out_of_service),
  alarm_reset: does('help.reset', ACT_KEYS.reset),
  find_alarm: does('help.find_alarm', '/'),
  alarm_filters: does('help.filters', 'Shift+F'),
  event_next: does('help.event_next', 'A'),
  event_comment: does('palette.event_comment', KEYED_MOVES.comment),
  event_urge: does('event.move.urge', KEYED_MOVES.urge),
  event_return: does('event.move.return', KEYED_MOVES.return),
  event_level: does('event.move.set_level', KEYED_MOVES.set_level),
  play: does('help.play', 'Space'),
  reverse: does('help.reverse', 'Shift+Space'),
  slower: does('palette.slower', '['),
  faster: does('palette.faster', ']'),
  live: does('help.live', 'Home', 'R'),
  event_before: does('palette.event_before', ','),
  event_after: does('palette.event_after', '.'),
  alarm_before: does('palette.alarm_before', 'Shift+,'),
  alarm_after: does('palette.alarm_after', 'Shift+.'),
  go_time: does('help.go_time', 'Shift+G'),
  loop: does('help.loop', 'Shift+L'),
  knowing: does('help.knowing', 'Shift+K'),
  mark: does('help.mark', 'Shift+M'),
  brush: does('help.brush', 'Shift+B'),
  silence: does('help.silence', 'Shift+S'),
  sound: does('palette.sound'),
  north: does('help.north', 'N'),
  overview: does('help.overview'),
  minimap: does('help.minimap', 'G'),
  show_all: does('show.all'),
  language: does('palette.language'),
} satisfies Record<string, ActionRow>;

export type ActionId = keyof typeof ACTIONS;

export const ACTION_IDS = Object.keys(ACTIONS) as ActionId[];

/** The keys of some actions, for one row of the help card. */
export function keysOf(...ids: ActionId[]): string[] {
  return ids.flatMap((id) => ACTIONS[id].keys);
}
