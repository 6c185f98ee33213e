// Working with the twin: which tool is open, what it came to, and what the person set. Panels show it; Rust decides.

import { type Accessor, createContext, createMemo, createSignal, onCleanup, useContext } from 'solid-js';
import type {
  BookmarkDto,
  CityChoiceDto,
  ClipsDto,
  ColourByDto,
  CompareDto,
  CutDto,
  FindDto,
  LegendDto,
  LookDto,
  MeasuredDto,
  ShowDto,
  SketchDto,
  SunDto,
  ToolKindDto,
  UndergroundDto,
} from '../generated/wire';
import { withNew } from './bookmarks';
import { type Desk, throttled } from './desk';
import { MINUTE } from './time';

export const PANELS = [
  'find',
  'look',
  'colour',
  'sun',
  'measure',
  'underground',
  'cut',
  'compare',
  'bookmarks',
] as const;
export type PanelName = (typeof PANELS)[number];

/** Cuts that the twin draws at once. */
export const MAX_CUTS = 8;
/** A new polygon cuts from far below to far above, metres. */
const CUT_FROM_TO_M = [-50, 1000] as const;
/** Width that people can work in, and a usual depth, metres. */
const TRENCH_M = { width: 0.6, depth: 3 } as const;
/** A slider is followed at most so often. */
const FOLLOW_MILLIS = 60;
/** Playing the sun: city minutes a tick, and milliseconds between ticks. */
const SUN_STEP = { millis: 10 * MINUTE, every: 250 } as const;

export interface Measurement {
  values: MeasuredDto[];
  points: [number, number, number][];
  done: boolean;
}

export interface Tools {
  panel: Accessor<PanelName | undefined>;
  /** Opens a panel, or closes it when it is the open one. */
  toggle(panel: PanelName): void;
  close(): void;

  active: Accessor<ToolKindDto | undefined>;
  start(tool: ToolKindDto): void;
  finish(): void;
  undo(): void;
  cancel(): void;
  measured: Accessor<Measurement | undefined>;

  clips: Accessor<ClipsDto>;
  setClips(clips: ClipsDto): void;
  trenchAlong(id: string): void;

  /** A ring drawn for a query. */
  ring: Accessor<[number, number][] | undefined>;
  clearRing(): void;

  /** Takes up the tool that draws a geofence. */
  startFence(): void;
  /** True while its corners are collected. */
  drawsFence: Accessor<boolean>;
  /** A ring drawn for a geofence, until it is kept or `cancel` gives it up. */
  fenceRing: Accessor<[number, number][] | undefined>;

  /** Takes up a tool for a panel of its own: what is drawn goes to `take`, and nothing of it stays with the tools. */
  draw(owner: string, tool: ToolKindDto, take: (sketch: SketchDto) => void): void;
  /** Whose points are collected now. */
  drawsFor: Accessor<string | undefined>;

  look: Accessor<LookDto>;
  setLook(change: Partial<LookDto>): void;
  /** What the city model may take, MiB. */
  budget: Accessor<number>;
  setBudget(mib: number): void;
  sun: Accessor<SunDto | undefined>;
  sunPlays: Accessor<boolean>;
  playSun(on: boolean): void;

  underground: Accessor<UndergroundDto>;
  setUnderground(change: Partial<UndergroundDto>): void;

  compare: Accessor<CompareDto>;
  setCompare(compare: CompareDto): void;
  compared: Accessor<CityChoiceDto | undefined>;
  openCompared(folder: string | undefined): Promise<string | undefined>;

  legend: Accessor<LegendDto | undefined>;
  /** Resolves to a refusal in words. */
  colourBy(ask: ColourByDto | undefined): Promise<string | undefined>;

  /** How many features are isolated, faded or hidden; 0 when all are shown. */
  standsOut: Accessor<number>;
  showFound(ask: FindDto, how: ShowDto): void;
  showFeature(id: string, how: ShowDto): void;
  showAll(): void;

  bookmarks: Accessor<BookmarkDto[] | undefined>;
  readBookmarks(): void;
  /** Keeps a changed list. */
  keep(list: BookmarkDto[]): void;
  /** Asks the twin for its view, and keeps it under these words. */
  keepView(title: string, note: string): void;
  undoKeep: Accessor<(() => void) | undefined>;

  minimapOn: Accessor<boolean>;
  setMinimapOn(on: boolean): void;
}

const ToolsContext = createContext<Tools>();
export const ToolsProvider = ToolsContext.Provider;

export function useTools(): Tools {
  const tools = useContext(ToolsContext);
  if (tools === undefined) {
    throw new Error('useTools outside ToolsProvider');
  }
  return tools;
}

/** Working with the twin of `desk`. Call inside a Solid root. */
export function createTools(desk: Desk): Tools {
  const { backend, attempt } = desk;
  const [panel, setPanel] = createSignal<PanelName>();
  const [minimapOn, setMinimapOn] = createSignal(true);
  const sketching = createSketching(desk);
  const looks = createLooks(desk);
  const showing = createShowing(desk);
  const views = createBookmarks(desk);
  const [underground, keepUnderground] = createSignal<UndergroundDto>({ on: false, opacity: 0.25 });
  const [compare, keepCompare] = createSignal<CompareDto>({ mode: 'off' });
  const [compared, setCompared] = createSignal<CityChoiceDto>();
  const sendUnderground = throttled(FOLLOW_MILLIS, (wanted: UndergroundDto) => attempt(backend.setUnderground(wanted)));
  const sendCompare = throttled(FOLLOW_MILLIS, (wanted: CompareDto) => attempt(backend.setCompare(wanted)));
  onCleanup(() => {
    sendUnderground.cancel();
    sendCompare.cancel();
  });

  function setCompare(wanted: CompareDto): void {
    keepCompare(wanted);
    sendCompare.call(wanted);
  }

  return {
    ...sketching,
    ...looks,
    ...showing,
    ...views,
    panel,
    toggle(wanted) {
      sketching.cancel();
      setPanel(panel() === wanted ? undefined : wanted);
    },
    close() {
      sketching.cancel();
      setPanel(undefined);
    },
    startFence() {
      // The panel of another tool would take the clicks for its own.
      setPanel(undefined);
      sketching.startFence();
    },
    draw(owner, tool, take) {
      setPanel(undefined);
      sketching.draw(owner, tool, take);
    },
    underground,
    setUnderground(change) {
      const wanted = { ...underground(), ...change };
      keepUnderground(wanted);
      sendUnderground.call(wanted);
    },
    compare,
    setCompare,
    compared,
    async openCompared(folder) {
      const result = await backend.openCompared(folder);
      if (!result.ok) {
        return result.error.message;
      }
      setCompared(result.value ?? undefined);
      setCompare(result.value === null ? { mode: 'off' } : { mode: 'swipe', at: 0.5 });
      return undefined;
    },
    minimapOn,
    setMinimapOn,
  };
}

function createSketching(desk: Desk) {
  const { backend, attempt } = desk;
  const [active, setActive] = createSignal<ToolKindDto>();
  const [measured, setMeasured] = createSignal<Measurement>();
  const [clips, keepClips] = createSignal<ClipsDto>({ cuts: [], trench: null });
  const [ring, setRing] = createSignal<[number, number][]>();
  const [isForFence, setForFence] = createSignal(false);
  const [fenceRing, setFenceRing] = createSignal<[number, number][]>();
  const [taker, setTaker] = createSignal<{ owner: string; take: (sketch: SketchDto) => void }>();
  const sendClips = throttled(FOLLOW_MILLIS, (wanted: ClipsDto) => attempt(backend.setClips(wanted)));
  onCleanup(() => sendClips.cancel());

  function setClips(wanted: ClipsDto): void {
    keepClips(wanted);
    sendClips.call(wanted);
  }
  function take(sketch: SketchDto): void {
    switch (sketch.kind) {
      case 'trench': {
        const { width_m, depth_m } = clips().trench ?? { width_m: TRENCH_M.width, depth_m: TRENCH_M.depth };
        setClips({ ...clips(), trench: { line: sketch.line, width_m, depth_m } });
        break;
      }
      case 'ring':
        if (sketch.cuts) {
          const [bottom_m, top_m] = CUT_FROM_TO_M;
          addCut({ kind: 'polygon', ring: sketch.ring, bottom_m, top_m, keep: 'outside' });
        } else {
          const take = isForFence() ? setFenceRing : setRing;
          take(sketch.ring.map(([lon, lat]): [number, number] => [lon, lat]));
        }
        break;
      case 'box':
        addCut({ ...sketch, keep: 'inside' });
        break;
      case 'point':
      case 'path':
        // Only drawn for a panel that takes it itself.
        break;
    }
  }
  function addCut(cut: CutDto): void {
    setClips({ ...clips(), cuts: [...clips().cuts, cut].slice(-MAX_CUTS) });
  }
  function start(tool: ToolKindDto, isFence: boolean): void {
    setForFence(isFence);
    setFenceRing(undefined);
    setTaker(undefined);
    setMeasured(undefined);
    setActive(tool);
    attempt(backend.tool({ act: 'start', tool }));
  }
  function cancel(): void {
    setFenceRing(undefined);
    setTaker(undefined);
    if (active() !== undefined || measured() !== undefined) {
      setActive(undefined);
      setMeasured(undefined);
      attempt(backend.tool({ act: 'cancel' }));
    }
  }
  desk.twin.listen((note) => {
    if (note.kind === 'measured' && active() !== undefined) {
      setMeasured({ values: note.values, points: note.points, done: note.done });
      if (note.done) {
        setActive(undefined);
      }
    } else if (note.kind === 'sketched') {
      const own = taker();
      setTaker(undefined);
      if (own === undefined) {
        take(note.sketch);
      }
      setActive(undefined);
      // What the finished tool left in the picture gives way to the cut itself.
      attempt(backend.tool({ act: 'cancel' }));
      // Last, because whoever takes it may take up the next tool.
      own?.take(note.sketch);
    }
  });
  return {
    active,
    measured,
    clips,
    setClips,
    ring,
    clearRing: () => setRing(undefined),
    start: (tool: ToolKindDto) => start(tool, false),
    startFence: () => start({ kind: 'ring' }, true),
    drawsFence: () => active() !== undefined && isForFence(),
    fenceRing,
    draw(owner: string, tool: ToolKindDto, wanted: (sketch: SketchDto) => void) {
      start(tool, false);
      setTaker({ owner, take: wanted });
    },
    drawsFor: () => (active() === undefined ? undefined : taker()?.owner),
    finish: () => attempt(backend.tool({ act: 'finish' })),
    undo: () => attempt(backend.tool({ act: 'undo' })),
    cancel,
    trenchAlong: (id: string) => attempt(backend.trenchAlong(id)),
  };
}

function createLooks(desk: Desk) {
  const { backend } = desk;
  const [look, keepLook] = createSignal<LookDto>(
    desk.start.look === null ? { style: 'night', quality: 'soft', time: null } : { ...desk.start.look },
  );
  const [budget, keepBudget] = createSignal(desk.start.budget_mib);
  const [sun, setSun] = createSignal<SunDto>();
  const [sunPlays, setSunPlays] = createSignal(false);
  const send = throttled(FOLLOW_MILLIS, (wanted: LookDto) => {
    void backend.setLook(wanted).then((result) => {
      if (result.ok) {
        setSun(result.value);
      } else {
        desk.attempt(Promise.resolve(result));
      }
    });
  });
  let timer: ReturnType<typeof setInterval> | undefined;
  onCleanup(() => {
    send.cancel();
    clearInterval(timer);
  });
  function setLook(change: Partial<LookDto>): void {
    const wanted = { ...look(), ...change };
    keepLook(wanted);
    send.call({ ...wanted, time: wanted.time === null ? null : Math.round(wanted.time) });
  }
  return {
    look,
    setLook,
    budget,
    setBudget(mib: number) {
      keepBudget(mib);
      desk.attempt(backend.setTileBudget(mib));
    },
    sun,
    sunPlays,
    playSun(on: boolean) {
      clearInterval(timer);
      setSunPlays(on);
      if (on) {
        timer = setInterval(() => setLook({ time: (look().time ?? desk.shown()) + SUN_STEP.millis }), SUN_STEP.every);
      }
    },
  };
}

function createShowing(desk: Desk) {
  const { backend, attempt } = desk;
  const [legend, setLegend] = createSignal<LegendDto>();
  const [standsOut, setStandsOut] = createSignal(0);
  return {
    legend,
    standsOut,
    async colourBy(ask: ColourByDto | undefined) {
      const result = await backend.colourBy(ask);
      if (!result.ok) {
        return result.error.message;
      }
      setLegend(result.value ?? undefined);
      return undefined;
    },
    showFound(ask: FindDto, how: ShowDto) {
      void backend.showFound(ask, how).then((result) => {
        if (!result.ok) {
          attempt(Promise.resolve(result));
        } else if (how === 'colour') {
          setLegend(undefined);
          setStandsOut(Math.max(standsOut(), result.value));
        } else {
          setStandsOut(how === 'isolate' ? result.value : standsOut() + result.value);
        }
      });
    },
    showFeature(id: string, how: ShowDto) {
      setStandsOut(how === 'isolate' ? 1 : standsOut() + 1);
      attempt(backend.showFeatures([id], how));
    },
    showAll() {
      setStandsOut(0);
      attempt(backend.showAll());
      if (legend() === undefined) {
        attempt(backend.colourBy(undefined));
      }
    },
  };
}

function createBookmarks(desk: Desk) {
  const { backend, attempt } = desk;
  const [bookmarks, setBookmarks] = createSignal<BookmarkDto[]>();
  const [before, setBefore] = createSignal<BookmarkDto[]>();
  let waiting: { title: string; note: string } | undefined;
  function keep(list: BookmarkDto[]): void {
    setBefore(bookmarks());
    setBookmarks(list);
    attempt(backend.saveBookmarks(list));
  }
  desk.twin.listen((note) => {
    if (note.kind === 'view' && waiting !== undefined) {
      const { title, note: words } = waiting;
      waiting = undefined;
      keep(withNew(bookmarks() ?? [], note.view, title, words, desk.now()));
    }
  });
  const undoKeep = createMemo(() => {
    const list = before();
    return list === undefined
      ? undefined
      : () => {
          setBookmarks(list);
          setBefore(undefined);
          attempt(backend.saveBookmarks(list));
        };
  });
  return {
    bookmarks,
    keep,
    undoKeep,
    readBookmarks() {
      void backend.bookmarks().then((result) => {
        if (result.ok) {
          setBookmarks(result.value);
        } else {
          attempt(Promise.resolve(result));
        }
      });
    },
    keepView(title: string, note: string) {
      waiting = { title, note };
      attempt(backend.askView());
    },
  };
}
