// Everything the UI needs from outside itself. Panels know this interface and nothing below it.
//
// `tauri.ts` is the desk's own implementation, `fake.ts` the one for a browser and for tests.

import type {
  ApiError,
  Card,
  ClockDto,
  DeskUpdate,
  Found,
  GestureDto,
  Start,
  Target,
  Timeline,
  Trend,
  TwinNote,
  ViewportDto,
} from '../generated/wire';

/** What a command came to. Commands never throw. */
export type Result<T> = { ok: true; value: T } | { ok: false; error: ApiError };

/** Ends a watch. */
export type Stop = () => void;

/** A stretch of city time, UTC milliseconds. */
export interface Span {
  from: number;
  to: number;
}

export interface Backend {
  /** What the first picture needs. */
  start(): Promise<Result<Start>>;
  /** Calls `onUpdate` with everything the lists and boards show, a few times a second, when something changed. */
  watch(onUpdate: (update: DeskUpdate) => void): Stop;
  /** Calls `onNote` with what the twin tells: picks, hover, camera, failure. */
  watchTwin(onNote: (note: TwinNote) => void): Stop;
  /** The card of `target` at the moment shown. */
  card(target: Target): Promise<Result<Card>>;
  /** A stretch of a series, reduced to `pixels` buckets. */
  trend(id: string, span: Span, pixels: number): Promise<Result<Trend>>;
  /** Alarm density, gaps and events of a stretch. */
  timeline(span: Span, bins: number): Promise<Result<Timeline>>;
  search(text: string): Promise<Result<Found[]>>;
  setClock(clock: ClockDto): Promise<Result<void>>;
  acknowledge(alarmId: string): Promise<Result<void>>;
  setLayer(name: string, on: boolean): Promise<Result<void>>;
  setLanguage(language: string): Promise<Result<void>>;
  /** Marks `target` in the twin; `undefined` clears the mark. */
  select(target: Target | undefined): Promise<Result<void>>;
  flyTo(target: Target): Promise<Result<void>>;
  goToView(name: string): Promise<Result<void>>;
  /** Where the picture is and which HTML covers it; at most once per frame, only when it changed. */
  setViewport(viewport: ViewportDto): Promise<Result<void>>;
  /** What a person did to the twin since the last frame, in order. */
  gesture(gestures: GestureDto[]): Promise<Result<void>>;
  /** The UI has painted its first update. */
  ready(): Promise<Result<void>>;
  /** Paints into the viewport element where no native twin does. Absent on the desktop. */
  readonly picture?: (element: HTMLElement) => Stop;
}
