// Clips and detections: which are looked for, what was found, the way to one of them, and taking more of them in.

import { type Accessor, createContext, createEffect, createSignal, on, onCleanup, useContext } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { Span } from '../backend/backend';
import type { MomentImportDto, VideoMomentDto } from '../generated/wire';
import { type Desk, everyAtMost } from './desk';
import { ALL_MOMENTS, keepLanesOn, keptLanesOn, type MomentFilter, momentQuery, PAGE_MOMENTS } from './moment_query';
import { language, t } from './texts';
import { videoRefusalWords } from './video_words';
import { roomFor } from './view_cells';
import type { Views } from './views';

/** What was found is read again at most so often. */
const READ_MILLIS = 2000;
/** Around a moment so many cameras are shown. */
const AROUND = 9;

export interface VideoMoments {
  filter: Accessor<MomentFilter>;
  /** Narrows or widens; the first page shows again. */
  change(change: Partial<Omit<MomentFilter, 'offset'>>): void;
  toggleKind(kind: string): void;
  showAll(): void;
  turnTo(offset: number): void;
  rows: readonly VideoMomentDto[];
  /** `undefined` until the first answer. */
  total: Accessor<number | undefined>;
  failure: Accessor<string | undefined>;
  read(): void;
  /** Reads as long as the caller is there. Call inside a component. */
  watch(): void;
  /** Moves the clock there and shows the cameras around it. */
  go(moment: VideoMomentDto): void;
  /** The moment that was gone to last. */
  gone: Accessor<string | undefined>;

  lanesOn: Accessor<boolean>;
  setLanesOn(on: boolean): void;

  /** Whether the form that takes moments in is open. */
  isImporting: Accessor<boolean>;
  setImporting(on: boolean): void;
  busy: Accessor<boolean>;
  report: Accessor<MomentImportDto | undefined>;
  importWords: Accessor<string | undefined>;
  importFrom(path: string): void;
}

const VideoMomentsContext = createContext<VideoMoments>();
export const VideoMomentsProvider = VideoMomentsContext.Provider;

export function useVideoMoments(): VideoMoments {
  const moments = useContext(VideoMomentsContext);
  if (moments === undefined) {
    throw new Error('useVideoMoments outside VideoMomentsProvider');
  }
  return moments;
}

/** The moments of `desk`; one that is gone to is shown by `views`. Call inside a Solid root. */
export function createVideoMoments(desk: Desk, views: Pick<Views, 'use' | 'show' | 'acted'>): VideoMoments {
  const { backend } = desk;
  const [filter, setFilter] = createSignal<MomentFilter>(ALL_MOMENTS);
  const [rows, setRows] = createStore<VideoMomentDto[]>([]);
  const [total, setTotal] = createSignal<number>();
  const [failure, setFailure] = createSignal<string>();
  const [watchers, setWatchers] = createSignal(0);
  const [gone, setGone] = createSignal<string>();
  const [lanesOn, setLanesOn] = createSignal(keptLanesOn());
  const [isImporting, setImporting] = createSignal(false);
  const [busy, setBusy] = createSignal(false);
  const [report, setReport] = createSignal<MomentImportDto>();
  const [importWords, setImportWords] = createSignal<string>();
  let asked = 0;

  function range(): Span | undefined {
    return desk.range();
  }
  function read(): void {
    asked += 1;
    const mine = asked;
    const end = desk.live() ? desk.now() : desk.shown();
    void backend.videoMoments(momentQuery(filter(), end, range())).then((result) => {
      if (mine !== asked) {
        return;
      }
      setFailure(result.ok ? undefined : result.error.message);
      if (result.ok) {
        setRows(reconcile(result.value.rows, { key: 'id' }));
        setTotal(result.value.total);
      }
    });
  }
  const isWatched = () => watchers() > 0;
  createEffect(
    on([filter, isWatched, language, range], () => {
      if (isWatched()) {
        read();
      }
    }),
  );
  everyAtMost(
    READ_MILLIS,
    () => [desk.update.video.moments_revision, desk.update.video.desk_revision, desk.past() && desk.update.shown],
    () => {
      if (isWatched()) {
        read();
      }
    },
  );
  async function go(moment: VideoMomentDto): Promise<void> {
    const mosaic = await views.acted(backend.goToMoment(moment.id, roomFor(AROUND)));
    if (mosaic !== undefined) {
      setGone(moment.id);
      // The host has moved its clock; here it is known at once, so that no live picture is opened on the way.
      if (mosaic.at !== null) {
        desk.goTo(mosaic.at);
      }
      views.use(mosaic);
      views.show('mosaic');
    }
  }

  return {
    filter,
    change: (change) => setFilter({ ...filter(), ...change, offset: 0 }),
    toggleKind(kind) {
      const { kinds } = filter();
      const next = kinds.includes(kind) ? kinds.filter((one) => one !== kind) : [...kinds, kind];
      // Attributes are those of one kind.
      setFilter({ ...filter(), kinds: next, attributes: next.length === 1 ? filter().attributes : [], offset: 0 });
    },
    showAll: () => setFilter(ALL_MOMENTS),
    turnTo: (offset) => setFilter({ ...filter(), offset: Math.max(0, offset - (offset % PAGE_MOMENTS)) }),
    rows,
    total,
    failure,
    read,
    watch() {
      setWatchers((count) => count + 1);
      onCleanup(() => setWatchers((count) => count - 1));
    },
    go: (moment) => void go(moment),
    gone,
    lanesOn,
    setLanesOn(isOn) {
      keepLanesOn(isOn);
      setLanesOn(isOn);
    },
    isImporting,
    setImporting(isOn) {
      setImporting(isOn);
      setReport(undefined);
      setImportWords(undefined);
    },
    busy,
    report,
    importWords,
    importFrom(path) {
      setBusy(true);
      setReport(undefined);
      setImportWords(undefined);
      void backend.importMoments(path).then((result) => {
        setBusy(false);
        const refused = result.ok ? result.value.refused : null;
        if (!result.ok || refused !== null) {
          setImportWords(
            result.ok ? (refused === null ? undefined : videoRefusalWords(refused)) : result.error.message,
          );
          return;
        }
        setReport(result.value);
        desk.say(t('moment_find.imported', { n: result.value.added }));
        if (isWatched()) {
          read();
        }
      });
    },
  };
}
