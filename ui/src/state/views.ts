// The wall of pictures: which cameras stand in which cells, what they follow, what is kept of it, and what is done with one.
//
// A cell's picture is a feed of its own (`view_feed.ts`). What is laid over the city stays open while its page is not in front.

import {
  type Accessor,
  createContext,
  createEffect,
  createMemo,
  createSignal,
  on,
  onCleanup,
  untrack,
  useContext,
} from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { Result } from '../backend/backend';
import type {
  MosaicDto,
  MosaicFollowsDto,
  PtzActDto,
  SnapshotDto,
  SnapshotTakenDto,
  VideoActedDto,
  VideoRefusalDto,
  VideoTablesDto,
  ViewStateDto,
} from '../generated/wire';
import { createAsked } from './asked';
import { type Desk, everyAtMost } from './desk';
import { t } from './texts';
import type { Video } from './video';
import { videoRefusalWords } from './video_words';
import {
  arranged,
  type CameraRef,
  type Cell,
  cellsOf,
  emptyCell,
  emptyCells,
  MOST_CELLS,
  type MosaicHead,
  type MosaicSize,
  mosaicOf,
  NO_HEAD,
  nextCell,
  sizeOf,
} from './view_cells';
import { type Anchor, anchored, type ClockNow, LIVE } from './view_clock';
import { createFeed, type Feed, type Wanted } from './view_feed';

/** A moment has to stand so long before recordings are opened for it. */
const SETTLE_MILLIS = 350;
/** Who sees an event is asked again at most so often. */
const FOLLOW_MILLIS = 5000;

/** How wide and how often a picture of a mosaic is asked for: no more than its cell can show. */
const QUALITY: Record<MosaicSize, { width: number; fps: number }> = {
  1: { width: 1280, fps: 25 },
  4: { width: 768, fps: 15 },
  9: { width: 512, fps: 12 },
  16: { width: 384, fps: 8 },
};
/** What one looks for who follows an event, as the policy calls it. */
const EVENT_PURPOSE = 'event';
/** On the whole screen cells are larger. */
const FULL_SHARE = 1.5;

export const SIDES = ['camera', 'pick', 'snapshots'] as const;
export type Side = (typeof SIDES)[number];

export const FOLLOWS = ['nothing', 'clock', 'event'] as const satisfies readonly MosaicFollowsDto[];

/** Where a picture is shown in the twin. */
export interface Pinned {
  drape: boolean;
  above: boolean;
}

/** What the page of video lends: its words to choose from, and the way to its tabs. */
export type VideoDoor = Pick<Video, 'tables' | 'show'>;

export interface Views {
  size: Accessor<MosaicSize>;
  setSize(size: MosaicSize): void;
  /** All cells; those from `size` on are not shown. */
  cells: readonly Cell[];
  /** A feed for each cell, in their order. */
  feeds: readonly Feed[];
  put(cell: number, camera: CameraRef): void;
  /** Puts a camera into an empty cell, or the current one. */
  add(camera: CameraRef): void;
  swap(a: number, b: number): void;
  clear(cell: number): void;
  clearAll(): void;
  current: Accessor<number>;
  setCurrent(cell: number): void;
  /** Puts a camera into a cell and shows the mosaic. */
  look(camera: CameraRef): void;
  show: Video['show'];

  follows: Accessor<MosaicFollowsDto>;
  setFollows(follows: MosaicFollowsDto): void;
  event: Accessor<string | undefined>;
  /** Why no camera could be found for the event. */
  eventWords: Accessor<string | undefined>;
  /** The moment that pictures show with the clock. */
  anchor: Accessor<Anchor>;

  tables: Accessor<VideoTablesDto | undefined>;
  /** What it is looked at for; empty while nobody said. */
  purpose: Accessor<string>;
  /** The same for the cameras of an event or an alarm: handling it, when nobody said anything else. */
  eventPurpose: Accessor<string>;
  setPurpose(purpose: string): void;

  head: Accessor<MosaicHead>;
  saved: Accessor<MosaicDto[]>;
  readSaved(): void;
  /** Shows a mosaic. */
  use(mosaic: MosaicDto): void;
  save(name: string, isShared: boolean): Promise<boolean>;
  remove(): Promise<void>;

  isFull: Accessor<boolean>;
  setFull(on: boolean): void;
  side: Accessor<Side | undefined>;
  setSide(side: Side | undefined): void;

  /** Asks the host again how the open views stand. */
  readStands(): void;
  /** What the host knows of an open view. */
  stand(view: number | undefined): ViewStateDto | undefined;
  pinned(cell: number): Pinned;
  pin(cell: number, change: Partial<Pinned>): void;
  steer(camera: string, act: PtzActDto): void;
  snapshot(feed: Feed, reason: string): Promise<SnapshotDto | undefined>;
  saveClip(feed: Feed, reason: string): Promise<boolean>;
  reveal(digest: string, reason: string): Promise<SnapshotTakenDto | undefined>;
  /** Tells a refusal; what came of it otherwise. */
  acted<T extends { refused: VideoRefusalDto | null }>(work: Promise<Result<T>>): Promise<T | undefined>;
}

const ViewsContext = createContext<Views>();
export const ViewsProvider = ViewsContext.Provider;

export function useViews(): Views {
  const views = useContext(ViewsContext);
  if (views === undefined) {
    throw new Error('useViews outside ViewsProvider');
  }
  return views;
}

/** The pictures of `desk` on the page of `video`. Call inside a Solid root. */
export function createViews(desk: Desk, video: VideoDoor): Views {
  const { backend } = desk;
  const { show } = video;
  const [size, setSize] = createSignal<MosaicSize>(4);
  const [cells, setCells] = createStore<Cell[]>(emptyCells());
  const [current, setCurrent] = createSignal(0);
  const [follows, setFollows] = createSignal<MosaicFollowsDto>('clock');
  const [purpose, setPurpose] = createSignal('');
  const [head, setHead] = createSignal<MosaicHead>(NO_HEAD);
  const [isFull, setFull] = createSignal(false);
  const [side, setSide] = createSignal<Side | undefined>('pick');
  const [pins, setPins] = createSignal<ReadonlyMap<number, Pinned>>(new Map());
  const anchor = followClock(desk);
  const saved = createAsked(
    () => [desk.update.video.desk_revision, desk.update.city],
    () => backend.mosaics(),
  );
  const [standsRead, setStandsRead] = createSignal(0);
  const stands = createAsked(
    () => [desk.update.video.views_revision, standsRead()],
    () => backend.videoViews(),
  );

  function eventPurpose(): string {
    const isKnown = video.tables()?.purposes.some((one) => one.code === EVENT_PURPOSE) ?? true;
    return purpose() === '' && isKnown ? EVENT_PURPOSE : purpose();
  }
  function wantedOf(id: number): Wanted | undefined {
    const cell = cells[id];
    if (cell === undefined || id >= size() || cell.camera === '' || cell.isDenied) {
      return undefined;
    }
    const { width, fps } = QUALITY[size()];
    const { at, isStill } = follows() === 'nothing' ? LIVE : anchor();
    const wide = isFull() ? Math.min(1920, width * FULL_SHARE) : width;
    const what = follows() === 'event' ? eventPurpose() : purpose();
    return { camera: cell.camera, at, isStill, width: wide, fps, purpose: what };
  }
  const feeds = Array.from({ length: MOST_CELLS }, (_, id) => createFeed(backend, () => wantedOf(id)));

  async function acted<T extends { refused: VideoRefusalDto | null }>(
    work: Promise<Result<T>>,
  ): Promise<T | undefined> {
    const result = await work;
    if (!result.ok) {
      desk.attempt(Promise.resolve(result));
      return undefined;
    }
    const { refused } = result.value;
    if (refused !== null) {
      const error = { code: 'bad_request' as const, message: videoRefusalWords(refused) };
      desk.attempt(Promise.resolve({ ok: false, error }));
      return undefined;
    }
    return result.value;
  }
  function put(id: number, camera: CameraRef): void {
    unpin(id);
    setCells(id, { ...emptyCell(id), camera: camera.camera, name: camera.name, byHand: true });
    goToPreset(id);
  }
  /** A cell that a preset belongs to has its camera turned there. */
  function goToPreset(id: number): void {
    const cell = untrack(() => cells[id]);
    if (cell !== undefined && cell.preset > 0 && desk.live()) {
      void acted<VideoActedDto>(backend.ptz(cell.camera, { kind: 'preset', number: cell.preset }));
    }
  }
  function fill(next: readonly Cell[]): void {
    for (const cell of next) {
      if (cells[cell.id]?.camera !== cell.camera) {
        unpin(cell.id);
      }
    }
    setCells(reconcile([...next], { key: 'id' }));
  }
  function unpin(id: number): void {
    if (pins().has(id)) {
      const next = new Map(pins());
      next.delete(id);
      setPins(next);
    }
  }
  /** What was refused is not pinned. */
  function giveBack(id: number, before: Pinned, came: VideoActedDto | undefined): void {
    if (came === undefined) {
      setPins(new Map(pins()).set(id, before));
    }
  }
  const pinned = (id: number): Pinned => pins().get(id) ?? { drape: false, above: false };
  /** A recorded picture stays where the camera looked when it was laid. */
  function layAgain(id: number, view: number | undefined): void {
    const pin = pinned(id);
    if (view === undefined || !desk.live()) {
      return;
    }
    if (pin.drape) {
      desk.attempt(backend.drape(view, true));
    }
    if (pin.above) {
      desk.attempt(backend.pictureAbove(view, true));
    }
  }

  for (const [id, feed] of feeds.entries()) {
    createEffect(() => feed.setKept(pinned(id).drape || pinned(id).above));
    // A view that is opened anew is not yet in the twin.
    createEffect(
      on(feed.view, (view) => {
        const pin = pinned(id);
        if (view !== undefined && pin.drape) {
          void acted<VideoActedDto>(backend.drape(view, true));
        }
        if (view !== undefined && pin.above) {
          void acted<VideoActedDto>(backend.pictureAbove(view, true));
        }
      }),
    );
  }
  // What is laid over the city follows a camera that was turned, and obstacles that came to be known.
  let stood = '';
  everyAtMost(
    FOLLOW_MILLIS,
    () => [desk.update.video.catalogue_revision, desk.update.video.obstacles.kind],
    () => {
      const { catalogue_revision: revision, obstacles } = desk.update.video;
      const now = `${revision} ${obstacles.kind}`;
      if (stood !== '' && now !== stood) {
        untrack(() => {
          for (const [id, feed] of feeds.entries()) {
            layAgain(id, feed.view());
          }
        });
      }
      stood = now;
    },
  );
  const followed = followEvent(desk, follows, size, (mosaic) =>
    fill(
      arranged(
        untrack(() => cells.map((cell) => ({ ...cell }))),
        mosaic.cells,
        size(),
      ),
    ),
  );
  // Another event, or following anew, takes all cells.
  createEffect(on([followed.event, follows], () => setCells(() => true, 'byHand', false), { defer: true }));

  function use(mosaic: MosaicDto): void {
    if (mosaic.refused !== null) {
      void acted(Promise.resolve({ ok: true as const, value: mosaic }));
      return;
    }
    setSize(sizeOf(mosaic.size));
    setCurrent(0);
    fill(cellsOf(mosaic.cells));
    // A mosaic of a moment is of use only with the clock at it.
    setFollows(mosaic.at === null ? mosaic.follows : 'clock');
    followed.setEvent(mosaic.event ?? undefined);
    setHead(
      mosaic.id === ''
        ? NO_HEAD
        : { id: mosaic.id, name: mosaic.name, isShared: mosaic.is_shared, isMine: mosaic.is_mine, by: mosaic.by },
    );
    for (const cell of cells) {
      goToPreset(cell.id);
    }
  }

  return {
    size,
    setSize(wanted) {
      setSize(wanted);
      setCurrent(Math.min(current(), wanted - 1));
    },
    cells,
    feeds,
    put,
    add(camera) {
      const id = nextCell(cells, size(), current());
      put(id, camera);
      setCurrent(id);
    },
    swap(a, b) {
      const [first, second] = [cells[a], cells[b]];
      if (first === undefined || second === undefined || a === b) {
        return;
      }
      const [one, other] = [{ ...first }, { ...second }];
      unpin(a);
      unpin(b);
      setCells(a, { ...other, id: a });
      setCells(b, { ...one, id: b });
    },
    clear(id) {
      unpin(id);
      setCells(id, { ...emptyCell(id), byHand: true });
    },
    clearAll() {
      setPins(new Map());
      setCells(reconcile(emptyCells(), { key: 'id' }));
      setHead(NO_HEAD);
    },
    current,
    setCurrent,
    look(camera) {
      const there = cells.find((cell) => cell.id < size() && cell.camera === camera.camera);
      if (there === undefined) {
        const id = nextCell(cells, size(), current());
        put(id, camera);
        setCurrent(id);
      } else {
        setCurrent(there.id);
      }
      setSide('camera');
      show('mosaic');
    },
    show,
    follows,
    setFollows,
    event: followed.event,
    eventWords: followed.words,
    anchor,
    tables: video.tables,
    purpose,
    eventPurpose,
    setPurpose,
    head,
    saved: () => saved.value() ?? [],
    readSaved: saved.read,
    use,
    async save(name, isShared) {
      const before = head();
      const wanted = { ...before, id: before.isMine ? before.id : '', name, isShared, isMine: true };
      const mosaic = mosaicOf(wanted, cells, size(), follows(), followed.event());
      const came = await acted(backend.saveMosaic(mosaic));
      if (came === undefined) {
        return false;
      }
      setHead(wanted);
      const list = await backend.mosaics();
      const kept = list.ok ? list.value.find((one) => one.is_mine && one.name === name) : undefined;
      if (kept !== undefined) {
        setHead({ ...wanted, id: kept.id, by: kept.by });
      }
      saved.read();
      desk.say(t('view.mosaic_saved', { name }));
      return true;
    },
    async remove() {
      const { id, name } = head();
      const kept = saved.value()?.find((one) => one.id === id);
      if (id !== '' && (await acted(backend.deleteMosaic(id))) !== undefined) {
        setHead(NO_HEAD);
        saved.read();
        const undo = {
          words: t('tool.undo'),
          run: () => kept && void acted(backend.saveMosaic({ ...kept, id: '' })).then(saved.read),
        };
        desk.say(t('view.mosaic_deleted', { name }), kept && undo);
      }
    },
    isFull,
    setFull,
    side,
    setSide,
    readStands: () => setStandsRead((count) => count + 1),
    stand: (view) => (view === undefined ? undefined : stands.value()?.find((one) => one.view === view)),
    pinned,
    pin(id, change) {
      const [before, view] = [pinned(id), feeds[id]?.view()];
      setPins(new Map(pins()).set(id, { ...before, ...change }));
      if (view !== undefined) {
        const { drape, above } = change;
        const works = [
          drape === undefined ? undefined : backend.drape(view, drape),
          above === undefined ? undefined : backend.pictureAbove(view, above),
        ];
        for (const work of works.filter((one) => one !== undefined)) {
          void acted<VideoActedDto>(work).then((came) => giveBack(id, before, came));
        }
      }
    },
    steer: (camera, act) => void acted(backend.ptz(camera, act)),
    async snapshot(feed, reason) {
      const view = feed.view();
      if (view === undefined) {
        return undefined;
      }
      const came = await acted(backend.snapshot(view, reason));
      const taken = came?.snapshot ?? undefined;
      if (taken !== undefined) {
        desk.say(taken.has_detector ? t('view.snapshot_kept', { n: taken.masked }) : t('view.snapshot_unmasked'), {
          words: t('view.snapshots_show'),
          run: () => {
            setSide('snapshots');
            show('mosaic');
          },
        });
      }
      return taken;
    },
    async saveClip(feed, reason) {
      const view = feed.view();
      const came = view === undefined ? undefined : await acted(backend.saveClip(view, reason));
      if (came !== undefined) {
        desk.say(t('view.clip_kept'), {
          words: t('view.snapshots_show'),
          run: () => {
            setSide('snapshots');
            show('mosaic');
          },
        });
      }
      return came !== undefined;
    },
    reveal: (digest, reason) => acted(backend.reveal(digest, reason)),
    acted,
  };
}

/** The moment that pictures show, as the clock moves. */
function followClock(desk: Desk): Accessor<Anchor> {
  const [anchor, setAnchor] = createSignal<Anchor>(LIVE);
  let settling: ReturnType<typeof setTimeout> | undefined;
  onCleanup(() => clearTimeout(settling));
  const clock = (): ClockNow => ({
    mode: desk.live() ? 'live' : desk.playing() ? 'playing' : 'standing',
    shown: Math.round(desk.shown()),
    rate: desk.rate(),
  });
  createEffect(() => {
    const now = clock();
    const before = untrack(anchor);
    clearTimeout(settling);
    const next = anchored(before, now, performance.now());
    if (next === before) {
      return;
    }
    // Whoever leaves the present is shown no live picture meanwhile.
    if (now.mode === 'standing' && before.at !== undefined) {
      settling = setTimeout(() => setAnchor(next), SETTLE_MILLIS);
    } else {
      setAnchor(next);
    }
  });
  return anchor;
}

/** The cameras that see the event that is followed; another event is followed when it is selected. */
function followEvent(
  desk: Desk,
  follows: Accessor<MosaicFollowsDto>,
  size: Accessor<MosaicSize>,
  take: (mosaic: MosaicDto) => void,
) {
  const [event, setEvent] = createSignal<string>();
  const [words, setWords] = createSignal<string>();
  let asked = 0;
  const selected = createMemo(() => {
    const target = desk.selected();
    return target?.kind === 'event' ? target.id : undefined;
  });
  createEffect(
    on([selected, follows], ([id, mode]) => {
      if (mode === 'event' && id !== undefined) {
        setEvent(id);
      }
    }),
  );
  function read(): void {
    const id = event();
    asked += 1;
    const mine = asked;
    if (follows() !== 'event' || id === undefined) {
      setWords(undefined);
      return;
    }
    const target = { kind: 'event', id } as const;
    void desk.backend.mosaicFor({ target, size: size(), is_allowed_only: true }).then((result) => {
      if (mine !== asked) {
        return;
      }
      if (!result.ok) {
        setWords(result.error.message);
      } else if (result.value.refused !== null) {
        setWords(videoRefusalWords(result.value.refused));
      } else {
        setWords(result.value.cells.length === 0 ? t('view.event_none') : undefined);
        take(result.value);
      }
    });
  }
  // In the past other cameras may be looked at, and none can be turned: asked once the host is there.
  const isLive = createMemo(() => desk.update.clock.mode === 'live');
  createEffect(on([event, follows, size, isLive], read));
  let seen = '';
  everyAtMost(
    FOLLOW_MILLIS,
    () => [desk.update.video.catalogue_revision, desk.update.video.obstacles.kind, desk.update.event_board.revision],
    () => {
      const { video, event_board: board } = desk.update;
      const now = `${video.catalogue_revision} ${video.obstacles.kind} ${board.revision}`;
      if (seen !== '' && now !== seen) {
        read();
      }
      seen = now;
    },
  );
  return { event, setEvent, words };
}
