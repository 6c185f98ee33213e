// Which key opens which tool. One place, for the dock, the keyboard and the help card.

import type { PanelName } from './tools';

export const TOOL_KEYS: Record<PanelName, string> = {
  find: 'F',
  look: 'V',
  colour: 'C',
  sun: 'S',
  measure: 'M',
  underground: 'U',
  cut: 'X',
  compare: 'O',
  bookmarks: 'B',
};
