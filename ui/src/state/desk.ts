// What several panels share: the newest update, the clock, the selection, and the acts that change them.
//
// Panels reach it through `useDesk`. It asks the backend and keeps what came; it decides nothing about the city.

import { type Accessor, createContext, createEffect, createMemo, createSignal, onCleanup, useContext } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { Backend, Result } from '../backend/backend';
import type { ClockDto, DeskUpdate, Mode, Start, Target, TwinNote } from '../generated/wire';
import { setLanguage } from './texts';
import { MINUTE } from './time';

/** How fast a recording can play, seconds of city time per second. */
export const RATES = [1, 60, 600] as const;
/** A scrub sends at most this many moments a second. */
const SCRUBS_PER_SECOND = 8;
/** How long a refusal stays on the screen. */
const NOTICE_MILLIS = 8000;

export type Opening = { state: 'loading' } | { state: 'failed'; message: string } | { state: 'open'; start: Start };

export interface Desk {
  backend: Backend;
  start: Start;
  mode: Mode;
  update: DeskUpdate;
  /** Wall time, ticking between updates. */
  now: Accessor<number>;
  /** The moment shown, ticking while it moves. */
  shown: Accessor<number>;
  live: Accessor<boolean>;
  playing: Accessor<boolean>;
  /** Anything but now is shown. */
  past: Accessor<boolean>;
  /** True where a hub could be followed, so that "live" means something. */
  hasHub: Accessor<boolean>;
  rate: Accessor<number>;
  selected: Accessor<Target | undefined>;
  twin: TwinState;
  notice: Accessor<string | undefined>;
  dismissNotice(): void;

  select(target: Target | undefined): void;
  selectAndFly(target: Target): void;
  flyTo(target: Target): void;
  goToView(name: string): void;
  turnNorth(): void;
  /** Does what may be refused, and says so when it was. */
  attempt(promise: Promise<Result<unknown>>): void;
  acknowledge(alarmId: string): void;
  setLayer(name: string, on: boolean): void;
  changeLanguage(language: string): void;
  /** Shows a past moment; many calls a second are fine. */
  scrubTo(time: number): void;
  play(): void;
  pause(): void;
  togglePlay(): void;
  setRate(rate: number): void;
  /** Live with a hub; the end of the recording without. */
  returnToLive(): void;
  returnToStart(): void;
  /** Playing has reached where it stops. */
  ended: Accessor<boolean>;
  /** The latest moment that can be shown. */
  end: Accessor<number>;
}

export interface TwinState {
  hover: Accessor<{ name: string; at: [number, number] } | undefined>;
  heading: Accessor<number>;
  metresPerPx: Accessor<number>;
  failure: Accessor<string | undefined>;
  /** Corners of the seen ground, longitude and latitude; empty when none is seen. */
  footprint: Accessor<[number, number][]>;
  /** Where the eye is, longitude and latitude. */
  eye: Accessor<[number, number] | undefined>;
  /** Hears everything that the twin tells, until cleaned up. */
  listen(onNote: (note: TwinNote) => void): void;
}

const DeskContext = createContext<Desk>();
export const DeskProvider = DeskContext.Provider;

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (desk === undefined) {
    throw new Error('useDesk outside DeskProvider');
  }
  return desk;
}

/** The desk's state around a `start` and the `first` update. Call inside a Solid root. */
export function createDesk(
  backend: Backend,
  start: Start,
  first: DeskUpdate,
): { desk: Desk; apply: (update: DeskUpdate) => void } {
  const [update, setUpdate] = createStore<DeskUpdate>(structuredClone(first));
  const [known, setKnown] = createStore<Start>(structuredClone(start));
  const time = tickingTime(update);
  const twin = followTwin(backend, (target) => select(target));
  const [selected, setSelected] = createSignal<Target | undefined>(undefined, { equals: sameTarget });
  const [notice, setNotice] = createSignal<string>();
  const [rate, keepRate] = createSignal<number>(RATES[1]);
  const hasHub = createMemo(() => update.connection.state !== 'no_hub');
  const end = () => (hasHub() ? time.now() : (update.newest ?? time.now()));

  let noticeTimer: ReturnType<typeof setTimeout> | undefined;
  function note(message: string): void {
    clearTimeout(noticeTimer);
    setNotice(message);
    noticeTimer = setTimeout(() => setNotice(undefined), NOTICE_MILLIS);
  }
  onCleanup(() => clearTimeout(noticeTimer));

  function attempt(promise: Promise<Result<unknown>>): void {
    void promise.then((result) => {
      if (!result.ok) {
        note(result.error.message);
      }
    });
  }

  function apply(next: DeskUpdate): void {
    const isOtherCity = next.city !== update.city;
    setUpdate(reconcile(next, { key: 'id' }));
    time.anchor();
    if (isOtherCity) {
      // The city may come only after the desk has opened: its name, views and layers are asked again.
      void backend.start().then((result) => {
        if (result.ok) {
          setKnown(reconcile(result.value, { key: 'name' }));
        }
      });
    }
  }

  function select(target: Target | undefined): void {
    setSelected(target);
    attempt(backend.select(target));
  }

  const sendMoment = throttled(1000 / SCRUBS_PER_SECOND, (moment: number) =>
    attempt(backend.setClock({ mode: 'at', time: Math.round(moment) })),
  );

  function setClock(clock: ClockDto): void {
    sendMoment.cancel();
    time.expect(clock);
    attempt(backend.setClock(clock));
  }

  const desk: Desk = {
    backend,
    start: known,
    mode: start.mode,
    update,
    now: time.now,
    shown: time.shown,
    live: () => time.clock().mode === 'live',
    playing: () => time.clock().mode === 'playing',
    past: () => time.clock().mode !== 'live',
    hasHub,
    rate,
    selected,
    twin,
    notice,
    dismissNotice: () => setNotice(undefined),
    attempt,
    select,
    selectAndFly: (target) => {
      select(target);
      attempt(backend.flyTo(target));
    },
    flyTo: (target) => attempt(backend.flyTo(target)),
    goToView: (name) => attempt(backend.goToView(name)),
    turnNorth: () => attempt(backend.gesture([{ kind: 'north' }])),
    acknowledge: (alarmId) => attempt(backend.acknowledge(alarmId)),
    setLayer: (name, on) => attempt(backend.setLayer(name, on)),
    changeLanguage: (language) => {
      setLanguage(language);
      attempt(backend.setLanguage(language));
    },
    scrubTo: (moment) => {
      const held = Math.min(end(), Math.max(start.history_from, moment));
      time.expect({ mode: 'at', time: held });
      sendMoment.call(held);
    },
    play: () => {
      // From the very end there is nothing to play, so the recording begins again.
      const from = time.shown() >= end() - 1000 ? (hasHub() ? end() - 10 * MINUTE : start.history_from) : time.shown();
      setClock({ mode: 'playing', from: Math.round(from), rate: rate(), until: Math.round(end()) });
    },
    pause: () => setClock({ mode: 'at', time: Math.round(time.shown()) }),
    togglePlay: () => (time.clock().mode === 'at' ? desk.play() : desk.pause()),
    setRate: (wanted) => {
      keepRate(wanted);
      if (desk.playing()) {
        desk.play();
      }
    },
    returnToLive: () => setClock(hasHub() ? { mode: 'live' } : { mode: 'at', time: Math.round(end()) }),
    returnToStart: () => setClock({ mode: 'at', time: start.history_from }),
    ended: () => {
      const clock = time.clock();
      return clock.mode === 'playing' && time.shown() >= clock.until;
    },
    end,
  };
  return { desk, apply };
}

/** Time between updates: the host's wall time and the moment shown run on by themselves. */
function tickingTime(update: DeskUpdate) {
  const [elapsed, setElapsed] = createSignal(0);
  const [ahead, setAhead] = createSignal<{ clock: ClockDto; shown: number; now: number }>();
  let anchored = performance.now();
  // Four ticks a second: a second's change is never late by more than a quarter.
  const timer = setInterval(() => setElapsed(performance.now() - anchored), 250);
  onCleanup(() => clearInterval(timer));

  // What the person just asked for counts until the host has answered, so that a drag never jumps back.
  const clock = () => ahead()?.clock ?? update.clock;
  const now = () => update.now + elapsed();
  const shown = () => {
    const wanted = ahead();
    const running = wanted?.clock ?? update.clock;
    switch (running.mode) {
      case 'live':
        return now();
      case 'at':
        return running.time;
      case 'playing': {
        const base = wanted === undefined ? update.shown : wanted.shown;
        const passed = wanted === undefined ? elapsed() : now() - wanted.now;
        return Math.min(running.until, base + running.rate * Math.max(0, passed));
      }
    }
  };
  return {
    now,
    shown,
    clock,
    anchor() {
      anchored = performance.now();
      setElapsed(0);
      const wanted = ahead();
      if (wanted !== undefined && (answers(update.clock, wanted.clock) || update.now - wanted.now > 1500)) {
        setAhead(undefined);
      }
    },
    expect(wanted: ClockDto) {
      const from = wanted.mode === 'at' ? wanted.time : wanted.mode === 'playing' ? wanted.from : update.now;
      setAhead({ clock: wanted, shown: from, now: now() });
    },
  };
}

function answers(got: ClockDto, wanted: ClockDto): boolean {
  if (got.mode === 'at' && wanted.mode === 'at') {
    return Math.abs(got.time - wanted.time) <= 1;
  }
  if (got.mode === 'playing' && wanted.mode === 'playing') {
    return got.rate === wanted.rate && got.from === wanted.from;
  }
  return got.mode === wanted.mode;
}

function followTwin(backend: Backend, onPicked: (target: Target | undefined) => void): TwinState {
  const [hover, setHover] = createSignal<{ name: string; at: [number, number] }>();
  const [heading, setHeading] = createSignal(0);
  const [metresPerPx, setMetresPerPx] = createSignal(0);
  const [failure, setFailure] = createSignal<string>();
  const [footprint, setFootprint] = createSignal<[number, number][]>([]);
  const [eye, setEye] = createSignal<[number, number]>();
  const listeners = new Set<(note: TwinNote) => void>();
  onCleanup(
    backend.watchTwin((note: TwinNote) => {
      for (const listener of listeners) {
        listener(note);
      }
      switch (note.kind) {
        case 'picked':
          onPicked(note.target ?? undefined);
          break;
        case 'hovering':
          setHover(note.name === null ? undefined : { name: note.name, at: note.at });
          break;
        case 'camera':
          setHeading(note.heading_deg);
          setMetresPerPx(note.metres_per_px);
          setFootprint(note.footprint);
          setEye([note.eye[0], note.eye[1]]);
          break;
        case 'failed':
          setFailure(note.reason);
          break;
        case 'measured':
        case 'sketched':
        case 'view':
          // Told to whoever listens: only the tools know what was asked for.
          break;
      }
    }),
  );
  return {
    hover,
    heading,
    metresPerPx,
    failure,
    footprint,
    eye,
    listen(onNote) {
      listeners.add(onNote);
      onCleanup(() => listeners.delete(onNote));
    },
  };
}

export function sameTarget(a: Target | undefined, b: Target | undefined): boolean {
  return a?.kind === b?.kind && a?.id === b?.id;
}

/** Calls through at once, then at most every `millis`; the last call is never lost. */
export function throttled<A>(millis: number, act: (argument: A) => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waiting: { argument: A } | undefined;
  function fire(): void {
    timer = undefined;
    if (waiting !== undefined) {
      const { argument } = waiting;
      waiting = undefined;
      act(argument);
      timer = setTimeout(fire, millis);
    }
  }
  return {
    call(argument: A) {
      waiting = { argument };
      if (timer === undefined) {
        fire();
      }
    },
    cancel() {
      clearTimeout(timer);
      timer = undefined;
      waiting = undefined;
    },
  };
}

/** Runs `act` now and whenever what it reads changes, but not more often than every `millis`. */
export function everyAtMost(millis: number, read: () => unknown, act: () => void): void {
  const gate = throttled<undefined>(millis, () => act());
  createEffect(() => {
    read();
    gate.call(undefined);
  });
  onCleanup(() => gate.cancel());
}
