// The windows of one desk: panels that stand in windows of their own, and what one window tells the others.

import type { PanelDto, PickDto, ScreenDto, WindowNoteDto } from '../generated/wire';
import type { Command, Result, Stop } from './backend';

export interface WindowsBackend {
  /** Calls `onNote` with which panels stand elsewhere, and with what another window picked: at once, and whenever it changes. */
  watchWindows(onNote: (note: WindowNoteDto) => void): Stop;
  /** The screens that windows can stand on. */
  screens(): Promise<Result<ScreenDto[]>>;
  /** Puts a panel into a window of its own, on a screen or where it stood last; brings it to the front where it has one. */
  tearOff(panel: PanelDto, screen: string | undefined): Promise<Result<void>>;
  /** Closes a panel's window. */
  bringBack(panel: PanelDto): Promise<Result<void>>;
  /** Tells the other windows what was picked in this one. */
  tellPick(pick: PickDto): Promise<Result<void>>;
}

/** How a channel of the host is followed. */
export type Follow = <T>(name: string, onMessage: (message: T) => void) => Stop;

export function windowsBackend(command: Command, follow: Follow): WindowsBackend {
  return {
    watchWindows: (onNote) => follow<WindowNoteDto>('watch_windows', onNote),
    screens: () => command<ScreenDto[]>('screens'),
    tearOff: (panel, screen) => command('tear_off', { panel, screen: screen ?? null }),
    bringBack: (panel) => command('bring_back', { panel }),
    tellPick: (pick) => command('tell_pick', { pick }),
  };
}
