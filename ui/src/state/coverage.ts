// Who sees what: the answer about a point, a path or an area, maps of what is seen, routes, further cameras, calibration.
//
// The host casts the rays and draws in the twin; here stands what was asked and what came of it.

import { type Accessor, createContext, createSignal, untrack, useContext } from 'solid-js';
import type { Result } from '../backend/backend';
import type { LonLat } from '../backend/plans';
import type {
  CoverageAreaDto,
  CoverageDto,
  RouteCoverageDto,
  SightsDto,
  SightTargetDto,
  SuggestionsDto,
  VideoRefusalDto,
} from '../generated/wire';
import { type Calibration, createCalibration } from './calibration';
import { cellFor, ringArea } from './coverage_area';
import { type Desk, everyAtMost } from './desk';
import { t } from './texts';
import { videoRefusalWords } from './video_words';
import type { CameraRef } from './view_cells';

export const COVERAGE_MODES = ['sees', 'map', 'route', 'suggest', 'calibrate'] as const;
export type CoverageMode = (typeof COVERAGE_MODES)[number];

/** What counts as seen. */
export type Seeing = Omit<CoverageAreaDto, 'ring'>;

const FIRST_SEEING: Seeing = { cell_m: 1, height_m: 1.5, min_pixels: 20, is_online_only: true };
const FIRST_COUNT = 5;
/** Who sees something is asked again at most so often. */
const FOLLOW_MILLIS = 5000;

/** Something that was asked, and its answer. */
export interface Answered<T> {
  value: Accessor<T | undefined>;
  /** Why there is none. */
  words: Accessor<string | undefined>;
  busy: Accessor<boolean>;
}

export interface Coverage {
  mode: Accessor<CoverageMode>;
  setMode(mode: CoverageMode): void;
  seeing: Accessor<Seeing>;
  setSeeing(change: Partial<Seeing>): void;

  target: Accessor<SightTargetDto | undefined>;
  sights: Answered<SightsDto>;
  /** Asks who sees it; the lines are drawn in the twin. */
  see(target: SightTargetDto): void;
  /** Asks again about the same. */
  again(): void;
  /** Takes the lines away. */
  clearSights(): void;

  map: Answered<CoverageDto>;
  /** Maps what is seen within a ring; the sheet is drawn in the twin. */
  mapRing(ring: LonLat[]): void;
  clearMap(): void;

  route: Answered<RouteCoverageDto>;
  routePath: Accessor<LonLat[] | undefined>;
  askRoute(path: LonLat[]): void;

  count: Accessor<number>;
  setCount(count: number): void;
  suggestions: Answered<SuggestionsDto>;
  suggest(ring: LonLat[]): void;
  /** Gives up what is being worked out. */
  stopSuggesting(): void;
  /** The ring asked about last, for another question about the same place. */
  ring: Accessor<LonLat[] | undefined>;

  calibration: Calibration;
  calibrateCamera(camera: CameraRef): void;
}

const CoverageContext = createContext<Coverage>();
export const CoverageProvider = CoverageContext.Provider;

export function useCoverage(): Coverage {
  const coverage = useContext(CoverageContext);
  if (coverage === undefined) {
    throw new Error('useCoverage outside CoverageProvider');
  }
  return coverage;
}

/** Who sees what at `desk`. Call inside a Solid root. */
export function createCoverage(desk: Desk): Coverage {
  const { backend } = desk;
  const [mode, setMode] = createSignal<CoverageMode>('sees');
  const [seeing, setSeeing] = createSignal<Seeing>(FIRST_SEEING);
  const [target, setTarget] = createSignal<SightTargetDto>();
  const [ring, setRing] = createSignal<LonLat[]>();
  const [routePath, setRoutePath] = createSignal<LonLat[]>();
  const [count, setCount] = createSignal(FIRST_COUNT);
  const sights = createAnswer<SightsDto>();
  const map = createAnswer<CoverageDto>();
  const route = createAnswer<RouteCoverageDto>();
  const suggestions = createAnswer<SuggestionsDto>();
  const calibration = createCalibration(desk);

  function see(wanted: SightTargetDto): void {
    setTarget(() => wanted);
    sights.ask(backend.showSightLines(wanted));
  }
  // A camera that was turned or moved sees something else, and obstacles that came to be known are in the way.
  let standing = '';
  everyAtMost(
    FOLLOW_MILLIS,
    () => [desk.update.video.catalogue_revision, desk.update.video.obstacles.kind],
    () => {
      const { catalogue_revision: revision, obstacles } = desk.update.video;
      const now = `${revision} ${obstacles.kind}`;
      const wanted = untrack(target);
      if (standing !== '' && now !== standing && wanted !== undefined) {
        see(wanted);
      }
      standing = now;
    },
  );
  /** A ring too large for its cells gets larger ones, and that is said. */
  function areaOf(wanted: LonLat[]): CoverageAreaDto {
    const cell = cellFor(ringArea(wanted), seeing().cell_m);
    if (cell > seeing().cell_m) {
      setSeeing({ ...seeing(), cell_m: cell });
      desk.say(t('sight.cell_raised', { m: cell }));
    }
    setRing(wanted);
    return { ...seeing(), ring: wanted };
  }

  return {
    mode,
    setMode,
    seeing,
    setSeeing: (change) => setSeeing({ ...seeing(), ...change }),
    target,
    sights,
    see,
    again() {
      const wanted = target();
      if (wanted !== undefined) {
        see(wanted);
      }
    },
    clearSights() {
      setTarget(undefined);
      sights.forget();
      desk.attempt(backend.showSightLines(undefined));
    },
    map,
    mapRing: (wanted) => map.ask(backend.coverage(areaOf(wanted))),
    clearMap() {
      map.forget();
      desk.attempt(backend.clearCoverage());
    },
    route,
    routePath,
    askRoute(path) {
      setRoutePath(path);
      route.ask(backend.routeCoverage(path, seeing().min_pixels, seeing().is_online_only));
    },
    count,
    setCount,
    suggestions,
    suggest: (wanted) => suggestions.ask(backend.suggestCameras({ area: areaOf(wanted), count: count(), places: [] })),
    stopSuggesting() {
      suggestions.forget();
      // The host works on one of them at a time, and gives it up with the sheet.
      map.forget();
      desk.attempt(backend.clearCoverage());
    },
    ring,
    calibration,
    calibrateCamera(camera) {
      setMode('calibrate');
      calibration.begin(camera);
    },
  };
}

interface Asking<T> extends Answered<T> {
  ask(work: Promise<Result<T>>): void;
  forget(): void;
}

/** One answer at a time: one that was overtaken is dropped. */
function createAnswer<T extends { refused: VideoRefusalDto | null }>(): Asking<T> {
  const [value, setValue] = createSignal<T>();
  const [words, setWords] = createSignal<string>();
  const [busy, setBusy] = createSignal(false);
  let asked = 0;
  return {
    value,
    words,
    busy,
    ask(work) {
      asked += 1;
      const mine = asked;
      setBusy(true);
      setWords(undefined);
      void work.then((result) => {
        if (mine !== asked) {
          return;
        }
        setBusy(false);
        const refused = result.ok ? result.value.refused : null;
        setWords(result.ok ? (refused === null ? undefined : videoRefusalWords(refused)) : result.error.message);
        setValue(() => (result.ok && refused === null ? result.value : undefined));
      });
    },
    forget() {
      asked += 1;
      setBusy(false);
      setWords(undefined);
      setValue(undefined);
    },
  };
}
