// The panels that can stand in windows of their own, and which of them this page is.

import type { PanelDto } from '../generated/wire';

/** Every panel, in the order in which they are offered. */
export const PANELS = [
  'alarms',
  'events',
  'card',
  'timeline',
  'drawer',
  'duty',
  'analysis',
  'plans',
  'video',
] as const satisfies readonly PanelDto[];

/** The panel that a page shows alone, from its address: `?panel=alarms`. */
export function panelOf(search: string): PanelDto | undefined {
  const word = new URLSearchParams(search).get('panel');
  return PANELS.find((panel) => panel === word);
}
