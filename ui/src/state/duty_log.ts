// The duty log as it is read and written: which stretch, which words, which page, and what is done to an entry.

import { type Accessor, createEffect, createMemo, createSignal, on, untrack } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { Result } from '../backend/backend';
import type { DutyEntryDto, DutyPageDto, DutyQueryDto, DutySourceDto } from '../generated/wire';
import { type Desk, everyAtMost } from './desk';
import { isText, keptAt } from './duty_draft';
import { language, t } from './texts';
import { DAY, MINUTE } from './time';

/** In the order of `DutyPageDto.by_source`. */
export const SOURCES = ['alarm', 'event', 'act', 'system', 'hand'] as const satisfies readonly DutySourceDto[];

export const LOG_SPANS = ['shift', 'day', 'week', 'month'] as const;
export type LogSpan = (typeof LOG_SPANS)[number];
const SPAN_MILLIS: Record<Exclude<LogSpan, 'shift'>, number> = { day: DAY, week: 7 * DAY, month: 30 * DAY };

/** Rows of a page: as many as one reads at a sitting, and no more than a table draws at once without a pause. */
export const PAGE_ROWS = 200;
/** How often the log is read again by itself. */
const READ_MILLIS = 10_000;
/** The longest entry, characters: the host takes 4 096 bytes. */
export const ENTRY_MOST = 1300;

export interface LogFilter {
  span: LogSpan;
  text: string;
  sources: readonly DutySourceDto[];
  hidesStruck: boolean;
  isOldestFirst: boolean;
  offset: number;
}

const ALL: LogFilter = { span: 'shift', text: '', sources: [], hidesStruck: false, isOldestFirst: false, offset: 0 };

/** True when the filter leaves something out. */
export function isNarrowed(filter: LogFilter): boolean {
  return filter.text !== '' || filter.sources.length > 0 || filter.hidesStruck;
}

/** What is asked for: the shift begins at `since`, and nothing at `to` or later is wanted. */
export function queryOf(filter: LogFilter, since: number, to: number): DutyQueryDto {
  const from = filter.span === 'shift' ? Math.min(since, to - MINUTE) : to - SPAN_MILLIS[filter.span];
  return {
    from: Math.round(from),
    to: Math.round(to),
    text: filter.text,
    sources: [...filter.sources],
    hides_struck: filter.hidesStruck,
    is_oldest_first: filter.isOldestFirst,
    offset: filter.offset,
    count: PAGE_ROWS,
  };
}

/** What is done to an entry, with what was written for it so far. */
export interface Edit {
  entry: string;
  act: 'correct' | 'strike';
  text: string;
  reason: string;
}

export function isSendable(edit: Edit): boolean {
  return edit.reason.trim() !== '' && (edit.act === 'strike' || edit.text.trim() !== '');
}

const entryDraft = keptAt('duty_entry', isText);
const editDraft = keptAt('duty_edit', isEdit);

function isEdit(value: unknown): value is Edit {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const edit = value as Partial<Edit>;
  return (
    isText(edit.entry) &&
    (edit.act === 'correct' || edit.act === 'strike') &&
    typeof edit.text === 'string' &&
    typeof edit.reason === 'string'
  );
}

export interface DutyLog {
  filter: Accessor<LogFilter>;
  /** Narrows or widens; the first page shows again. */
  change(change: Partial<Omit<LogFilter, 'offset'>>): void;
  toggleSource(source: DutySourceDto): void;
  showAll(): void;
  turnTo(offset: number): void;
  /** Everything but the rows; `undefined` until they are known. */
  page: Accessor<Omit<DutyPageDto, 'rows'> | undefined>;
  rows: readonly DutyEntryDto[];
  /** The stretch that is listed. */
  stretch: Accessor<{ from: number; to: number }>;
  failure: Accessor<string | undefined>;
  read(): void;
  /** Reads as long as the caller is there. Call inside a component. */
  watch(): void;

  /** The entry that is being written. */
  draft: Accessor<string>;
  /** The draft is from before the last start. */
  isKept: Accessor<boolean>;
  writeDraft(text: string): void;
  /** Writes the draft into the log; `subject` is what it is about. */
  send(subject: string): Promise<boolean>;
  edit: Accessor<Edit | undefined>;
  begin(entry: DutyEntryDto, act: Edit['act']): void;
  writeEdit(change: Partial<Pick<Edit, 'text' | 'reason'>>): void;
  sendEdit(): void;
  giveUp(): void;
  busy: Accessor<boolean>;
}

/**
 * The log of `desk`; `since` is when the shift began, `onWritten` hears that something was written. Call inside a Solid
 * root.
 */
export function createDutyLog(desk: Desk, since: Accessor<number>, onWritten: () => void): DutyLog {
  const [filter, setFilter] = createSignal<LogFilter>(ALL);
  const [page, setPage] = createSignal<Omit<DutyPageDto, 'rows'>>();
  const [rows, setRows] = createStore<DutyEntryDto[]>([]);
  const [listed, setListed] = createSignal({ from: 0, to: 0 });
  const [failure, setFailure] = createSignal<string>();
  /** While somebody reads on, what comes meanwhile moves no page. */
  let readUntil: number | undefined;
  let asked = 0;

  function end(): number {
    // Live, the host's clock may be a little ahead of what is shown here.
    return desk.live() ? desk.now() + MINUTE : Math.round(desk.shown()) + 1;
  }
  function read(): void {
    asked += 1;
    const mine = asked;
    const query = queryOf(filter(), since(), readUntil ?? end());
    void desk.backend.dutyLog(query).then((result) => {
      if (mine !== asked) {
        return;
      }
      setFailure(result.ok ? undefined : result.error.message);
      if (result.ok) {
        const { rows: found, ...rest } = result.value;
        setListed({ from: query.from, to: Math.min(query.to, desk.live() ? desk.now() : query.to) });
        setRows(reconcile(found, { key: 'id' }));
        setPage(rest);
      }
    });
  }
  function use(wanted: LogFilter): void {
    readUntil = wanted.offset === 0 ? undefined : (readUntil ?? end());
    setFilter(wanted);
  }
  function change(wanted: Partial<Omit<LogFilter, 'offset'>>): void {
    use({ ...filter(), ...wanted, offset: 0 });
  }
  const writing = createWriting(desk, () => {
    read();
    onWritten();
  });

  return {
    filter,
    change,
    toggleSource(source) {
      const { sources } = filter();
      change({ sources: sources.includes(source) ? sources.filter((one) => one !== source) : [...sources, source] });
    },
    showAll: () => change({ text: '', sources: [], hidesStruck: false }),
    turnTo: (offset) => use({ ...filter(), offset: Math.max(0, offset) }),
    page,
    rows,
    stretch: listed,
    failure,
    read,
    watch() {
      createEffect(on([filter, since, language, desk.live], read));
      const beat = createMemo(() =>
        [
          desk.update.event_board.revision,
          desk.update.duty_revision,
          desk.update.alarm_board.revision,
          Math.floor(desk.update.shown / READ_MILLIS),
        ].join(' '),
      );
      everyAtMost(2000, beat, () => (readUntil === undefined ? untrack(read) : undefined));
    },
    ...writing,
  };
}

type Writing = Pick<
  DutyLog,
  'draft' | 'isKept' | 'writeDraft' | 'send' | 'edit' | 'begin' | 'writeEdit' | 'sendEdit' | 'giveUp' | 'busy'
>;

/** Writing entries and changing them. */
function createWriting(desk: Desk, onWritten: () => void): Writing {
  const before = desk.mode === 'wall' ? undefined : entryDraft.kept();
  const [draft, setDraft] = createSignal(before ?? '');
  const [isKept, setKept] = createSignal(before !== undefined);
  const [edit, setEdit] = createSignal<Edit | undefined>(desk.mode === 'wall' ? undefined : editDraft.kept());
  const [running, setRunning] = createSignal(0);

  async function run<T>(promise: Promise<Result<T>>): Promise<Result<T>> {
    setRunning(running() + 1);
    const result = await promise;
    setRunning(running() - 1);
    if (result.ok) {
      onWritten();
    } else {
      desk.attempt(Promise.resolve(result));
    }
    return result;
  }
  function giveUp(): void {
    editDraft.drop();
    setEdit(undefined);
  }
  return {
    draft,
    isKept,
    writeDraft(text) {
      setDraft(text);
      setKept(false);
      if (text.trim() === '') {
        entryDraft.drop();
      } else {
        entryDraft.keep(text);
      }
    },
    async send(subject) {
      const text = draft().trim();
      if (text === '' || running() > 0) {
        return false;
      }
      const result = await run(desk.backend.writeDuty(text, subject));
      if (result.ok) {
        const { id } = result.value;
        if (draft().trim() === text) {
          entryDraft.drop();
          setDraft('');
          setKept(false);
        }
        desk.say(t('duty.written'), {
          words: t('alarms.undo'),
          run: () => void run(desk.backend.strikeDuty(id, t('duty.undo_reason'))),
        });
      }
      return result.ok;
    },
    edit,
    begin: (entry, act) => setEdit({ entry: entry.id, act, text: act === 'correct' ? entry.text : '', reason: '' }),
    writeEdit(wanted) {
      const at = edit();
      if (at !== undefined) {
        const next = { ...at, ...wanted };
        editDraft.keep(next);
        setEdit(next);
      }
    },
    sendEdit() {
      const at = edit();
      if (at === undefined || !isSendable(at) || running() > 0) {
        return;
      }
      const reason = at.reason.trim();
      const sent: Promise<Result<unknown>> =
        at.act === 'correct'
          ? desk.backend.correctDuty(at.entry, at.text.trim(), reason)
          : desk.backend.strikeDuty(at.entry, reason);
      // The form stays until the host has taken it: nothing written is lost to a refusal.
      void run(sent).then((result) => {
        if (result.ok && edit()?.entry === at.entry) {
          giveUp();
          desk.say(t(at.act === 'correct' ? 'duty.corrected' : 'duty.struck_done'));
        }
      });
    },
    giveUp,
    busy: () => running() > 0,
  };
}
