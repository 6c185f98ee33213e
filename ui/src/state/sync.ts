// Sources, what waits for the hub, conflicts, and the other desks: what the panels show of them and what a person can do.
//
// Lists are read while somebody looks at them; the numbers of every update say when there is something to look at.

import { type Accessor, createContext, createSignal, useContext } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { EventStatus, Result } from '../backend/backend';
import type { ChoiceDto, ConflictDto, EventRow, OutboxItemDto, SharedViewDto, SourceDto } from '../generated/wire';
import { type Desk, everyAtMost } from './desk';
import { t } from './texts';

/** How often a list that somebody looks at is read again. */
const READ_MILLIS = 1000;
/** So long a changed status can be had back with one click. */
export const UNDO_MILLIS = 10_000;
/** A fact that waits for longer is worth a word; most are with the hub at once. */
const NOTICE_WAIT_MILLIS = 5000;

/** A list that a panel looks at. */
export interface Listed<T> {
  rows: readonly T[];
  /** False until the first answer. */
  known: Accessor<boolean>;
  failure: Accessor<string | undefined>;
}

/** The newest change of an event's status made at this desk. */
export interface StatusEdit {
  from: EventStatus;
  to: EventStatus;
  /** When, by the desk's clock. */
  at: number;
  /** The host has not answered yet. */
  asking: boolean;
}

export interface Sync {
  /** Reads a list again and again while the caller is there. Call inside a component. */
  watchSources(): Listed<SourceDto>;
  watchOutbox(): Listed<OutboxItemDto>;
  watchConflicts(): Listed<ConflictDto>;
  retry(item: OutboxItemDto): void;
  withdraw(item: OutboxItemDto): void;
  settle(conflict: ConflictDto, choice: ChoiceDto): void;

  /** The status to show: the one that was asked for, until the host has it. */
  statusOf(event: EventRow): string;
  /** An edit of this event waits, here or at the host. */
  isUnsynced(event: EventRow): boolean;
  changeStatus(event: EventRow, status: EventStatus): void;
  /** Resolves to true when the note was taken. */
  addNote(event: EventRow, note: string): Promise<boolean>;
  /** The change that can still be had back. */
  undoable(event: EventRow): StatusEdit | undefined;
  undo(event: EventRow): void;

  /** Facts wait for so long that the person should know. */
  isWaiting: Accessor<boolean>;
  sharing: Accessor<boolean>;
  share(on: boolean): void;
  /** Views that others share. */
  views: Accessor<SharedViewDto[]>;
  followed: Accessor<SharedViewDto | undefined>;
  follow(name: string | undefined): void;
  /** Nothing, the first shared view, the next … nothing. */
  followNext(): void;
}

const SyncContext = createContext<Sync>();
export const SyncProvider = SyncContext.Provider;

export function useSync(): Sync {
  const sync = useContext(SyncContext);
  if (sync === undefined) {
    throw new Error('useSync outside SyncProvider');
  }
  return sync;
}

/** What `desk` knows of its sources and its hub. Call inside a Solid root. */
export function createSync(desk: Desk): Sync {
  const { backend } = desk;
  return {
    watchSources: () => watched(desk, () => backend.sources()),
    watchOutbox: () => watched(desk, () => backend.outbox()),
    watchConflicts: () => watched(desk, () => backend.conflicts()),
    retry: (item) => desk.attempt(backend.retryFact(item.id)),
    withdraw: (item) => desk.attempt(backend.withdrawFact(item.id)),
    settle: (conflict, choice) => desk.attempt(backend.settleConflict(conflict.id, choice)),
    isWaiting: () => {
      const { waiting, oldest_waiting: oldest } = desk.update.outbox;
      return waiting > 0 && oldest !== null && desk.now() - oldest >= NOTICE_WAIT_MILLIS;
    },
    ...createEdits(desk),
    ...createSharing(desk),
  };
}

function watched<T extends { id: string }>(desk: Desk, ask: () => Promise<Result<T[]>>): Listed<T> {
  const [held, setHeld] = createStore<{ rows: T[] }>({ rows: [] });
  const [known, setKnown] = createSignal(false);
  const [failure, setFailure] = createSignal<string>();
  let asked = 0;
  everyAtMost(
    READ_MILLIS,
    () => desk.update.now,
    () => {
      asked += 1;
      const mine = asked;
      void ask().then((result) => {
        if (mine !== asked) {
          return;
        }
        setKnown(true);
        setFailure(result.ok ? undefined : result.error.message);
        if (result.ok) {
          setHeld('rows', reconcile(result.value, { key: 'id' }));
        }
      });
    },
  );
  return {
    get rows() {
      return held.rows;
    },
    known,
    failure,
  };
}

function createEdits(desk: Desk) {
  const [edits, setEdits] = createStore<Record<string, StatusEdit | undefined>>({});

  function send(event: EventRow, from: EventStatus, to: EventStatus): void {
    const { id } = event;
    const edit: StatusEdit = { from, to, at: desk.now(), asking: true };
    setEdits(id, edit);
    void desk.backend.changeEvent(id, to, '').then((result) => {
      // A newer change of the same event is the one that counts.
      if (edits[id]?.at !== edit.at) {
        return;
      }
      setEdits(id, result.ok ? { ...edit, asking: false } : undefined);
      if (!result.ok) {
        desk.attempt(Promise.resolve(result));
      }
    });
  }
  /** What was asked for, as long as the host has neither it nor a newer word. */
  function ahead(event: EventRow): StatusEdit | undefined {
    const edit = edits[event.id];
    const isFresh = edit !== undefined && (edit.asking || desk.now() - edit.at < 2 * READ_MILLIS);
    return isFresh && desk.live() && event.status !== edit.to ? edit : undefined;
  }
  const statusOf = (event: EventRow) => ahead(event)?.to ?? event.status;
  function undoable(event: EventRow): StatusEdit | undefined {
    const edit = edits[event.id];
    return edit !== undefined &&
      desk.live() &&
      desk.now() - edit.at < UNDO_MILLIS &&
      statusOf(event) === edit.to &&
      edit.from !== edit.to
      ? edit
      : undefined;
  }
  return {
    statusOf,
    isUnsynced: (event: EventRow) => event.unsynced || ahead(event) !== undefined,
    changeStatus: (event: EventRow, status: EventStatus) => send(event, statusOf(event) as EventStatus, status),
    async addNote(event: EventRow, note: string) {
      const result = await desk.backend.changeEvent(event.id, undefined, note);
      if (result.ok) {
        desk.say(t('event.note_taken'));
      } else {
        desk.attempt(Promise.resolve(result));
      }
      return result.ok;
    },
    undoable,
    undo(event: EventRow) {
      const edit = undoable(event);
      if (edit !== undefined) {
        // What came before is asked for anew; both stay in history. There is nothing to undo then.
        send(event, edit.from, edit.from);
      }
    },
  };
}

function createSharing(desk: Desk) {
  const [wanted, setWanted] = createSignal<boolean>();
  const self = () => desk.update.presence.find((one) => one.is_self);
  const isOwn = (view: SharedViewDto) =>
    view.name === self()?.desk || view.by === self()?.desk || view.by === self()?.operator;
  const views = () => desk.update.shared.filter((view) => !isOwn(view));
  const followed = () => desk.update.shared.find((view) => view.followed);
  function follow(name: string | undefined): void {
    desk.attempt(desk.backend.followView(name));
  }
  return {
    sharing: () => wanted() ?? desk.update.shared.some(isOwn),
    share(on: boolean) {
      void desk.backend.shareView(on).then((result) => {
        if (result.ok) {
          setWanted(on);
        } else {
          desk.attempt(Promise.resolve(result));
        }
      });
    },
    views,
    followed,
    follow,
    followNext() {
      const all = views();
      const at = all.findIndex((view) => view.followed);
      if (all.length > 0) {
        follow(all[at + 1]?.name);
      }
    },
  };
}
