// The alarm desk of the sample city: alarms that stand, come and go, acts that change them, rules and load figures.
//
// Plausible, not exact: what an alarm is and who may do what is Rust's business. `storm` has fifty thousand alarms.

import type {
  AlarmActDto,
  AlarmActedDto,
  AlarmBoardDto,
  AlarmDetailDto,
  AlarmGroupHandDto,
  AlarmPageDto,
  AlarmPickDto,
  AlarmQueryDto,
  AlarmStateDto,
  AlarmViewDto,
  DeskAlarmDto,
  RuleDto,
} from '../../generated/wire';
import { whole } from '../../state/alarm_query';
import { ALARMING } from '../../state/severity';
import { HOUR, MINUTE, SECOND } from '../../state/time';
import type { AlarmsBackend, Result } from '../backend';
import { detailOf, stepOf } from './alarm_detail';
import { burstEntries, type Entry, entriesOf, hiddenEntries, linesOf, stormEntries } from './alarm_entries';
import { eventOf, fakeGroups, fakePast, groupName, WORKS } from './alarm_groups';
import { fakeLoad, fakeRules, fakeTrial, ruleName } from './alarm_load';
import type { Reading } from './card';
import { type Episode, type FakeCity, limitOf, type Sensor } from './city';

const OPERATOR = '王建国';
/** As the host has it. */
const MOST_ROWS = 1000;
const MOST_REFUSED = 100;
/** The longest shelving, seconds. */
const MOST_SHELVED_S = (8 * HOUR) / SECOND;
/** So many edits of one act are shown as waiting for the hub. */
const MOST_EDITS = 20;
/** How long trying a rule takes in the sample. */
const TRIAL_MILLIS = 600;

const ATTENTION: readonly AlarmStateDto[] = [
  'unacknowledged',
  'acknowledged',
  'returned_unacknowledged',
  'unconfirmed',
  'latched',
];

export interface FakeAlarmsHost {
  city: FakeCity;
  calls: string[];
  kind: 'normal' | 'flood' | 'storm' | 'empty';
  now(): number;
  reading(sensor: Sensor, at: number): Reading;
  /** An edit that waits for the hub. */
  acknowledged(episode: Episode): void;
  pulse(): void;
}

export class FakeAlarms {
  private readonly entries: Entry[];
  private readonly byId: Map<string, Entry>;
  private revision = 1;
  private silencedRank: number | undefined;
  /** Rules that somebody switched off. */
  private readonly off = new Set(['level-unusual']);
  private views: AlarmViewDto[] = [];
  /** Groups that somebody suppresses. */
  private readonly hands = new Map<string, AlarmGroupHandDto>();
  private settledAt = Number.NEGATIVE_INFINITY;
  private sorted: { key: string; rows: Entry[] } | undefined;

  constructor(private readonly host: FakeAlarmsHost) {
    const { city } = host;
    const own = host.kind === 'empty' ? [] : [...entriesOf(city.episodes), ...hiddenEntries(city)];
    const more = host.kind === 'storm' ? stormEntries(city) : host.kind === 'flood' ? burstEntries(city) : [];
    this.entries = [...own, ...more];
    this.byId = new Map(this.entries.map((entry) => [entry.id, entry]));
  }

  /** Who acknowledged an alarm at this desk. */
  acknowledgedBy(id: string): string | null {
    return this.byId.get(id)?.acknowledgedBy ?? null;
  }

  /** By severity: what asks for attention. */
  counts(): [number, number, number, number] {
    this.settle();
    return countsOf(this.entries.filter((entry) => isAttention(entry)));
  }

  board(): AlarmBoardDto {
    this.settle();
    const now = this.host.now();
    const worst = this.loudest();
    if (worst < 0) {
      // What was silenced is over; the next one rings again.
      this.silencedRank = undefined;
    }
    const isSilenced = this.silencedRank !== undefined && worst >= this.silencedRank;
    const isFlood = this.host.kind === 'flood' || this.host.kind === 'storm';
    const count = (is: (entry: Entry) => boolean) => this.entries.filter(is).length;
    return {
      revision: this.revision,
      in_ten_minutes: count((entry) => entry.from <= now && entry.from > now - 10 * MINUTE),
      flood_since: isFlood ? this.host.city.now - 18 * MINUTE : null,
      lines: isFlood ? linesOf(this.entries.filter((entry) => isAttention(entry) || isConsequence(entry))) : [],
      hidden: {
        shelved: count((entry) => entry.state === 'shelved'),
        consequences: count(isConsequence),
        suppressed: count((entry) => entry.state === 'suppressed' && entry.cause === null),
        out_of_service: count((entry) => entry.state === 'out_of_service'),
      },
      groups_on: this.groups().filter((group) => group.is_on).length,
      audible: worst < 0 || isSilenced ? null : (ALARMING[worst] ?? null),
      is_silenced: isSilenced,
    };
  }

  backend(): AlarmsBackend {
    const { host } = this;
    const done = (call: string): Promise<Result<void>> => {
      host.calls.push(call);
      queueMicrotask(() => host.pulse());
      return Promise.resolve({ ok: true, value: undefined });
    };
    const answer = <T>(value: T): Promise<Result<T>> => Promise.resolve({ ok: true, value });
    return {
      alarms: (query) => answer(this.page(query)),
      alarm: (id) => Promise.resolve(this.detail(id)),
      actOnAlarms: (pick, act) => {
        const came = this.act(pick, act);
        host.calls.push(`actOnAlarms ${act.act} ${pickWords(pick)}`);
        queueMicrotask(() => host.pulse());
        return answer(came);
      },
      silenceAlarms: () => {
        const worst = this.loudest();
        this.silencedRank = worst < 0 ? undefined : worst;
        this.revision += 1;
        return done('silenceAlarms');
      },
      alarmLoad: (span) => {
        host.calls.push(`alarmLoad ${Math.round((span.to - span.from) / HOUR)}`);
        return answer(fakeLoad(host.city, span));
      },
      alarmPast: (id) => answer(fakePast(id, this.byId.get(id)?.from ?? host.now())),
      alarmGroups: () => answer(this.groups()),
      suppressGroup: (id, seconds, reason) => {
        const since = Math.round(host.now());
        this.hands.set(id, { by: OPERATOR, reason, since, until: since + seconds * SECOND });
        this.revision += 1;
        return done(`suppressGroup ${id} ${seconds} ${reason}`);
      },
      releaseGroup: (id) => {
        this.hands.delete(id);
        this.revision += 1;
        return done(`releaseGroup ${id}`);
      },
      alarmRules: () => answer(this.rules()),
      switchRule: (id, on) => {
        if (on) {
          this.off.delete(id);
        } else {
          this.off.add(id);
        }
        return done(`switchRule ${id} ${on}`);
      },
      tryRule: async (id, span) => {
        host.calls.push(`tryRule ${id} ${Math.round((span.to - span.from) / HOUR)}`);
        await new Promise((resolve) => setTimeout(resolve, TRIAL_MILLIS));
        const rule = this.rules().find((one) => one.id === id);
        return rule === undefined
          ? { ok: false, error: { code: 'not_found', message: id } }
          : { ok: true, value: fakeTrial(host.city, rule, span) };
      },
      alarmViews: () => answer(this.views),
      saveAlarmViews: (views) => {
        this.views = structuredClone(views);
        return done(`saveAlarmViews ${views.map((view) => view.name).join(' ')}`);
      },
    };
  }

  /** Acknowledges one alarm, as the list of a past moment asks. */
  acknowledge(id: string): void {
    this.act({ of: 'ids', ids: [id] }, { act: 'acknowledge', comment: '' });
  }

  private groups() {
    const hidden = this.entries.filter((entry) => isGroupedOnly(entry)).length;
    return this.host.kind === 'empty' ? [] : fakeGroups(this.hands, hidden);
  }

  private rules(): RuleDto[] {
    return this.host.kind === 'empty' ? [] : fakeRules(this.off);
  }

  /** Lets time pass: what has come back, what is back from the shelf. */
  private settle(): void {
    const now = this.host.now();
    if (now === this.settledAt) {
      return;
    }
    this.settledAt = now;
    for (const entry of this.entries) {
      const state = stateAt(entry, now);
      if (state !== entry.state) {
        if (entry.state !== undefined && entry.until <= now && !entry.isTold) {
          entry.isTold = true;
          entry.steps.push(stepOf(entry.until, 'alarm_cleared', 'rule:limits', '', null));
        }
        entry.state = state;
        this.revision += 1;
      }
    }
  }

  /** The rank of the worst that nobody acknowledged; -1 for none. */
  private loudest(): number {
    const ranks = this.entries
      .filter((entry) => entry.state === 'unacknowledged')
      .map((entry) => ALARMING.indexOf(entry.severity));
    const worst = ranks.reduce((least, rank) => Math.min(least, rank), ALARMING.length);
    // What is medium or low is seen, not heard.
    return worst > 1 ? -1 : worst;
  }

  private matching(query: AlarmQueryDto): Entry[] {
    this.settle();
    const key = `${this.revision} ${JSON.stringify(whole(query))}`;
    if (this.sorted?.key !== key) {
      this.sorted = { key, rows: this.entries.filter((entry) => answers(entry, query)).sort(orderOf(query)) };
    }
    return this.sorted.rows;
  }

  private page(query: AlarmQueryDto): AlarmPageDto {
    const rows = this.matching(query);
    const offset = Math.min(query.offset, rows.length);
    return {
      revision: this.revision,
      total: rows.length,
      by_severity: countsOf(rows),
      offset,
      rows: rows.slice(offset, offset + Math.min(query.count, MOST_ROWS)).map((entry) => this.row(entry)),
    };
  }

  private row(entry: Entry): DeskAlarmDto {
    const now = this.host.now();
    const reading = entry.value === undefined ? this.host.reading(entry.sensor, now) : undefined;
    const state = entry.state ?? 'settled';
    return {
      id: entry.id,
      target: { kind: 'thing', id: entry.sensor.id },
      name: entry.name,
      sensor_kind: entry.sensor.kind,
      rule: ruleName(entry.rule),
      severity: entry.severity,
      state,
      value: entry.value ?? reading?.value ?? null,
      limit: limitOf(entry.sensor, entry.severity),
      unit: entry.sensor.unit,
      since: Math.round(entry.from),
      cleared_at: entry.until <= now ? Math.round(entry.until) : null,
      acknowledged_by: entry.acknowledgedBy,
      shelved_until: state === 'shelved' ? (entry.shelved?.until ?? null) : null,
      area: entry.area,
      consequences: entry.consequences,
      cause: entry.cause,
      groups: isGroupedOnly(entry) ? [groupName(WORKS)] : [],
      is_chattering: entry.isChattering,
      is_stale: state !== 'settled' && now - entry.from > 24 * HOUR,
      is_blinking: state === 'unacknowledged' && entry.severity === 'critical',
      freshness: reading?.freshness ?? 'fresh',
      standing: 'actual',
      comments: entry.steps.filter((step) => step.verb === 'alarm_commented').length,
    };
  }

  private detail(id: string): Result<AlarmDetailDto> {
    this.settle();
    const entry = this.byId.get(id);
    if (entry === undefined || entry.from > this.host.now()) {
      return { ok: false, error: { code: 'not_found', message: id } };
    }
    const sample: AlarmActDto[] = [
      { act: 'acknowledge', comment: '' },
      { act: 'comment', text: '…' },
      { act: 'shelve', for_s: 60, reason: '…' },
      { act: 'unshelve' },
      { act: 'confirm', comment: '' },
      { act: 'out_of_service', reason: '…' },
      { act: 'in_service' },
      { act: 'reset' },
    ];
    const event = eventOf(entry.sensor);
    const value = detailOf(this.host.city, entry, this.entries, (sensor) => this.host.reading(sensor, this.host.now()));
    return {
      ok: true,
      value: {
        ...value,
        row: this.row(entry),
        event_category: event.category,
        event_category_name: event.name,
        plans: event.plans,
        allowed: sample.filter((act) => refusalOf(entry, act) === undefined).map((act) => act.act),
        max_shelve_s: MOST_SHELVED_S,
      },
    };
  }

  private act(pick: AlarmPickDto, act: AlarmActDto): AlarmActedDto {
    this.settle();
    const ids = pick.of === 'ids' ? pick.ids : this.matching(pick.query).map((entry) => entry.id);
    const came: AlarmActedDto = { done: 0, refused: [], refused_count: 0, undo: undoOf(act), ids: [] };
    for (const id of ids) {
      const entry = this.byId.get(id);
      const reason = entry === undefined ? 'unknown' : refusalOf(entry, act);
      if (entry === undefined || reason !== undefined) {
        came.refused_count += 1;
        if (came.refused.length < MOST_REFUSED) {
          came.refused.push({ id, reason: reason ?? 'unknown' });
        }
        continue;
      }
      this.apply(entry, act);
      came.done += 1;
      came.ids.push(id);
      if (act.act === 'acknowledge' && came.done <= MOST_EDITS) {
        this.host.acknowledged(entry);
      }
    }
    this.settledAt = Number.NEGATIVE_INFINITY;
    this.revision += 1;
    this.settle();
    return came;
  }

  private apply(entry: Entry, act: AlarmActDto): void {
    const now = this.host.now();
    const tell = (verb: string, note: string) => entry.steps.push(stepOf(now, verb, OPERATOR, note, null));
    switch (act.act) {
      case 'acknowledge':
        entry.acknowledgedBy = OPERATOR;
        tell('alarm_acknowledged', act.comment);
        break;
      case 'confirm':
        entry.needsConfirm = false;
        tell('alarm_confirmed', act.comment);
        break;
      case 'comment':
        tell('alarm_commented', act.text);
        break;
      case 'shelve':
        entry.shelved = { until: act.for_s === null ? null : Math.round(now + act.for_s * SECOND) };
        tell('alarm_shelved', act.reason);
        break;
      case 'unshelve':
        entry.shelved = undefined;
        tell('alarm_unshelved', '');
        break;
      case 'out_of_service':
        entry.isOut = true;
        tell('alarm_out_of_service', act.reason);
        break;
      case 'in_service':
        entry.isOut = false;
        tell('alarm_in_service', '');
        break;
      case 'reset':
        entry.isLatched = false;
        tell('alarm_reset', '');
        break;
    }
  }
}

function isAttention(entry: Entry): boolean {
  return entry.state !== undefined && ATTENTION.includes(entry.state);
}

function isConsequence(entry: Entry): boolean {
  return entry.state === 'suppressed' && entry.cause !== null;
}

function isGroupedOnly(entry: Entry): boolean {
  return entry.state === 'suppressed' && entry.cause === null;
}

/** How an alarm stands; `undefined` before it came. */
function stateAt(entry: Entry, now: number): AlarmStateDto | undefined {
  if (entry.from > now) {
    return undefined;
  }
  if (entry.isOut) {
    return 'out_of_service';
  }
  if (entry.cause !== null || entry.isGrouped) {
    return 'suppressed';
  }
  const isActive = now < entry.until;
  if (entry.shelved !== undefined && (entry.shelved.until === null ? isActive : now < entry.shelved.until)) {
    return 'shelved';
  }
  if (isActive) {
    return entry.acknowledgedBy === null ? 'unacknowledged' : 'acknowledged';
  }
  if (entry.acknowledgedBy === null) {
    return 'returned_unacknowledged';
  }
  return entry.isLatched ? 'latched' : entry.needsConfirm ? 'unconfirmed' : 'settled';
}

function answers(entry: Entry, query: AlarmQueryDto): boolean {
  const { state } = entry;
  // A line or a cause is shown with all that belongs to it.
  const isWhole = query.line !== null || query.cause !== null;
  const has = <T>(list: readonly T[], one: T) => list.length === 0 || list.includes(one);
  const words = query.text.trim().toLowerCase();
  return (
    state !== undefined &&
    (query.states.length > 0
      ? query.states.includes(state)
      : isWhole
        ? state !== 'settled'
        : ATTENTION.includes(state)) &&
    has(query.severities, entry.severity) &&
    has(query.kinds, entry.sensor.kind) &&
    has(query.rules, entry.rule) &&
    has(query.areas, entry.area) &&
    (query.cause === null || query.cause === entry.cause || query.cause === entry.id) &&
    (query.suppressed_by === null || (query.suppressed_by === 'cause' ? isConsequence(entry) : isGroupedOnly(entry))) &&
    (query.group === null || (query.group === WORKS && isGroupedOnly(entry))) &&
    (query.line === null || query.line === entry.line) &&
    (words === '' || `${entry.name} ${ruleName(entry.rule)} ${entry.area}`.toLowerCase().includes(words))
  );
}

function orderOf(query: AlarmQueryDto): (a: Entry, b: Entry) => number {
  const worst = (a: Entry, b: Entry) =>
    ALARMING.indexOf(a.severity) - ALARMING.indexOf(b.severity) || b.from - a.from || (a.id < b.id ? -1 : 1);
  switch (query.order) {
    case 'worst':
      return worst;
    case 'newest':
      return (a, b) => b.from - a.from || worst(a, b);
    case 'oldest':
      return (a, b) => a.from - b.from || worst(a, b);
    case 'area':
      return (a, b) => a.area.localeCompare(b.area, 'zh-CN') || worst(a, b);
  }
}

/** Why an act is refused, in the words of the host; `undefined` where it is not. */
function refusalOf(entry: Entry, act: AlarmActDto): string | undefined {
  switch (act.act) {
    case 'acknowledge':
      return entry.acknowledgedBy === null ? undefined : 'already_acknowledged';
    case 'confirm':
      return entry.state === 'unconfirmed'
        ? undefined
        : entry.acknowledgedBy === null
          ? 'not_acknowledged'
          : 'nothing_to_confirm';
    case 'comment':
      return act.text.trim() === '' ? 'reason_missing' : undefined;
    case 'shelve':
      if (act.reason.trim() === '') {
        return 'reason_missing';
      }
      return act.for_s !== null && act.for_s > mostShelved(entry) ? 'shelving_time' : undefined;
    case 'unshelve':
      return entry.state === 'shelved' ? undefined : 'not_shelved';
    case 'out_of_service':
      return entry.isOut ? 'already_out_of_service' : act.reason.trim() === '' ? 'reason_missing' : undefined;
    case 'in_service':
      return entry.isOut ? undefined : 'already_in_service';
    case 'reset':
      return entry.state === 'latched' ? undefined : 'not_latched';
  }
}

/** What is critical is not away for hours. */
function mostShelved(entry: Entry): number {
  return entry.severity === 'critical' ? HOUR / SECOND : MOST_SHELVED_S;
}

function undoOf(act: AlarmActDto): AlarmActDto | null {
  switch (act.act) {
    case 'shelve':
      return { act: 'unshelve' };
    case 'out_of_service':
      return { act: 'in_service' };
    default:
      return null;
  }
}

function countsOf(entries: readonly Entry[]): [number, number, number, number] {
  const counts: [number, number, number, number] = [0, 0, 0, 0];
  for (const entry of entries) {
    const rank = ALARMING.indexOf(entry.severity);
    counts[rank] = (counts[rank] ?? 0) + 1;
  }
  return counts;
}

function pickWords(pick: AlarmPickDto): string {
  return pick.of === 'ids' ? pick.ids.slice(0, 5).join(' ') : 'query';
}
