// Calibrating a camera: points in its image, each with its place in the twin; from four pairs on the host says how it sees.

import { type Accessor, createSignal } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { CalibrationDto, CalibrationPointDto } from '../generated/wire';
import type { Desk } from './desk';
import { t } from './texts';
import { videoRefusalWords } from './video_words';
import type { CameraRef } from './view_cells';

/** From so many pairs on there is an answer, and no more than so many are taken. */
export const PAIRS = { least: 4, most: 8 } as const;

/** A point of the image, and its place once it was shown. */
export interface Pair {
  id: number;
  /** From the left, and from the top: shares of the image. */
  x: number;
  y: number;
  /** Longitude, latitude, height. */
  place: [number, number, number] | undefined;
}

export interface Calibration {
  camera: Accessor<CameraRef | undefined>;
  /** Begins with another camera; `undefined` gives up. */
  begin(camera: CameraRef | undefined): void;
  pairs: readonly Pair[];
  /** The pair whose place is shown next. */
  open: Accessor<Pair | undefined>;
  /** A point was clicked in the image: of the open pair, else of another one. */
  mark(x: number, y: number): void;
  /** The place of the open pair was clicked in the twin. */
  place(at: [number, number, number]): void;
  drop(id: number): void;
  result: Accessor<CalibrationDto | undefined>;
  words: Accessor<string | undefined>;
  busy: Accessor<boolean>;
  /** Keeps what the points say. */
  save(): void;
  /** Brings the calibration before back. */
  undo(): void;
}

/** Calibrating at `desk`. Call inside a Solid root. */
export function createCalibration(desk: Desk): Calibration {
  const [camera, setCamera] = createSignal<CameraRef>();
  const [pairs, setPairs] = createStore<Pair[]>([]);
  const [result, setResult] = createSignal<CalibrationDto>();
  const [words, setWords] = createSignal<string>();
  const [running, setRunning] = createSignal(0);
  let asked = 0;
  let next = 1;

  const open = () => pairs.find((pair) => pair.place === undefined);
  function set(list: Pair[]): void {
    setPairs(reconcile(list, { key: 'id' }));
  }
  function copy(): Pair[] {
    return pairs.map((pair) => ({ ...pair }));
  }
  async function run(save: boolean): Promise<void> {
    const points = pointsOf(pairs);
    const one = camera();
    asked += 1;
    const mine = asked;
    if (one === undefined || points.length < PAIRS.least) {
      setResult(undefined);
      setWords(undefined);
      return;
    }
    setRunning((n) => n + 1);
    const came = await desk.backend.calibrate(one.camera, points, save);
    setRunning((n) => n - 1);
    if (mine === asked) {
      take(came.ok ? came.value : undefined, came.ok ? undefined : came.error.message);
      if (save && came.ok && came.value.refused === null) {
        desk.say(t('sight.calibration_kept', { name: one.name }), { words: t('tool.undo'), run: undo });
      }
    }
  }
  function take(came: CalibrationDto | undefined, failure: string | undefined): void {
    const refused = came?.refused ?? null;
    setWords(refused === null ? failure : videoRefusalWords(refused));
    setResult(() => (refused === null ? came : undefined));
  }
  function undo(): void {
    const one = camera();
    if (one === undefined) {
      return;
    }
    asked += 1;
    const mine = asked;
    void desk.backend.undoCalibration(one.camera).then((came) => {
      const isDone = came.ok && came.value.refused === null;
      if (isDone) {
        desk.say(t('sight.calibration_undone', { name: one.name }));
      }
      if (mine !== asked) {
        return;
      }
      if (isDone) {
        // The points, if there are enough, are now compared with what holds.
        void run(false);
      } else {
        take(came.ok ? came.value : undefined, came.ok ? undefined : came.error.message);
      }
    });
  }

  return {
    camera,
    begin(wanted) {
      asked += 1;
      setCamera(() => wanted);
      set([]);
      setResult(undefined);
      setWords(undefined);
    },
    pairs,
    open,
    mark(x, y) {
      const waiting = open();
      if (waiting !== undefined) {
        set(copy().map((pair) => (pair.id === waiting.id ? { ...pair, x, y } : pair)));
      } else if (pairs.length < PAIRS.most) {
        set([...copy(), { id: next, x, y, place: undefined }]);
        next += 1;
      }
    },
    place(at) {
      const waiting = open();
      if (waiting !== undefined) {
        set(copy().map((pair) => (pair.id === waiting.id ? { ...pair, place: at } : pair)));
        void run(false);
      }
    },
    drop(id) {
      set(copy().filter((pair) => pair.id !== id));
      void run(false);
    },
    result,
    words,
    busy: () => running() > 0,
    save: () => void run(true),
    undo,
  };
}

/** The pairs that are complete, as the host takes them. */
export function pointsOf(pairs: readonly Pair[]): CalibrationPointDto[] {
  return pairs.flatMap(({ x, y, place }) =>
    place === undefined ? [] : [{ x, y, lon: place[0], lat: place[1], height_m: place[2] }],
  );
}
