// What is open on the screen, and which keys do what.
//
// One place knows the keys; panels register what a key means while they are there.

import { type Accessor, createContext, createSignal, onCleanup, onMount, useContext } from 'solid-js';
import type { Desk } from './desk';

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

/** Follows the keyboard until cleaned up. */
export function followKeys(desk: Desk, acts: Acts): void {
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || event.altKey || event.metaKey) {
      return;
    }
    if (event.ctrlKey) {
      if (event.key.toLowerCase() === 'k') {
        event.preventDefault();
        acts.setSearching(!acts.searching());
      }
      return;
    }
    if (event.key === 'Escape') {
      closeFront(desk, acts);
      return;
    }
    if (isTyping(event.target)) {
      return;
    }
    const act = actOf(event, desk, acts);
    if (act !== undefined) {
      event.preventDefault();
      act();
    }
  };
  onMount(() => window.addEventListener('keydown', onKey));
  onCleanup(() => window.removeEventListener('keydown', onKey));
}

function closeFront(desk: Desk, acts: Acts): void {
  if (acts.searching()) {
    acts.setSearching(false);
  } else if (acts.helping()) {
    acts.setHelping(false);
  } else {
    desk.select(undefined);
  }
}

function actOf(event: KeyboardEvent, desk: Desk, acts: Acts): (() => void) | undefined {
  // A focused button keeps its own Space and Enter, a slider its arrows.
  const onControl =
    event.target instanceof Element && event.target.closest('button, summary, video, [role="slider"]') !== null;
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
    case '?':
      return () => acts.setHelping(!acts.helping());
    default:
      return undefined;
  }
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}
