// What the cases of a time amount to: which time, which cases, and how they are grouped.

import { type Accessor, createContext, createEffect, createSignal, on, untrack, useContext } from 'solid-js';
import type { AnalysisByDto, AnalysisDto, AnalysisQueryDto, RepeatPlaceDto } from '../generated/wire';
import { type AnalysisSpan, rowsBy, spanOf, VISIT } from './analysis_figures';
import { type Desk, everyAtMost } from './desk';
import { language } from './texts';
import { DAY } from './time';

/** How often it is counted again while events go on. */
const READ_MILLIS = 20_000;

export interface AnalysisFilter {
  /** Days up to now, or the days that a person chose. */
  span: AnalysisSpan | { from: number; to: number };
  /** Empty for all. */
  categories: readonly string[];
  levels: readonly string[];
  departments: readonly string[];
  hasExercises: boolean;
}

const ALL: AnalysisFilter = { span: 'month', categories: [], levels: [], departments: [], hasExercises: false };

export function isAnalysisNarrowed(filter: AnalysisFilter): boolean {
  return filter.categories.length + filter.levels.length + filter.departments.length > 0;
}

/** What is asked for at `now`. The last day that a person chose is in it. */
export function analysisQuery(filter: AnalysisFilter, now: number): AnalysisQueryDto {
  const { span } = filter;
  const stretch =
    typeof span === 'string'
      ? spanOf(span, now)
      : { from: Math.min(span.from, span.to), to: Math.max(span.from, span.to) + DAY };
  return {
    ...stretch,
    categories: [...filter.categories],
    levels: [...filter.levels],
    departments: [...filter.departments],
    has_exercises: filter.hasExercises,
  };
}

export interface Analysis {
  filter: Accessor<AnalysisFilter>;
  change(change: Partial<AnalysisFilter>): void;
  showAll(): void;
  /** What is asked for now. */
  query: Accessor<AnalysisQueryDto>;
  /** `undefined` until it is counted. */
  result: Accessor<AnalysisDto | undefined>;
  failure: Accessor<string | undefined>;
  isBusy: Accessor<boolean>;
  read(): void;
  /** Counts as long as the caller is there. Call inside a component. */
  watch(): void;
  by: Accessor<AnalysisByDto>;
  setBy(by: AnalysisByDto): void;
  /** Groups that occurred so far, word and name, for the filter. */
  categories: Accessor<[string, string][]>;
  departments: Accessor<[string, string][]>;
  /** Moves the twin to a place where the same happens again. */
  flyTo(place: RepeatPlaceDto): void;
}

const AnalysisContext = createContext<Analysis>();
export const AnalysisProvider = AnalysisContext.Provider;

export function useAnalysis(): Analysis {
  const analysis = useContext(AnalysisContext);
  if (analysis === undefined) {
    throw new Error('useAnalysis outside AnalysisProvider');
  }
  return analysis;
}

/** The analysis of `desk`. Call inside a Solid root. */
export function createAnalysis(desk: Desk): Analysis {
  const [filter, setFilter] = createSignal<AnalysisFilter>(ALL);
  const [result, setResult] = createSignal<AnalysisDto>();
  const [failure, setFailure] = createSignal<string>();
  const [isBusy, setBusy] = createSignal(false);
  const [by, setBy] = createSignal<AnalysisByDto>('category');
  const categories = createChoices();
  const departments = createChoices();
  let asked = 0;

  const query = () => analysisQuery(filter(), desk.shown());
  function read(): void {
    asked += 1;
    const mine = asked;
    setBusy(true);
    void desk.backend.analysis(query()).then((answer) => {
      if (mine !== asked) {
        return;
      }
      setBusy(false);
      setFailure(answer.ok ? undefined : answer.error.message);
      if (answer.ok) {
        categories.learn(rowsBy(answer.value, 'category'));
        departments.learn(rowsBy(answer.value, 'department'));
        setResult(answer.value);
      }
    });
  }
  return {
    filter,
    change: (change) => setFilter({ ...filter(), ...change }),
    showAll: () => setFilter({ ...filter(), categories: [], levels: [], departments: [] }),
    query,
    result,
    failure,
    isBusy,
    read,
    watch() {
      createEffect(
        on(language, () => {
          categories.forget();
          departments.forget();
        }),
      );
      createEffect(on([filter, language, desk.live], read));
      everyAtMost(
        READ_MILLIS,
        () => desk.update.event_board.revision,
        () => untrack(read),
      );
    },
    by,
    setBy,
    categories: categories.known,
    departments: departments.known,
    flyTo(place) {
      const [lon, lat] = place.position;
      desk.attempt(
        desk.backend.goToPlace({ ...VISIT, target: [lon, lat, 0], heading_deg: Math.round(desk.twin.heading()) }),
      );
    },
  };
}

/** Groups that occurred: with a filter only a few occur, and the others are still to be chosen from. */
function createChoices() {
  const [known, setKnown] = createSignal<[string, string][]>([]);
  return {
    known,
    forget: () => setKnown([]),
    learn(rows: readonly { group: string; name: string }[]) {
      const names = new Map(known());
      for (const row of rows) {
        if (row.group !== '') {
          names.set(row.group, row.name === '' ? row.group : row.name);
        }
      }
      setKnown([...names].sort(([, a], [, b]) => a.localeCompare(b, 'zh-CN')));
    },
  };
}
