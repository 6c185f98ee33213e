// Panels in windows of their own: which stand elsewhere, which one this window is, and what is picked in one and shown in all.
//
// The moment shown is the desk's and comes to every window with its updates; what is picked goes by the host.

import { type Accessor, batch, createContext, createEffect, createSignal, on, onCleanup, useContext } from 'solid-js';
import type { PanelDto, PickDto, ScreenDto, WindowNoteDto } from '../generated/wire';
import type { Alarms } from './alarms';
import { type Desk, sameTarget } from './desk';
import { DRAWERS, type DrawerName, type History, isAlarmDrawer, isLiveDrawer, isSyncDrawer } from './history';
import type { Pages } from './pages';
import { setLanguage, t } from './texts';

/** Under what the part of the drawer is kept that goes with it. */
const KEPT_DRAWER = 'citymirror.torn_drawer';

export interface Torn {
  /** The panel that this window is; nothing in the main window. */
  own: PanelDto | undefined;
  /** The panels that stand in windows of their own. */
  panels: Accessor<readonly PanelDto[]>;
  isElsewhere(panel: PanelDto): boolean;
  /** Puts a panel into a window of its own, on a screen or where it stood last; brings it to the front where it has one. */
  tearOff(panel: PanelDto, screen?: string): void;
  /** Closes a panel's window: the panel is back in the main window. */
  bringBack(panel: PanelDto): void;
  /** As they were when the menu was opened. */
  screens: Accessor<readonly ScreenDto[]>;
  menuOpen: Accessor<boolean>;
  setMenuOpen(open: boolean): void;
}

/** What goes along with a panel, or is shown in all windows. */
export interface TornParts {
  alarms: Pick<Alarms, 'opened' | 'follow'>;
  history: Pick<History, 'drawer' | 'open' | 'close'>;
  pages: Pick<Pages, 'page' | 'close'>;
}

const TornContext = createContext<Torn>();
export const TornProvider = TornContext.Provider;

export function useTorn(): Torn {
  const torn = useContext(TornContext);
  if (torn === undefined) {
    throw new Error('useTorn outside TornProvider');
  }
  return torn;
}

/** The windows of `desk`, of which this one shows `own` alone. Call inside a Solid root. */
export function createTorn(desk: Desk, parts: TornParts, own: PanelDto | undefined): Torn {
  const { backend } = desk;
  const { history, pages } = parts;
  const [panels, setPanels] = createSignal<readonly PanelDto[]>([]);
  const [screens, setScreens] = createSignal<readonly ScreenDto[]>([]);
  const [menuOpen, showMenu] = createSignal(false);
  sharePick(desk, parts, (note) => {
    setPanels(note.torn);
    setLanguage(note.language);
  });

  function tearOff(panel: PanelDto, screen?: string): void {
    showMenu(false);
    const drawer = history.drawer();
    if (panel === 'drawer' && drawer !== undefined) {
      keepDrawer(drawer);
    }
    void backend.tearOff(panel, screen).then((result) => {
      if (!result.ok) {
        desk.attempt(Promise.resolve(result));
      } else if (panel === 'drawer') {
        history.close();
      } else if (pages.page() === panel) {
        pages.close();
      }
    });
  }
  const bringBack = (panel: PanelDto) => desk.attempt(backend.bringBack(panel));

  createEffect(
    on(pages.page, (page) => {
      if (page === undefined) {
        return;
      }
      if (own !== undefined) {
        pages.close();
        desk.say(t('torn.in_main'));
      } else if (panels().includes(page)) {
        // A page that stands elsewhere is shown there.
        pages.close();
        tearOff(page);
      }
    }),
  );
  if (own === 'drawer') {
    history.open(keptDrawer());
    // Whoever closes the drawer is done with its window.
    createEffect(
      on(history.drawer, (drawer) => {
        if (drawer === undefined) {
          bringBack('drawer');
        }
      }),
    );
  }

  return {
    own,
    panels,
    isElsewhere: (panel) => panel !== own && panels().includes(panel),
    tearOff,
    bringBack,
    screens,
    menuOpen,
    setMenuOpen(open) {
      showMenu(open);
      if (open) {
        void backend.screens().then((result) => setScreens(result.ok ? result.value : []));
      }
    },
  };
}

/** Shows what other windows pick, and tells them what is picked here. */
function sharePick(
  desk: Desk,
  { alarms }: TornParts,
  onLayout: (note: Extract<WindowNoteDto, { kind: 'layout' }>) => void,
): void {
  // What all windows know: only what differs from it is told, so that nothing goes round.
  let known: PickDto = { target: null, alarm: null };
  onCleanup(
    desk.backend.watchWindows((note) => {
      if (note.kind === 'layout') {
        onLayout(note);
        return;
      }
      known = note.pick;
      const target = note.pick.target ?? undefined;
      batch(() => {
        desk.follow(target);
        alarms.follow(note.pick.alarm === null ? undefined : { id: note.pick.alarm, target });
      });
    }),
  );
  createEffect(
    on(
      [desk.selected, alarms.opened],
      ([target, alarm]) => {
        if (sameTarget(known.target ?? undefined, target) && known.alarm === (alarm ?? null)) {
          return;
        }
        known = { target: target === undefined ? null : { ...target }, alarm: alarm ?? null };
        desk.attempt(desk.backend.tellPick(known));
      },
      { defer: true },
    ),
  );
}

/** The key of the windows: their menu in the main window, back to the main window in another. */
export function tornAct(event: KeyboardEvent, desk: Desk, torn: Torn): (() => void) | undefined {
  if (!event.shiftKey || event.key.toUpperCase() !== 'W' || desk.mode === 'wall') {
    return undefined;
  }
  const { own } = torn;
  return own === undefined ? () => torn.setMenuOpen(!torn.menuOpen()) : () => torn.bringBack(own);
}

function keepDrawer(drawer: DrawerName): void {
  try {
    localStorage.setItem(KEPT_DRAWER, drawer);
  } catch {
    // A page without storage opens the first part of the drawer.
  }
}

function keptDrawer(): DrawerName {
  try {
    const word = localStorage.getItem(KEPT_DRAWER) as DrawerName | null;
    const isDrawer = (name: DrawerName) =>
      (DRAWERS as readonly DrawerName[]).includes(name) ||
      isSyncDrawer(name) ||
      isLiveDrawer(name) ||
      isAlarmDrawer(name);
    return word !== null && isDrawer(word) ? word : 'trend';
  } catch {
    return 'trend';
  }
}
