// The keys of the event desk, while it is in front and shows the present.

import type { Acts } from './acts';
import { toggled } from './alarm_query';
import type { BarMove } from './case_words';
import type { Cases } from './cases';
import type { Desk } from './desk';
import { LEVELS } from './severity';

const PLAIN: Record<string, BarMove> = { W: 'comment', H: 'urge', Y: 'return', Q: 'set_level' };

/** What a key does to the cases; `undefined` where it means something else. */
export function caseAct(
  event: KeyboardEvent,
  { desk, acts, cases }: { desk: Desk; acts: Acts; cases: Cases },
): (() => void) | undefined {
  if (desk.mode === 'wall' || desk.past()) {
    return undefined;
  }
  // A new event is told of from wherever one is.
  if (event.shiftKey && event.key.toUpperCase() === 'N') {
    return () => cases.newCase();
  }
  if (acts.tab() !== 'events') {
    return undefined;
  }
  return event.shiftKey ? shiftedAct(event, cases) : plainAct(event, cases);
}

function plainAct(event: KeyboardEvent, cases: Cases): (() => void) | undefined {
  // A Chinese input method types another sign on this key; the card of keys is its own.
  const asksForKeys = event.key === '?' || event.key === '？';
  if (event.key === '/' || (event.code === 'Slash' && !asksForKeys)) {
    return cases.find;
  }
  const move = PLAIN[event.key.toUpperCase()];
  return move === undefined ? undefined : () => cases.askPicked(move);
}

function shiftedAct(event: KeyboardEvent, cases: Cases): (() => void) | undefined {
  const level = LEVELS[['Digit1', 'Digit2', 'Digit3', 'Digit4'].indexOf(event.code)];
  if (level !== undefined) {
    const query = cases.list.query();
    return () => cases.list.setQuery({ ...query, levels: toggled(query.levels, level) });
  }
  // A focused button or slider keeps its own keys.
  const onControl =
    event.target instanceof Element && event.target.closest('button, summary, video, input, [role="slider"]') !== null;
  switch (event.key.toUpperCase()) {
    case 'ARROWDOWN':
      return onControl ? undefined : () => cases.extend(1);
    case 'ARROWUP':
      return onControl ? undefined : () => cases.extend(-1);
    case 'ENTER':
      return onControl ? undefined : () => cases.toggleCurrent();
    case 'F':
      return () => cases.setFiltersOpen(!cases.filtersOpen());
    default:
      return undefined;
  }
}
