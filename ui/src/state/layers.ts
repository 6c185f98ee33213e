// The layers over the city: what the panel shows of them and what a person can change.
//
// The list is read while somebody looks at it and the host says that it changed. A change shows at once; the host's
// word replaces it.

import { type Accessor, createContext, createEffect, createSignal, on, onCleanup, useContext } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { FilterCheckDto, FilterFieldDto, LayerChangeDto, LayerSizeDto } from '../generated/wire';
import { type Desk, everyAtMost, throttled } from './desk';
import { createFences, type Fences } from './fences';
import { type Grouping, type LayerList, layerList, NO_LAYERS, neighbour, withChange } from './layer_list';
import { language } from './texts';

/** The list is read at most so often. */
const READ_MILLIS = 500;
/** A slider is followed at most so often. */
const FOLLOW_MILLIS = 60;

export interface Layers {
  list: LayerList;
  /** False until the first answer. */
  known: Accessor<boolean>;
  failure: Accessor<string | undefined>;
  /** Keeps the list fresh while the caller is there. Call inside a component. */
  watch(): void;
  change(change: LayerChangeDto): void;
  /** Follows a slider: many calls a second are fine. */
  setOpacity(id: string, opacity: number): void;
  /** The same for the size of symbols. */
  setSize(id: string, size: LayerSizeDto): void;
  /** Moves a layer by one place in the order of drawing. */
  moveBy(id: string, by: -1 | 1): void;
  /** What a filter comes to; `undefined` with a refusal already shown. */
  check(id: string, text: string): Promise<FilterCheckDto | undefined>;
  fields: Accessor<FilterFieldDto[] | undefined>;
  readFields(): void;
  /** The geofences that people drew. */
  fences: Fences;

  grouping: Accessor<Grouping>;
  setGrouping(grouping: Grouping): void;
  /** The layer whose details are open. */
  open: Accessor<string | undefined>;
  setOpen(id: string | undefined): void;
  words: Accessor<string>;
  setWords(words: string): void;
  closed: Accessor<ReadonlySet<string>>;
  toggleBranch(id: string): void;
}

const LayersContext = createContext<Layers>();
export const LayersProvider = LayersContext.Provider;

export function useLayers(): Layers {
  const layers = useContext(LayersContext);
  if (layers === undefined) {
    throw new Error('useLayers outside LayersProvider');
  }
  return layers;
}

/** The layers of `desk`. Call inside a Solid root. */
export function createLayers(desk: Desk): Layers {
  const fences = createFences(desk);
  const choices = createChoices();
  return {
    ...createList(desk),
    ...createFields(desk),
    ...choices,
    fences,
    setOpen(id) {
      fences.setOpen(false);
      choices.setOpen(id);
    },
  };
}

function createList(desk: Desk) {
  const { backend } = desk;
  const [list, setList] = createStore<LayerList>(structuredClone(NO_LAYERS));
  const [known, setKnown] = createSignal(false);
  const [failure, setFailure] = createSignal<string>();
  /** How many panels show the list. */
  let lookers = 0;
  /** Counts questions and changes: an answer to an older question is of no use. */
  let turn = 0;
  let changing = 0;

  function read(): void {
    turn += 1;
    const mine = turn;
    void backend.layers().then((result) => {
      if (mine !== turn || changing > 0) {
        return;
      }
      setKnown(true);
      setFailure(result.ok ? undefined : result.error.message);
      if (result.ok) {
        setList(reconcile(layerList(result.value), { key: 'id' }));
      }
    });
  }
  everyAtMost(
    READ_MILLIS,
    () => [desk.update.layers_revision, desk.update.city, language()],
    () => {
      if (lookers > 0) {
        read();
      }
    },
  );

  function change(wanted: LayerChangeDto): void {
    turn += 1;
    changing += 1;
    setList(reconcile(withChange(plain(list), wanted), { key: 'id' }));
    void backend.changeLayer(wanted).then((result) => {
      changing -= 1;
      if (!result.ok) {
        desk.attempt(Promise.resolve(result));
      }
      if (changing === 0) {
        read();
      }
    });
  }
  const sendOpacity = throttled(FOLLOW_MILLIS, (wanted: { id: string; opacity: number }) =>
    change({ do: 'opacity', ...wanted }),
  );
  const sendSize = throttled(FOLLOW_MILLIS, (wanted: { id: string; size: LayerSizeDto }) =>
    change({ do: 'size', ...wanted }),
  );
  onCleanup(() => {
    sendOpacity.cancel();
    sendSize.cancel();
  });

  return {
    list,
    known,
    failure,
    watch() {
      lookers += 1;
      onCleanup(() => {
        lookers -= 1;
      });
      if (lookers === 1) {
        read();
      }
    },
    change,
    setOpacity(id: string, opacity: number) {
      turn += 1;
      setList('rows', (row) => row.id === id, 'opacity', opacity);
      sendOpacity.call({ id, opacity });
    },
    setSize(id: string, size: LayerSizeDto) {
      turn += 1;
      setList(reconcile(withChange(plain(list), { do: 'size', id, size }), { key: 'id' }));
      sendSize.call({ id, size });
    },
    moveBy(id: string, by: -1 | 1) {
      const before = neighbour(list.rows, id, by);
      if (before !== undefined) {
        change({ do: 'move', id, before });
      }
    },
  };
}

/** A plain copy of a store, so that what is made of it shares nothing with it. */
function plain(list: LayerList): LayerList {
  return JSON.parse(JSON.stringify(list)) as LayerList;
}

function createFields(desk: Desk) {
  const [fields, setFields] = createSignal<FilterFieldDto[]>();
  // Their words are of one language, and devices of another city have other properties.
  createEffect(
    on(
      () => [desk.update.city, language()],
      () => setFields(undefined),
      { defer: true },
    ),
  );
  return {
    fields,
    async check(id: string, text: string) {
      const result = await desk.backend.checkFilter(id, text);
      if (!result.ok) {
        desk.attempt(Promise.resolve(result));
        return undefined;
      }
      return result.value;
    },
    readFields() {
      void desk.backend.filterFields().then((result) => {
        if (result.ok) {
          setFields(result.value);
        } else {
          desk.attempt(Promise.resolve(result));
        }
      });
    },
  };
}

/** How the person looks at the list; the card and the page share it. */
function createChoices() {
  const [grouping, setGrouping] = createSignal<Grouping>('kind');
  const [open, setOpen] = createSignal<string>();
  const [words, setWords] = createSignal('');
  const [closed, setClosed] = createSignal<ReadonlySet<string>>(new Set());
  return {
    grouping,
    setGrouping,
    open,
    setOpen,
    words,
    setWords,
    closed,
    toggleBranch(id: string) {
      const next = new Set(closed());
      if (!next.delete(id)) {
        next.add(id);
      }
      setClosed(next);
    },
  };
}
