// What is open on the screen, and which keys do what.
//
// One place knows the keys; panels register what a key means while they are there.

import { type Accessor, createContext, createSignal, onCleanup, onMount, useContext } from 'solid-js';
import type { StepDto } from '../generated/wire';
import { alarmAct } from './alarm_keys';
import type { Alarms } from './alarms';
import { caseAct } from './case_keys';
import type { Cases } from './cases';
import type { Desk } from './desk';
import type { History } from './history';
import { PAGE_KEYS, PAGES, type Pages } from './pages';
import type { Pointing } from './pointing';
import type { Sound } from './sound';
import type { Sync } from './sync';
import { TOOL_KEYS } from './tool_keys';
import { PANELS, type Tools } from './tools';
import { type Torn, tornAct } from './torn';
import type { Views } from './views';

export type Tab = 'alarms' | 'events';

/** What the list in front can do with its current row. */
export interface ListActs {
  move(by: number): void;
  go(): void;
  acknowledge(): void;
}

export interface Acts {
  tab: Accessor<Tab>;
  setTab(tab: Tab): void;
  searching: Accessor<boolean>;
  setSearching(open: boolean): void;
  helping: Accessor<boolean>;
  setHelping(open: boolean): void;
  layersOpen: Accessor<boolean>;
  setLayersOpen(open: boolean): void;
  /** The list in front says what keys do to it. */
  listen(acts: ListActs): void;
  list(): ListActs | undefined;
}

const ActsContext = createContext<Acts>();
export const ActsProvider = ActsContext.Provider;

export function useActs(): Acts {
  const acts = useContext(ActsContext);
  if (acts === undefined) {
    throw new Error('useActs outside ActsProvider');
  }
  return acts;
}

export function createActs(): Acts {
  const [tab, setTab] = createSignal<Tab>('alarms');
  const [searching, setSearching] = createSignal(false);
  const [helping, setHelping] = createSignal(false);
  const [layersOpen, setLayersOpen] = createSignal(true);
  let front: ListActs | undefined;
  return {
    tab,
    setTab,
    searching,
    setSearching,
    helping,
    setHelping,
    layersOpen,
    setLayersOpen,
    listen(acts) {
      front = acts;
      onCleanup(() => {
        if (front === acts) {
          front = undefined;
        }
      });
    },
    list: () => front,
  };
}

/** What keys act on. */
export interface Keyed {
  desk: Desk;
  acts: Acts;
  tools: Tools;
  history: History;
  sync: Sync;
  pointing: Pointing;
  alarms: Alarms;
  cases: Cases;
  pages: Pages;
  torn: Torn;
  views: Pick<Views, 'isFull' | 'setFull'>;
  /** Absent on the wall, which nobody listens to. */
  sound: Sound | undefined;
}

/** Follows the keyboard until cleaned up. */
export function followKeys(keyed: Keyed): void {
  const { desk, acts, tools, alarms, cases } = keyed;
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || event.altKey || event.metaKey) {
      return;
    }
    if (event.ctrlKey) {
      if (event.key.toLowerCase() === 'k') {
        event.preventDefault();
        acts.setSearching(!acts.searching());
      } else if (!isTyping(event.target)) {
        const act = heldAct(event, keyed);
        if (act !== undefined) {
          event.preventDefault();
          act();
        }
      }
      return;
    }
    if (event.key === 'Escape') {
      closeFront(keyed);
      return;
    }
    if (isTyping(event.target)) {
      return;
    }
    const act =
      sketchAct(event, tools) ??
      pictureAct(event, desk) ??
      (tools.active() === undefined
        ? (alarmAct(event, { desk, acts, alarms }) ?? caseAct(event, { desk, acts, cases }))
        : undefined) ??
      timeAct(event, keyed) ??
      pageAct(event, keyed) ??
      tornAct(event, desk, keyed.torn) ??
      actOf(event, desk, acts, tools);
    if (act !== undefined) {
      event.preventDefault();
      act();
    }
  };
  onMount(() => window.addEventListener('keydown', onKey));
  onCleanup(() => window.removeEventListener('keydown', onKey));
}

/** With Ctrl: what was done last is taken back, and all rows are chosen. */
function heldAct(event: KeyboardEvent, { desk, acts, tools, alarms, cases }: Keyed): (() => void) | undefined {
  switch (event.key.toLowerCase()) {
    case 'z': {
      if (tools.active() !== undefined) {
        return tools.undo;
      }
      const back = desk.notice()?.act;
      return back === undefined
        ? undefined
        : () => {
            back.run();
            desk.dismissNotice();
          };
    }
    case 'a':
      if (!desk.live() || desk.mode === 'wall') {
        return undefined;
      }
      return acts.tab() === 'alarms' ? alarms.chooseAll : cases.chooseAll;
    default:
      return undefined;
  }
}

function closeFront(keyed: Keyed): void {
  const { desk, acts, tools, history, pointing, alarms, cases, pages, torn, views } = keyed;
  if (views.isFull()) {
    views.setFull(false);
  } else if (acts.searching()) {
    acts.setSearching(false);
  } else if (acts.helping()) {
    acts.setHelping(false);
  } else if (torn.menuOpen()) {
    torn.setMenuOpen(false);
  } else if (alarms.asked() !== undefined) {
    alarms.giveUp();
  } else if (cases.asked() !== undefined) {
    cases.giveUp();
  } else if (pointing.here() !== undefined) {
    pointing.closeHere();
  } else if (history.form() !== undefined) {
    history.setForm(undefined);
  } else if (history.brushing()) {
    history.setBrushing(false);
  } else if (tools.active() !== undefined || tools.fenceRing() !== undefined) {
    tools.cancel();
  } else if (cases.report() !== undefined) {
    cases.giveUpReport();
  } else if (tools.panel() !== undefined) {
    tools.close();
  } else if (pointing.selection.total > 0) {
    pointing.clear();
  } else if (desk.range() !== undefined) {
    desk.setRange(undefined);
  } else if (history.drawer() !== undefined) {
    history.close();
  } else if (pages.page() !== undefined) {
    pages.close();
  } else if (!(acts.tab() === 'alarms' ? alarms.back() : cases.back())) {
    alarms.close();
    desk.select(undefined);
  }
}

/** While points are collected, Enter ends the line and Backspace takes the newest point back. */
function sketchAct(event: KeyboardEvent, tools: Tools): (() => void) | undefined {
  const onButton = event.target instanceof Element && event.target.closest('button') !== null;
  if (tools.active() === undefined || onButton) {
    return undefined;
  }
  switch (event.key) {
    case 'Enter':
      return tools.finish;
    case 'Backspace':
      return tools.undo;
    default:
      return undefined;
  }
}

const STEPS: Record<string, [StepDto, StepDto]> = {
  // Without and with Shift.
  ArrowLeft: ['left', 'turn_left'],
  ArrowRight: ['right', 'turn_right'],
  ArrowUp: ['ahead', 'look_up'],
  ArrowDown: ['back', 'look_down'],
  '+': ['nearer', 'nearer'],
  '=': ['nearer', 'nearer'],
  '-': ['farther', 'farther'],
  _: ['farther', 'farther'],
};

/** The camera's keys, while the picture has the focus. */
function pictureAct(event: KeyboardEvent, desk: Desk): (() => void) | undefined {
  if (!(event.target instanceof Element) || !event.target.classList.contains('picture')) {
    return undefined;
  }
  if (event.key === 'Home') {
    return () => desk.attempt(desk.backend.gesture([{ kind: 'overview' }]));
  }
  const step = STEPS[event.key]?.[event.shiftKey ? 1 : 0];
  return step === undefined ? undefined : () => desk.attempt(desk.backend.gesture([{ kind: 'step', step }]));
}

/**
 * The keys on time. Letters that a tool or a list has already are taken with Shift; punctuation is known by its place on
 * the keyboard too, because a Chinese input method types other signs there.
 */
function timeAct(event: KeyboardEvent, { desk, tools, history, sync, sound }: Keyed): (() => void) | undefined {
  if (desk.mode === 'wall') {
    // Nobody sits at a wall: its one key chooses whose view it shows.
    return event.key.toUpperCase() === 'P' && !event.shiftKey ? () => sync.followNext() : undefined;
  }
  const by = (on: boolean) => (event.shiftKey ? () => desk.stepTo('alarm', on) : () => desk.stepTo('event', on));
  const is = (...names: string[]) => names.includes(event.key) || names.includes(event.code);
  if (is('Comma', ',', '<')) {
    return by(false);
  }
  if (is('Period', '.', '>')) {
    return by(true);
  }
  if (is('BracketLeft', '[')) {
    return () => desk.stepRate(-1);
  }
  if (is('BracketRight', ']')) {
    return () => desk.stepRate(1);
  }
  return event.shiftKey ? shiftedAct(event, desk, history, sound) : plainAct(event, tools, history);
}

function plainAct(event: KeyboardEvent, tools: Tools, history: History): (() => void) | undefined {
  if (tools.active() !== undefined) {
    return undefined;
  }
  switch (event.key.toUpperCase()) {
    case 'F2':
      return () => history.toggle('layers');
    case 'F3':
      return () => history.toggle('performance');
    case 'F4':
      return () => history.toggle('alarm_load');
    case 'D':
      return () => history.toggle('sources');
    case 'P':
      return () => history.toggle('desks');
    case 'T':
      return () => history.toggle('trend');
    default:
      return undefined;
  }
}

function shiftedAct(
  event: KeyboardEvent,
  desk: Desk,
  history: History,
  sound: Sound | undefined,
): (() => void) | undefined {
  const onButton = event.target instanceof Element && event.target.closest('button, summary') !== null;
  switch (event.key.toUpperCase()) {
    case ' ':
      return onButton || desk.branch() !== undefined ? undefined : () => desk.reverse();
    case 'B':
      return () => history.setBrushing(!history.brushing());
    case 'D':
      return () => history.toggle('outbox');
    case 'F4':
      return () => history.toggle('alarm_rules');
    case 'G':
      return () => history.setForm('go');
    case 'K':
      return () => desk.setKnowledge(desk.knowledge() === 'then' ? 'now' : 'then');
    case 'L':
      return () => desk.setLooping(!desk.looping());
    case 'M':
      return () => history.setForm('mark');
    case 'S':
      return () => sound?.silence();
    case 'T':
      return () => history.toggle('moments');
    default:
      return undefined;
  }
}

/** The pages above the twin, by number; with Shift the numbers are filters of the list in front. */
function pageAct(event: KeyboardEvent, { desk, pages }: Keyed): (() => void) | undefined {
  const page = PAGES.find((name) => PAGE_KEYS[name] === event.key);
  return page === undefined || event.shiftKey || desk.mode === 'wall' ? undefined : () => pages.toggle(page);
}

function actOf(event: KeyboardEvent, desk: Desk, acts: Acts, tools: Tools): (() => void) | undefined {
  const panel = PANELS.find((name) => TOOL_KEYS[name] === event.key.toUpperCase());
  if (panel !== undefined && desk.mode !== 'wall') {
    return () => tools.toggle(panel);
  }
  // A focused button keeps its own Space and Enter, a slider its arrows.
  const onControl =
    event.target instanceof Element && event.target.closest('button, summary, video, input, [role="slider"]') !== null;
  switch (event.key) {
    case 'j':
    case 'J':
      return () => acts.list()?.move(1);
    case 'k':
    case 'K':
      return () => acts.list()?.move(-1);
    case 'ArrowDown':
      return onControl ? undefined : () => acts.list()?.move(1);
    case 'ArrowUp':
      return onControl ? undefined : () => acts.list()?.move(-1);
    case 'Enter':
      return onControl ? undefined : () => acts.list()?.go();
    case ' ':
      return onControl ? undefined : () => desk.togglePlay();
    case 'a':
    case 'A':
      return () => acts.list()?.acknowledge();
    case 'l':
    case 'L':
      return () => acts.setLayersOpen(!acts.layersOpen());
    case '1':
      return () => acts.setTab('alarms');
    case '2':
      return () => acts.setTab('events');
    case 'Home':
    case 'r':
    case 'R':
      return () => desk.returnToLive();
    case 'n':
    case 'N':
      return () => desk.turnNorth();
    case 'g':
    case 'G':
      return () => tools.setMinimapOn(!tools.minimapOn());
    case '?':
      return () => acts.setHelping(!acts.helping());
    default:
      return undefined;
  }
}

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) {
    return target.type !== 'range';
  }
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
