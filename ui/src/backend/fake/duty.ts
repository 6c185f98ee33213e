// Being on duty in the sample city: the log, who is on duty, the handover, and reports that take a moment to write.
//
// Plausible, not exact: what a signature covers and who may sign is Rust's business.

import type {
  DutyBoardDto,
  DutyEntryDto,
  DutyFigureDto,
  DutyItemDto,
  DutyPageDto,
  DutyQueryDto,
  DutyShiftDto,
  HandoverActDto,
  HandoverActedDto,
  HandoverDto,
  HandoverRowDto,
  ReportFileDto,
  ReportFormatDto,
  ReportOfDto,
} from '../../generated/wire';
import { either } from '../../state/texts';
import { DAY, HOUR, MINUTE } from '../../state/time';
import type { Result } from '../backend';
import type { DutyBackend } from '../duty';
import { type FakeCity, noise } from './city';
import { fakeAnalysis } from './duty_analysis';
import { DESK, entriesOf, entryDto, type FakeEntry, SOURCES, shiftAt } from './duty_entries';

const OFFICERS = { day: ['王建国', '李敏'], night: ['周海燕', '孙磊'] } as const;
const LEADERS = { day: '陈志强', night: '刘洋' } as const;
const SHIFT_NAMES = { day: { zh: '白班', en: 'Day shift' }, night: { zh: '夜班', en: 'Night shift' } } as const;
/** How long writing a report takes in the sample. */
const REPORT_MILLIS = 500;
/** As the host has it. */
const MOST_ROWS = 1000;
const MOST_ITEMS = 8;

const REFUSALS = {
  text: { zh: '要写一句话', en: 'a text is needed' },
  entry: { zh: '这条记录不能改', en: 'this entry cannot be changed' },
  turn: { zh: '现在不能做这一步', en: 'it is not the turn of this step' },
  officer: { zh: '只有接班人本人可以签字', en: 'only the incoming officer may sign' },
  persons: { zh: '交班人和接班人必须是两个人', en: 'two officers are needed' },
  unseen: { zh: '还有未结事项没有看过', en: 'some open items have not been seen' },
  noted: { zh: '还有未结事项没有知悉', en: 'some open items are unacknowledged' },
  changed: { zh: '交班单已变，请重新生成', en: 'the sheet has changed: write it anew' },
  none: { zh: '没有这次交接', en: 'there is no such handover' },
} as const;

/** What the sample desk lends to its duty. */
export interface FakeDutyHost {
  city: FakeCity;
  calls: string[];
  operator: string;
  cases: { titleOf(id: string): string; ids(): string[] };
  now(): number;
  pulse(): void;
}

export class FakeDuty {
  private readonly entries: FakeEntry[];
  private readonly past: HandoverDto[];
  private current: HandoverDto | undefined;
  private sitting: string;
  private since: number;
  private counter = 0;
  private changes = 0;

  constructor(private readonly host: FakeDutyHost) {
    this.sitting = host.operator;
    this.since = shiftAt(host.city.now).from - 6 * MINUTE;
    this.entries = entriesOf(host.city, host.operator);
    this.past = this.isEmpty() ? [] : [1, 2, 3].map((before) => this.earlier(before));
  }

  /** Who sits here. */
  operator(): string {
    return this.sitting;
  }

  /** Counts up with everything that is written. */
  revision(): number {
    return this.changes;
  }

  backend(): DutyBackend {
    return {
      dutyBoard: () => taken(this.board()),
      dutyLog: (query) => taken(this.page(query)),
      writeDuty: (text, subject) => {
        this.call(`writeDuty ${text}`);
        return Promise.resolve(this.write(text, subject, null));
      },
      correctDuty: (entry, text, reason) => {
        this.call(`correctDuty ${entry} ${text}`);
        const refused = this.strike(entry, reason);
        return Promise.resolve(refused ?? this.write(text, '', entry));
      },
      strikeDuty: (entry, reason) => {
        this.call(`strikeDuty ${entry}`);
        return Promise.resolve(this.strike(entry, reason) ?? { ok: true, value: undefined });
      },
      handover: (id) => {
        const found = id === undefined ? this.underWay() : [this.underWay(), ...this.past].find((one) => one.id === id);
        return Promise.resolve(found === undefined ? refusal('none') : { ok: true, value: found });
      },
      actOnHandover: (id, act) => {
        this.call(`actOnHandover ${act.act}`);
        return Promise.resolve(this.underWay().id === id ? this.act(act) : refusal('none'));
      },
      handovers: () => taken([...(this.current === undefined ? [] : [this.current]), ...this.past].map(rowOf)),
      analysis: (query) => {
        this.host.calls.push(`analysis ${Math.round((query.to - query.from) / DAY)}`);
        return taken(fakeAnalysis(this.host.city, query, this.host.now(), this.host.cases.ids()));
      },
      exportReport: (of, format, path) => this.report(of, format, path),
    };
  }

  private isEmpty(): boolean {
    return this.host.city.sensors.length === 0;
  }

  private call(words: string): void {
    this.changes += 1;
    this.host.calls.push(words);
    queueMicrotask(() => this.host.pulse());
  }

  private shift(at: number): DutyShiftDto {
    const { id, from, until } = shiftAt(at);
    return { id, name: either(SHIFT_NAMES[id]), from, until, officers: [...OFFICERS[id]], leader: LEADERS[id] };
  }

  private known(): FakeEntry[] {
    return this.entries.filter((entry) => entry.at <= this.host.now());
  }

  private board(): DutyBoardDto {
    const now = this.host.now();
    const shift = this.shift(now);
    const items = this.items();
    const count = (kind: DutyItemDto['kind']) => items.filter((item) => item.kind === kind).length;
    return {
      operator: this.sitting,
      shift,
      next: this.shift(shift.until),
      is_rostered: true,
      since: this.since,
      open: {
        alarms: count('alarm'),
        events: count('event'),
        overdue: this.isEmpty() ? 0 : 2,
        assignments: count('assignment'),
      },
      entries: this.known().filter((entry) => entry.at >= this.since).length,
      handover: this.current?.id ?? null,
      is_handover_due: now >= shift.until - 15 * MINUTE,
    };
  }

  private page(query: DutyQueryDto): DutyPageDto {
    const text = query.text.trim().toLowerCase();
    const answering = this.known()
      .filter((entry) => entry.at >= query.from && entry.at < query.to)
      .filter((entry) => !(query.hides_struck && entry.struck !== null))
      .filter((entry) => text === '' || `${entry.text.zh} ${entry.text.en} ${entry.by}`.toLowerCase().includes(text));
    const rows = answering.filter((entry) => query.sources.length === 0 || query.sources.includes(entry.source));
    const ordered = query.is_oldest_first ? rows : [...rows].reverse();
    const count = (source: FakeEntry['source']) => answering.filter((entry) => entry.source === source).length;
    return {
      total: rows.length,
      by_source: [count('alarm'), count('event'), count('act'), count('system'), count('hand')],
      offset: query.offset,
      rows: ordered.slice(query.offset, query.offset + Math.min(MOST_ROWS, query.count)).map(entryDto),
    };
  }

  private write(text: string, subject: string, corrects: string | null): Result<DutyEntryDto> {
    if (text.trim() === '') {
      return refusal('text');
    }
    const entry: FakeEntry = {
      id: this.nextId('d-w'),
      at: Math.round(this.host.now()),
      by: this.sitting,
      source: 'hand',
      subject,
      target: subject === '' ? null : { kind: 'event', id: subject },
      text: { zh: text, en: text },
      corrects,
      struck: null,
    };
    this.entries.push(entry);
    return { ok: true, value: entryDto(entry) };
  }

  private strike(id: string, reason: string): Result<never> | undefined {
    const entry = this.entries.find((one) => one.id === id);
    if (reason.trim() === '') {
      return refusal('text');
    }
    if (entry === undefined || entry.source !== 'hand' || entry.struck !== null) {
      return refusal('entry');
    }
    entry.struck = { at: Math.round(this.host.now()), by: this.sitting, reason };
    return undefined;
  }

  private nextId(prefix: string): string {
    this.counter += 1;
    return `${prefix}${this.counter}`;
  }

  /** What is open now: alarms, events, those who were sent. */
  private items(): DutyItemDto[] {
    const now = this.host.now();
    const alarms = this.host.city.episodes
      .filter((one) => one.from <= now && now < one.until && one.severity !== 'low')
      .slice(0, MOST_ITEMS)
      .map(
        (one): DutyItemDto => ({
          kind: 'alarm',
          id: one.id,
          target: { kind: 'thing', id: one.sensor.id },
          title: one.sensor.name,
          since: one.from,
          is_acknowledged: one.acknowledgedBy !== null,
        }),
      );
    const events = this.host.cases
      .ids()
      .slice(0, MOST_ITEMS)
      .map(
        (id, i): DutyItemDto => ({
          kind: 'event',
          id,
          target: { kind: 'event', id },
          title: this.host.cases.titleOf(id),
          since: Math.round(now - (25 + 31 * i) * MINUTE),
          is_acknowledged: i !== 1,
        }),
      );
    const sent = ['排水抢险二队：云龙湖下穿通道抽排', '市政养护班：和平路围挡'].map(
      (title, i): DutyItemDto => ({
        kind: 'assignment',
        id: `assignment-${i}`,
        target: null,
        title,
        since: this.host.city.now - (38 + 27 * i) * MINUTE,
        is_acknowledged: true,
      }),
    );
    return [...alarms, ...events, ...(this.isEmpty() ? [] : sent)];
  }

  private figures(from: number): DutyFigureDto[] {
    const known = this.known().filter((entry) => entry.at >= from);
    return SOURCES.map((word) => ({ word, count: known.filter((entry) => entry.source === word).length }));
  }

  private underWay(): HandoverDto {
    if (this.current !== undefined) {
      return this.current;
    }
    const now = Math.round(this.host.now());
    const shift = this.shift(now);
    const next = this.shift(shift.until);
    return {
      id: `h${this.past.length + 1}`,
      state: 'open',
      shift: shift.id,
      shift_name: shift.name,
      from: this.since,
      until: now,
      outgoing: this.sitting,
      incoming: '',
      candidates: next.officers.filter((name) => name !== this.sitting),
      items: this.items(),
      figures: this.figures(this.since),
      note: '',
      records: this.known().filter((entry) => entry.at >= this.since).length,
      proof: '',
      signed_out: null,
      signed_in: null,
      returned: [],
      completed_at: null,
      is_intact: true,
      allowed: ['draft'],
    };
  }

  private act(act: HandoverActDto): Result<HandoverActedDto> {
    const before = this.underWay();
    if (!before.allowed.includes(act.act)) {
      return refusal('turn');
    }
    const after = this.after(before, act);
    if (!after.ok) {
      return after;
    }
    this.current = after.value;
    if (act.act === 'complete') {
      this.past.unshift(after.value);
      this.current = undefined;
      this.sitting = after.value.incoming;
      this.since = Math.round(this.host.now());
      this.note(`交接班完成：${after.value.outgoing} → ${after.value.incoming}`);
    }
    return { ok: true, value: { handover: after.value, operator: this.sitting } };
  }

  private after(before: HandoverDto, act: HandoverActDto): Result<HandoverDto> {
    const at = Math.round(this.host.now());
    const done = (change: Partial<HandoverDto>): Result<HandoverDto> => ({ ok: true, value: { ...before, ...change } });
    switch (act.act) {
      case 'draft':
        return this.drafted(before, act);
      case 'sign_out':
        if (act.proof !== before.proof) {
          return refusal('changed');
        }
        if (before.items.some((item) => !item.is_acknowledged)) {
          return refusal('noted');
        }
        return done({
          state: 'signed_by_outgoing',
          signed_out: { name: before.outgoing, at, statement: act.statement, proof: act.proof },
          allowed: ['sign_in', 'return'],
        });
      case 'sign_in':
        if (act.officer !== before.incoming) {
          return refusal('officer');
        }
        if (before.items.some((item) => !act.seen.includes(item.id))) {
          return refusal('unseen');
        }
        return done({
          state: 'signed_by_incoming',
          signed_in: { name: act.officer, at, statement: act.statement, proof: act.proof },
          allowed: ['complete'],
        });
      case 'return':
        return act.reason.trim() === ''
          ? refusal('text')
          : done({
              state: 'drafted',
              signed_out: null,
              returned: [...before.returned, { at, by: act.officer, reason: act.reason }],
              allowed: ['draft', 'sign_out'],
            });
      case 'complete':
        return done({ state: 'done', completed_at: at, allowed: [] });
    }
  }

  private drafted(before: HandoverDto, act: Extract<HandoverActDto, { act: 'draft' }>): Result<HandoverDto> {
    if (act.incoming === '' || act.incoming === this.sitting) {
      return refusal('persons');
    }
    const now = Math.round(this.host.now());
    const open = this.items().map((item) => ({
      ...item,
      is_acknowledged: item.is_acknowledged || act.acknowledged.includes(item.id),
    }));
    const notes = act.notes.map(
      (title, i): DutyItemDto => ({
        kind: 'note',
        id: `note-${i}`,
        target: null,
        title,
        since: now,
        is_acknowledged: true,
      }),
    );
    const items = [...open, ...notes];
    return {
      ok: true,
      value: {
        ...before,
        state: 'drafted',
        until: now,
        incoming: act.incoming,
        note: act.note,
        items,
        figures: this.figures(this.since),
        records: this.known().filter((entry) => entry.at >= this.since).length,
        proof: digestOf(JSON.stringify([act, items, now])),
        allowed: ['draft', 'sign_out'],
      },
    };
  }

  private note(text: string): void {
    const at = Math.round(this.host.now());
    this.entries.push({
      id: this.nextId('d-n'),
      at,
      by: DESK,
      source: 'system',
      subject: '',
      target: null,
      text: { zh: text, en: text },
      corrects: null,
      struck: null,
    });
  }

  /** A handover of earlier: so many shifts before this one. */
  private earlier(before: number): HandoverDto {
    const shift = this.shift(shiftAt(this.host.city.now).from - (before - 1) * 12 * HOUR - HOUR);
    const next = this.shift(shift.until);
    const [outgoing = '', second = ''] = shift.officers;
    const incoming = next.officers[before === 1 ? 0 : 1] ?? second;
    const proof = digestOf(`${shift.from}`);
    return {
      id: `h${4 - before}`,
      state: 'done',
      shift: shift.id,
      shift_name: shift.name,
      from: shift.from,
      until: shift.until - 8 * MINUTE,
      outgoing,
      incoming,
      candidates: [],
      items: [
        {
          kind: 'event',
          id: `e${10 + before}`,
          target: { kind: 'event', id: `e${10 + before}` },
          title: '建国西路雨水井盖缺失',
          since: shift.from + 3 * HOUR,
          is_acknowledged: true,
        },
      ],
      figures: SOURCES.map((word, i) => ({ word, count: Math.round(40 * noise(i, before)) })),
      note: '下穿通道水位回落，泵站保持一用一备。',
      records: 61 + before,
      proof,
      signed_out: { name: outgoing, at: shift.until - 8 * MINUTE, statement: '情况属实，已当面交代。', proof },
      signed_in: { name: incoming, at: shift.until - 6 * MINUTE, statement: '已看过全部未结事项，同意接班。', proof },
      returned: [],
      completed_at: shift.until - 6 * MINUTE,
      is_intact: before !== 3,
      allowed: [],
    };
  }

  private report(of: ReportOfDto, format: ReportFormatDto, path: string | undefined): Promise<Result<ReportFileDto>> {
    this.host.calls.push(`exportReport ${of.kind} ${format}`);
    const file = path ?? `exports/${of.kind}-2026-11-21.${format}`;
    const pages = format === 'pdf' ? 4 : 0;
    return new Promise((resolve) => {
      setTimeout(() => resolve({ ok: true, value: { path: file, bytes: 84_213, pages, missing: '' } }), REPORT_MILLIS);
    });
  }
}

function taken<T>(value: T): Promise<Result<T>> {
  return Promise.resolve({ ok: true, value });
}

function refusal(why: keyof typeof REFUSALS): Result<never> {
  return { ok: false, error: { code: 'bad_request', message: either(REFUSALS[why]) } };
}

function rowOf(one: HandoverDto): HandoverRowDto {
  return {
    id: one.id,
    state: one.state,
    shift_name: one.shift_name,
    from: one.from,
    until: one.until,
    outgoing: one.outgoing,
    incoming: one.incoming,
    items: one.items.length,
    is_intact: one.is_intact,
  };
}

/** Looks like a SHA-256, and changes with the text. */
function digestOf(text: string): string {
  let seed = 17;
  for (const letter of text) {
    seed = (Math.imul(seed, 31) + (letter.codePointAt(0) ?? 0)) | 0;
  }
  return Array.from({ length: 64 }, (_, i) => Math.floor(noise(seed, i) * 16).toString(16)).join('');
}
