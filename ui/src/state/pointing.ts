// What lies under the hand: the list of what is at a point, and what a box or a lasso holds.

import { type Accessor, createContext, createSignal, useContext } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { Card, GestureDto, HereDto, HereItemDto, SelectionDto, SeverityDto, Target } from '../generated/wire';
import type { Desk } from './desk';
import type { History } from './history';
import { t } from './texts';

/** So many of the selected are asked for their places to see all of them: spread over the list, they tell its extent. */
const SAMPLED = 24;
/** The camera comes no nearer to what is selected, metres, and looks down by so much, degrees. */
const VISIT = { least_m: 250, pitch_deg: 55 } as const;
const METRES_PER_DEGREE = 111_320;

/** A region that is being drawn, px of the picture. */
export type Drawn =
  | { kind: 'box'; from: [number, number]; to: [number, number] }
  | { kind: 'lasso'; points: [number, number][] };

export interface SelectedItem extends HereItemDto {
  id: string;
}

export interface Selection {
  total: number;
  by_kind: [string, number][];
  by_class: number[];
  late: number;
  names: SelectedItem[];
}

export interface Pointing {
  /** What lies at a point, and where that is, px of the picture. */
  here: Accessor<{ at: [number, number]; here: HereDto } | undefined>;
  closeHere(): void;
  selection: Selection;
  clear(): void;
  /** Flies to where all of the selection is seen. */
  visit(): void;
  /** The next region is added to what is selected. */
  adding: Accessor<boolean>;
  setAdding(adding: boolean): void;
  drawn: Accessor<Drawn | undefined>;
  setDrawn(drawn: Drawn | undefined): void;
  /** Hears what the hand does on its way to the twin. */
  heed(gestures: readonly GestureDto[]): void;
}

const PointingContext = createContext<Pointing>();
export const PointingProvider = PointingContext.Provider;

export function usePointing(): Pointing {
  const pointing = useContext(PointingContext);
  if (pointing === undefined) {
    throw new Error('usePointing outside PointingProvider');
  }
  return pointing;
}

const NOTHING: Selection = { total: 0, by_kind: [], by_class: [0, 0, 0, 0, 0, 0], late: 0, names: [] };

/** What lies under the hand at `desk`. Call inside a Solid root. */
export function createPointing(desk: Desk, history: History): Pointing {
  const { backend } = desk;
  const [here, setHere] = createSignal<{ at: [number, number]; here: HereDto }>();
  const [selection, setSelection] = createStore<Selection>(structuredClone(NOTHING));
  const [adding, setAdding] = createSignal(false);
  const [drawn, setDrawn] = createSignal<Drawn>();
  let at: [number, number] = [0, 0];
  /** The person has just drawn a region: what it holds is worth its panel, what changes later is not. */
  let isAsked = false;

  function closePanel(): void {
    if (history.drawer() === 'selection') {
      history.close();
    }
  }
  function take(dto: SelectionDto): void {
    setSelection(reconcile(selectionOf(dto), { key: 'id' }));
    if (dto.total === 0) {
      closePanel();
      if (isAsked) {
        desk.say(t('selection.none'));
      }
    } else if (isAsked) {
      history.open('selection');
    }
    isAsked = false;
  }
  desk.twin.listen((note) => {
    if (note.kind === 'here') {
      setHere({ at, here: note.here });
    } else if (note.kind === 'selection') {
      take(note.selection);
    }
  });

  return {
    here,
    closeHere: () => setHere(undefined),
    selection,
    clear() {
      setSelection(reconcile(structuredClone(NOTHING), { key: 'id' }));
      closePanel();
      desk.attempt(backend.gesture([{ kind: 'clear_selection' }]));
    },
    visit() {
      const step = Math.max(1, Math.ceil(selection.names.length / SAMPLED));
      const targets = selection.names.filter((_, i) => i % step === 0).map((item) => ({ ...item.target }));
      void Promise.all(targets.map((target) => backend.card(target))).then((results) => {
        const places = results.flatMap((result) => (result.ok ? [result.value] : []));
        const view = viewOf(places);
        if (view === undefined) {
          desk.say(t('selection.nowhere'));
        } else {
          desk.attempt(backend.goToPlace({ ...view, heading_deg: Math.round(desk.twin.heading()) }));
        }
      });
    },
    adding,
    setAdding,
    drawn,
    setDrawn,
    heed(gestures) {
      for (const gesture of gestures) {
        switch (gesture.kind) {
          case 'pick':
          case 'here':
            at = gesture.at;
            setHere(undefined);
            break;
          case 'select_box':
          case 'select_lasso':
            isAsked = true;
            setHere(undefined);
            break;
          case 'pan':
          case 'orbit':
          case 'zoom':
          case 'pinch':
            // The list would point at what has moved away.
            setHere(undefined);
            break;
          default:
            break;
        }
      }
    },
  };
}

function selectionOf(dto: SelectionDto): Selection {
  return {
    total: dto.total,
    by_kind: dto.by_kind,
    by_class: [...dto.by_class],
    late: dto.late,
    names: dto.names.map((item) => ({ ...item, id: idOf(item.target) })),
  };
}

export function idOf(target: Target): string {
  return `${target.kind}:${target.id}`;
}

/** A view that holds all of `places`; `undefined` without any. */
export function viewOf(places: readonly Pick<Card, 'lon' | 'lat'>[]) {
  if (places.length === 0) {
    return undefined;
  }
  const lons = places.map((place) => place.lon);
  const lats = places.map((place) => place.lat);
  const [west, east] = [Math.min(...lons), Math.max(...lons)];
  const [south, north] = [Math.min(...lats), Math.max(...lats)];
  const lat = (south + north) / 2;
  const across = (east - west) * METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180);
  const along = (north - south) * METRES_PER_DEGREE;
  const target: [number, number, number] = [(west + east) / 2, lat, 0];
  return {
    target,
    distance_m: Math.max(VISIT.least_m, 1.4 * Math.hypot(across, along)),
    pitch_deg: VISIT.pitch_deg,
  };
}

const SEVERITIES: readonly SeverityDto[] = ['normal', 'low', 'medium', 'high', 'critical'];

/** The severity of a word that came over the wire. */
export function severityOf(raw: string | null): SeverityDto {
  return SEVERITIES.find((known) => known === raw) ?? 'normal';
}
