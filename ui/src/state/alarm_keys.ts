// The keys of the alarm list, while it is in front and shows the present.

import type { Acts } from './acts';
import type { BarAct } from './alarm_words';
import type { Alarms } from './alarms';
import type { Desk } from './desk';
import { ALARMING } from './severity';

const PLAIN: Record<string, BarAct> = { W: 'comment', H: 'shelve', Y: 'confirm', Q: 'out_of_service' };

/** What a key does to the alarms; `undefined` where it means something else. */
export function alarmAct(
  event: KeyboardEvent,
  { desk, acts, alarms }: { desk: Desk; acts: Acts; alarms: Alarms },
): (() => void) | undefined {
  if (desk.mode === 'wall' || acts.tab() !== 'alarms' || desk.past()) {
    return undefined;
  }
  return event.shiftKey ? shiftedAct(event, alarms) : plainAct(event, alarms);
}

function plainAct(event: KeyboardEvent, alarms: Alarms): (() => void) | undefined {
  // A Chinese input method types another sign on this key; the card of keys is its own.
  const asksForKeys = event.key === '?' || event.key === '？';
  if (event.key === '/' || (event.code === 'Slash' && !asksForKeys)) {
    return alarms.find;
  }
  const act = PLAIN[event.key.toUpperCase()];
  if (act !== undefined) {
    return () => alarms.act(act);
  }
  switch (event.key.toUpperCase()) {
    case 'E':
      return alarms.isFlood() ? () => alarms.setInLines(!alarms.inLines()) : undefined;
    case 'BACKSPACE':
      return alarms.list.query().line === null ? undefined : () => alarms.closeLine();
    default:
      return undefined;
  }
}

function shiftedAct(event: KeyboardEvent, alarms: Alarms): (() => void) | undefined {
  const severity = ALARMING[['Digit1', 'Digit2', 'Digit3', 'Digit4'].indexOf(event.code)];
  if (severity !== undefined) {
    return () => alarms.toggleSeverity(severity);
  }
  // A focused button or slider keeps its own keys.
  const onControl =
    event.target instanceof Element && event.target.closest('button, summary, video, input, [role="slider"]') !== null;
  switch (event.key.toUpperCase()) {
    case 'ARROWDOWN':
      return onControl ? undefined : () => alarms.extend(1);
    case 'ARROWUP':
      return onControl ? undefined : () => alarms.extend(-1);
    case 'ENTER':
      return onControl ? undefined : () => alarms.toggleCurrent();
    case 'F':
      return () => alarms.setFiltersOpen(!alarms.filtersOpen());
    case 'R':
      return () => alarms.act('reset');
    default:
      return undefined;
  }
}
