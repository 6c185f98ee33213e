// Working with history: which drawer and which small form is open, marked moments, recordings, branches, exports.
//
// Panels show it; the host keeps it. The clock itself is the desk's (`desk.ts`).

import { type Accessor, createContext, createMemo, createSignal, onCleanup, useContext } from 'solid-js';
import type { Result, Span } from '../backend/backend';
import type { BranchDto, ExportFormatDto, MomentDto, RecordingDto, ViewPlaceDto } from '../generated/wire';
import { type Chart, type Charted, createChart } from './chart';
import { type Desk, throttled } from './desk';
import { t } from './texts';
import { bytesText, quantity } from './time';

export const DRAWERS = ['trend', 'moments', 'recordings', 'branches', 'history'] as const;
/** The other half of the drawer: where the city's data comes from, and where what was done here goes. */
export const SYNC_DRAWERS = ['sources', 'outbox', 'desks'] as const;
export type SyncDrawerName = (typeof SYNC_DRAWERS)[number];
/** What lives over the city: its layers, what is selected of it, how the picture does. */
export const LIVE_DRAWERS = ['layers', 'selection', 'performance'] as const;
export type LiveDrawerName = (typeof LIVE_DRAWERS)[number];
/** How much the alarms ask of the people here, and by which rules they are raised. */
export const ALARM_DRAWERS = ['alarm_load', 'alarm_rules'] as const;
export type AlarmDrawerName = (typeof ALARM_DRAWERS)[number];
export type DrawerName = (typeof DRAWERS)[number] | SyncDrawerName | LiveDrawerName | AlarmDrawerName;
/** The small forms above the timeline. */
export type FormName = 'go' | 'mark';

/** The twin is given so long to say where it looks; a moment without a view is still a moment. */
const VIEW_MILLIS = 600;
/** So long a removed moment can be had back. */
const UNDO_MILLIS = 8000;

export interface History {
  chart: Chart;
  drawer: Accessor<DrawerName | undefined>;
  open(drawer: DrawerName): void;
  toggle(drawer: DrawerName): void;
  close(): void;
  form: Accessor<FormName | undefined>;
  setForm(form: FormName | undefined): void;
  /** The next drag on the timeline marks a range. */
  brushing: Accessor<boolean>;
  setBrushing(on: boolean): void;

  /** Marked moments, oldest first. */
  moments: Accessor<MomentDto[]>;
  readMoments(): void;
  /** The timeline has these: what is unknown is asked for. */
  noticeMoments(seen: readonly MomentDto[]): void;
  /** Marks a moment, with the view of the twin. */
  mark(title: string, time: number): void;
  goTo(moment: MomentDto): void;
  rename(moment: MomentDto, title: string): void;
  /** Goes at once, and can be had back for a while. */
  remove(moment: MomentDto): void;

  recordings: Accessor<RecordingDto[] | undefined>;
  readRecordings(): void;
  record(span: Span, name: string): void;
  verify(recording: RecordingDto): void;
  removeRecording(recording: RecordingDto): void;
  /** A recording, a check or an export runs. */
  busy: Accessor<boolean>;
  exportSeries(ids: string[], span: Span, format: ExportFormatDto): void;

  branches: Accessor<BranchDto[] | undefined>;
  readBranches(): void;
  branchHere(title: string): void;
  removeBranch(branch: BranchDto): void;
  branchTitle: Accessor<string>;

  /** Adds a series to the chart and shows it. */
  addToChart(series: Charted): void;
}

const HistoryContext = createContext<History>();
export const HistoryProvider = HistoryContext.Provider;

export function useHistory(): History {
  const history = useContext(HistoryContext);
  if (history === undefined) {
    throw new Error('useHistory outside HistoryProvider');
  }
  return history;
}

export function isSyncDrawer(name: DrawerName): name is SyncDrawerName {
  return (SYNC_DRAWERS as readonly DrawerName[]).includes(name);
}

export function isLiveDrawer(name: DrawerName): name is LiveDrawerName {
  return (LIVE_DRAWERS as readonly DrawerName[]).includes(name);
}

export function isAlarmDrawer(name: DrawerName): name is AlarmDrawerName {
  return (ALARM_DRAWERS as readonly DrawerName[]).includes(name);
}

/** History of `desk`. Call inside a Solid root. */
export function createHistory(desk: Desk): History {
  const chart = createChart(desk);
  const [drawer, setDrawer] = createSignal<DrawerName>();
  const [form, setForm] = createSignal<FormName>();
  const [brushing, setBrushing] = createSignal(false);
  const open = (wanted: DrawerName) => setDrawer(wanted);
  return {
    chart,
    drawer,
    open,
    toggle: (wanted) => setDrawer(drawer() === wanted ? undefined : wanted),
    close: () => setDrawer(undefined),
    form,
    setForm,
    brushing,
    setBrushing,
    ...createMoments(desk),
    ...createRecordings(desk),
    ...createBranches(desk),
    addToChart(series) {
      if (chart.add(series)) {
        open('trend');
      } else {
        desk.say(t('chart.full'));
      }
    },
  };
}

/** Hands a result on, or says why there is none. */
function taken<T>(desk: Desk, promise: Promise<Result<T>>, take: (value: T) => void): Promise<void> {
  return promise.then((result) => {
    if (result.ok) {
      take(result.value);
    } else {
      desk.attempt(Promise.resolve(result));
    }
  });
}

function createMoments(desk: Desk) {
  const { backend } = desk;
  const [known, setKnown] = createSignal<MomentDto[]>([]);
  /** Removed on the screen, but not yet in history. */
  const [leaving, setLeaving] = createSignal<{ id: string; timer: ReturnType<typeof setTimeout> }>();
  let waiting: { save: (view: ViewPlaceDto | undefined) => void } | undefined;

  function readMoments(): void {
    void taken(desk, backend.moments(), (list) => setKnown([...list].sort((a, b) => a.time - b.time)));
  }
  const readSoon = throttled(2000, () => readMoments());
  function finishLeaving(): void {
    const gone = leaving();
    if (gone !== undefined) {
      clearTimeout(gone.timer);
      setLeaving(undefined);
      setKnown(known().filter((one) => one.id !== gone.id));
      void taken(desk, backend.deleteMoment(gone.id), readMoments);
    }
  }
  desk.twin.listen((note) => {
    if (note.kind === 'view') {
      waiting?.save(note.view);
    }
  });
  onCleanup(() => {
    readSoon.cancel();
    finishLeaving();
  });
  readMoments();

  return {
    moments: createMemo(() => known().filter((one) => one.id !== leaving()?.id)),
    readMoments,
    noticeMoments(seen: readonly MomentDto[]) {
      if (seen.some((one) => !known().some((other) => other.id === one.id && other.title === one.title))) {
        readSoon.call(undefined);
      }
    },
    mark(title: string, time: number) {
      const timer = setTimeout(() => save(undefined), VIEW_MILLIS);
      function save(view: ViewPlaceDto | undefined): void {
        clearTimeout(timer);
        waiting = undefined;
        void taken(desk, backend.saveMoment(title, time, view), (saved) => {
          desk.say(t('moments.saved', { title: saved.title }));
          readMoments();
        });
      }
      waiting = { save };
      desk.attempt(backend.askView());
    },
    goTo(moment: MomentDto) {
      desk.scrubTo(moment.time);
      if (moment.view !== null) {
        desk.attempt(backend.goToPlace(moment.view));
      }
    },
    rename(moment: MomentDto, title: string) {
      void taken(desk, backend.renameMoment(moment.id, title), readMoments);
    },
    remove(moment: MomentDto) {
      finishLeaving();
      setLeaving({ id: moment.id, timer: setTimeout(finishLeaving, UNDO_MILLIS) });
      desk.say(t('moments.removed', { title: moment.title }), {
        words: t('moments.undo'),
        run: () => {
          clearTimeout(leaving()?.timer);
          setLeaving(undefined);
        },
      });
    },
  };
}

function createRecordings(desk: Desk) {
  const { backend } = desk;
  const [recordings, setRecordings] = createSignal<RecordingDto[]>();
  const [running, setRunning] = createSignal(0);

  function readRecordings(): void {
    void taken(desk, backend.recordings(), setRecordings);
  }
  function run<T>(promise: Promise<Result<T>>, take: (value: T) => void): void {
    setRunning(running() + 1);
    void taken(desk, promise, take).then(() => setRunning(running() - 1));
  }
  return {
    recordings,
    readRecordings,
    busy: () => running() > 0 || desk.update.task !== null,
    record(span: Span, name: string) {
      run(backend.saveRecording(span, name), (saved) => {
        desk.say(t('recordings.saved', { name: saved.name, size: bytesText(saved.bytes) }));
        readRecordings();
      });
    },
    verify(recording: RecordingDto) {
      run(backend.verifyRecording(recording.path), readRecordings);
    },
    removeRecording(recording: RecordingDto) {
      run(backend.deleteRecording(recording.path), readRecordings);
    },
    exportSeries(ids: string[], span: Span, format: ExportFormatDto) {
      run(backend.exportSeries(ids, span, format), (done) =>
        desk.say(t('range.exported', { rows: quantity(done.rows), path: done.path })),
      );
    },
  };
}

function createBranches(desk: Desk) {
  const { backend } = desk;
  const [branches, setBranches] = createSignal<BranchDto[]>();
  function readBranches(): void {
    void taken(desk, backend.branches(), setBranches);
  }
  return {
    branches,
    readBranches,
    branchHere(title: string) {
      const time = desk.shown();
      void taken(desk, backend.branchHere(title, time), (made) => {
        desk.enterBranch(made.id, made.from);
        readBranches();
      });
    },
    removeBranch(branch: BranchDto) {
      if (desk.branch() === branch.id) {
        desk.leaveBranch();
      }
      void taken(desk, backend.deleteBranch(branch.id), readBranches);
    },
    branchTitle: () => branches()?.find((one) => one.id === desk.branch())?.title ?? '',
  };
}
