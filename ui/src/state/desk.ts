// What several panels share: the newest update, the clock, the selection, and the acts that change them.
//
// Panels reach it through `useDesk`. It asks the backend and keeps what came; it decides nothing about the city.

import { type Accessor, createContext, createEffect, createMemo, createSignal, onCleanup, useContext } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { Backend, Result, Span } from '../backend/backend';
import type {
  ClockDto,
  DeskUpdate,
  FieldDto,
  HoverDto,
  KnowledgeDto,
  Mode,
  Start,
  StepKindDto,
  Target,
  TwinNote,
} from '../generated/wire';
import { FIRST_RATE, isOver, playFrom, reversedRate, steppedRate, tickingTime } from './clock';
import { setLanguage, t } from './texts';
import { MINUTE } from './time';

/** A scrub sends at most this many moments a second. */
const SCRUBS_PER_SECOND = 8;
/** How long a refusal stays on the screen. */
const NOTICE_MILLIS = 8000;

export type Opening = { state: 'loading' } | { state: 'failed'; message: string } | { state: 'open'; start: Start };

/** One line for the person: a refusal, or something that came about, with what can be done about it. */
export interface Notice {
  text: string;
  isRefusal: boolean;
  act: { words: string; run(): void } | undefined;
}

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
  /** Seconds of city time per second; negative plays backwards. */
  rate: Accessor<number>;
  /** A range, or the whole, is played again and again. */
  looping: Accessor<boolean>;
  /** The stretch that the person marked on the timeline. */
  range: Accessor<Span | undefined>;
  setRange(range: Span | undefined): void;
  /** The what-if that is shown. */
  branch: Accessor<string | undefined>;
  /** The oldest moment that history holds. */
  oldest: Accessor<number>;
  knowledge: Accessor<KnowledgeDto>;
  setKnowledge(knowledge: KnowledgeDto): void;
  selected: Accessor<Target | undefined>;
  twin: TwinState;
  notice: Accessor<Notice | undefined>;
  dismissNotice(): void;
  /** Shows a line that is no refusal. */
  say(text: string, act?: { words: string; run(): void }): void;

  select(target: Target | undefined): void;
  /** Shows as selected what was selected in another window of this desk; the host knows it. */
  follow(target: Target | undefined): void;
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
  /** Shows a moment of the recorded past: out of any what-if, and before this desk's own history too. */
  goTo(time: number): void;
  play(): void;
  pause(): void;
  togglePlay(): void;
  setRate(rate: number): void;
  stepRate(by: 1 | -1): void;
  /** Plays the other way. */
  reverse(): void;
  setLooping(looping: boolean): void;
  /** Plays `range` again and again, from its own beginning. */
  loop(range: Span): void;
  /** To the next or the last event, alarm or marked moment. */
  stepTo(kind: StepKindDto, forward: boolean): void;
  enterBranch(id: string, time: number): void;
  leaveBranch(): void;
  /** Live with a hub; the end of the recording without. */
  returnToLive(): void;
  returnToStart(): void;
  /** Playing has reached where it stops. */
  ended: Accessor<boolean>;
  /** The latest moment that can be shown. */
  end: Accessor<number>;
}

/** What is under the pointer: `name` is empty over nothing but ground; `facts` where more than a name is known. */
export interface Hovered {
  name: string;
  at: [number, number];
  facts: HoverDto | undefined;
  /** What layers say of the ground there. */
  fields: FieldDto[];
}

export interface TwinState {
  hover: Accessor<Hovered | undefined>;
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
  const [notice, setNotice] = createSignal<Notice>();
  const hasHub = createMemo(() => update.connection.state !== 'no_hub');
  const end = () => (hasHub() ? time.now() : (update.newest ?? time.now()));
  const oldest = () => Math.min(update.history.from ?? start.history_from, end());

  let noticeTimer: ReturnType<typeof setTimeout> | undefined;
  function note(shown: Notice): void {
    clearTimeout(noticeTimer);
    setNotice(shown);
    noticeTimer = setTimeout(() => setNotice(undefined), NOTICE_MILLIS);
  }
  onCleanup(() => clearTimeout(noticeTimer));

  function attempt(promise: Promise<Result<unknown>>): void {
    void promise.then((result) => {
      if (!result.ok) {
        note({ text: t('app.notice', { message: result.error.message }), isRefusal: true, act: undefined });
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
    oldest,
    selected,
    twin,
    notice,
    dismissNotice: () => setNotice(undefined),
    say: (text, act) => note({ text, isRefusal: false, act }),
    attempt,
    select,
    follow: (target) => setSelected(target),
    selectAndFly: (target) => {
      select(target);
      attempt(backend.flyTo(target));
    },
    flyTo: (target) => attempt(backend.flyTo(target)),
    goToView: (name) => attempt(backend.goToView(name)),
    turnNorth: () => attempt(backend.gesture([{ kind: 'north' }])),
    acknowledge: (alarmId) => attempt(backend.acknowledge(alarmId)),
    setLayer: (name, on) => {
      // Whoever shows the switch next sees what was chosen.
      setKnown('layers', (layer) => layer.name === name, 'on', on);
      attempt(backend.setLayer(name, on));
    },
    changeLanguage: (language) => {
      // The host first: what is read again because of the new language is to come in it.
      attempt(backend.setLanguage(language));
      setLanguage(language);
    },
    end,
    ...createTransport(backend, update, time, { hasHub, end, oldest }, attempt, (text) =>
      note({ text, isRefusal: false, act: undefined }),
    ),
  };
  return { desk, apply };
}

type Ticking = ReturnType<typeof tickingTime>;

/** Whatever moves the clock. */
function createTransport(
  backend: Backend,
  update: DeskUpdate,
  time: Ticking,
  ends: { hasHub: Accessor<boolean>; end: Accessor<number>; oldest: Accessor<number> },
  attempt: (promise: Promise<Result<unknown>>) => void,
  say: (text: string) => void,
) {
  const [rate, keepRate] = createSignal<number>(update.clock.mode === 'playing' ? update.clock.rate : FIRST_RATE);
  const [looping, keepLooping] = createSignal(false);
  const [range, keepRange] = createSignal<Span | undefined>(undefined, {
    equals: (a, b) => a?.from === b?.from && a?.to === b?.to,
  });
  const playing = () => time.clock().mode === 'playing';
  const branch = () => {
    const clock = time.clock();
    return clock.mode === 'branch' ? clock.id : undefined;
  };

  /** The clock that stands at `moment`, in the branch that is shown. */
  function standing(moment: number): ClockDto {
    const id = branch();
    return id === undefined
      ? { mode: 'at', time: Math.round(moment) }
      : { mode: 'branch', id, time: Math.round(moment) };
  }
  const sendClock = throttled(1000 / SCRUBS_PER_SECOND, (clock: ClockDto) => attempt(backend.setClock(clock)));
  onCleanup(() => sendClock.cancel());
  function setClock(clock: ClockDto): void {
    sendClock.cancel();
    time.expect(clock);
    attempt(backend.setClock(clock));
  }

  function play(): void {
    // A what-if has no recorded course that could be played.
    if (branch() !== undefined) {
      say(t('branch.stands'));
      return;
    }
    const marked = looping() ? range() : undefined;
    const whole = { from: ends.oldest(), to: ends.end() };
    const again =
      rate() < 0
        ? (marked ?? whole).to
        : (marked?.from ?? (ends.hasHub() ? Math.max(whole.from, whole.to - 10 * MINUTE) : whole.from));
    setClock(playFrom(time.shown(), rate(), marked ?? whole, looping(), again));
  }
  function playOn(): void {
    if (playing()) {
      play();
    }
  }
  function setRate(wanted: number): void {
    keepRate(wanted);
    playOn();
  }
  const pause = () => setClock(standing(time.shown()));
  const isStanding = () => time.clock().mode === 'at' || time.clock().mode === 'branch';
  const toLive = () => setClock(ends.hasHub() ? { mode: 'live' } : { mode: 'at', time: Math.round(ends.end()) });

  return {
    rate,
    looping,
    range,
    branch,
    knowledge: () => update.knowledge,
    setKnowledge: (knowledge: KnowledgeDto) => attempt(backend.setKnowledge(knowledge)),
    setRange(wanted: Span | undefined) {
      keepRange(wanted);
      if (looping()) {
        playOn();
      }
    },
    scrubTo(moment: number) {
      const clock = standing(Math.min(ends.end(), Math.max(ends.oldest(), moment)));
      time.expect(clock);
      sendClock.call(clock);
    },
    goTo: (moment: number) => setClock({ mode: 'at', time: Math.round(moment) }),
    play,
    pause,
    togglePlay: () => (isStanding() ? play() : pause()),
    setRate,
    stepRate: (by: 1 | -1) => setRate(steppedRate(rate(), by)),
    reverse() {
      keepRate(reversedRate(rate()));
      play();
    },
    setLooping(wanted: boolean) {
      keepLooping(wanted);
      playOn();
    },
    loop(wanted: Span) {
      if (branch() !== undefined) {
        say(t('branch.stands'));
        return;
      }
      keepLooping(true);
      const first = rate() < 0 ? wanted.to : wanted.from;
      setClock(playFrom(first, rate(), wanted, true, first));
    },
    stepTo(kind: StepKindDto, forward: boolean) {
      if (branch() !== undefined) {
        say(t('branch.stands'));
        return;
      }
      sendClock.cancel();
      void backend.stepTo(kind, forward).then((result) => {
        if (!result.ok) {
          attempt(Promise.resolve(result));
        } else if (result.value === null) {
          say(forward ? t('time.step_none_later') : t('time.step_none_earlier'));
        } else {
          time.expect({ mode: 'at', time: result.value });
        }
      });
    },
    enterBranch: (id: string, at: number) => setClock({ mode: 'branch', id, time: Math.round(at) }),
    leaveBranch: () => setClock({ mode: 'at', time: Math.round(time.shown()) }),
    returnToLive: toLive,
    returnToStart: () => setClock({ mode: 'at', time: Math.round(ends.oldest()) }),
    // A host may stand still at the end by itself; a recording then has nothing later.
    ended: () =>
      isOver(time.clock(), time.shown()) ||
      (!ends.hasHub() && time.clock().mode === 'at' && time.shown() >= ends.end()),
  };
}

function followTwin(backend: Backend, onPicked: (target: Target | undefined) => void): TwinState {
  const [hover, setHover] = createSignal<Hovered>();
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
          setHover(
            note.name === null && note.fields.length === 0
              ? undefined
              : { name: note.name ?? '', at: note.at, facts: note.hover ?? undefined, fields: note.fields },
          );
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
        case 'here':
        case 'selection':
        case 'performance':
          // Told to whoever listens: only they know what was asked for.
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
