// Which page stands above the twin: the event board, the duty log, the analysis, the plans, the video; and which tab of an
// event is in front.
//
// A page and the drawer take their room from the same twin: one of them is open at a time.

import { type Accessor, createContext, createEffect, createSignal, on, useContext } from 'solid-js';
import type { History } from './history';

export const PAGES = ['events', 'duty', 'analysis', 'plans', 'video'] as const;
export type PageName = (typeof PAGES)[number];

/** The keys of the pages; 1 and 2 are the lists on the left. */
export const PAGE_KEYS: Record<PageName, string> = { events: '3', duty: '4', analysis: '5', plans: '6', video: '7' };

/** The tabs of an event, in the order in which they stand. */
export const CASE_TABS = ['overview', 'timeline', 'reports', 'plan', 'dispatch', 'picture', 'files'] as const;
export type CaseTab = (typeof CASE_TABS)[number];

export interface Pages {
  page: Accessor<PageName | undefined>;
  /** Opens a page; the drawer closes. */
  open(page: PageName): void;
  toggle(page: PageName): void;
  close(): void;
  /** Of the page only its head stands, and the twin has the room. */
  folded: Accessor<boolean>;
  setFolded(on: boolean): void;
  /** The tab of the event's page in the card. */
  caseTab: Accessor<CaseTab>;
  setCaseTab(tab: CaseTab): void;
}

const PagesContext = createContext<Pages>();
export const PagesProvider = PagesContext.Provider;

export function usePages(): Pages {
  const pages = useContext(PagesContext);
  if (pages === undefined) {
    throw new Error('usePages outside PagesProvider');
  }
  return pages;
}

/** The pages beside `history`'s drawer. Call inside a Solid root. */
export function createPages(history: Pick<History, 'drawer' | 'close'>): Pages {
  const [page, setPage] = createSignal<PageName>();
  const [folded, setFolded] = createSignal(false);
  const [caseTab, setCaseTab] = createSignal<CaseTab>('overview');
  createEffect(
    on(history.drawer, (drawer) => {
      if (drawer !== undefined) {
        setPage(undefined);
      }
    }),
  );
  function open(wanted: PageName): void {
    history.close();
    setFolded(false);
    setPage(wanted);
  }
  return {
    page,
    open,
    toggle(wanted) {
      if (page() === wanted) {
        setPage(undefined);
      } else {
        open(wanted);
      }
    },
    close: () => setPage(undefined),
    folded,
    setFolded,
    caseTab,
    setCaseTab,
  };
}
