// The event desk of the sample city: a believable loop of some fifty cases, with clocks that run, rights, and steps that are told.
//
// Plausible, not exact. `plain` stands for a host whose event desk cannot be read.

import type {
  CaseActDto,
  CaseActedDto,
  CaseDetailDto,
  CaseDraftDto,
  CaseEntryDto,
  CaseLightDto,
  CaseLikeDto,
  CaseLinkDto,
  CasePageDto,
  CaseQueryDto,
  CaseReportedDto,
  CaseRowDto,
  CasesActedDto,
  CaseTitleDto,
  CaseUndoDto,
  CaseViewDto,
  DraftCheckDto,
  EventBoardDto,
  SeverityDto,
} from '../../generated/wire';
import { LOOP_STEPS } from '../../state/case_query';
import { ALARMING, LEVELS } from '../../state/severity';
import { MINUTE, SECOND } from '../../state/time';
import type { Result } from '../backend';
import type { CasesBackend } from '../cases';
import {
  clocksOf,
  type FakeAct,
  type FakeActor,
  type FakeReport,
  type FakeState,
  type FakeStep,
  fold,
  isOpenStage,
  isWithin,
  loopStep,
  needsEvidence,
  needsReason,
  partyOf,
  refusalOf,
  USUAL,
  undoActOf,
} from './case_engine';
import { categories, type FakeCase, PARTIES, roles, SOURCES, sampleCases } from './case_samples';
import type { FakeCity } from './city';

/** As the host has it. */
const MOST_ROWS = 1000;
const MOST_FILE_BYTES = 64 * 1024 * 1024;
/** So long a step can be taken back in the sample. */
const UNDO_MILLIS = 10 * MINUTE;
const METRES = { lon: 91_900, lat: 111_200 };
const LIGHTS: readonly CaseLightDto[] = ['stopped', 'green', 'yellow', 'red', 'escalated'];
const MOVES: readonly CaseActDto['act'][] = [
  'register',
  'assign',
  'receive',
  'arrive',
  'handle',
  'verify',
  'send_back',
  'rate',
  'close',
  'urge',
  'return',
  'extend',
  'suspend',
  'resume',
  'cancel',
  'reopen',
  'archive',
  'merge',
  'unmerge',
  'split_off',
  'set_parent',
  'set_level',
  'set_category',
  'comment',
  'link',
  'unlink',
];
const VERBS: Partial<Record<FakeAct['act'], string>> = {
  report: 'event_reported',
  join: 'event_joined',
  return: 'event_returned',
  send_back: 'event_sent_back',
  split_off: 'event_split_off',
  set_parent: 'event_parent_set',
  set_level: 'event_level_set',
  set_category: 'event_category_set',
  cancel: 'event_cancelled',
  unlink: 'event_unlinked',
  link: 'event_linked',
  attach: 'event_attached',
  comment: 'event_commented',
  suspend: 'event_suspended',
  extend: 'event_extended',
  assign: 'event_assigned',
  register: 'event_registered',
  reopen: 'event_reopened',
  verify: 'event_verified',
};

export interface FakeCasesHost {
  city: FakeCity;
  calls: string[];
  kind: 'normal' | 'empty' | 'plain';
  operator(): string;
  now(): number;
  shown(): number;
  isPast(): boolean;
  /** A step of ours waits for the hub; its item. */
  told(verb: string, id: string, title: string): string;
  /** Whether that item still waits. */
  waits(item: string): boolean;
  /** Entries of a case's plan, dispatches and picture, oldest first. */
  more(id: string): CaseEntryDto[];
  pulse(): void;
}

export class FakeCases {
  private readonly all: FakeCase[];
  private readonly byId: Map<string, FakeCase>;
  private readonly bytes = new Map<string, string>();
  private role = 'duty_officer';
  private party: string | null = null;
  private views: CaseViewDto[] = [];
  private revision = 1;
  private made = 0;
  private lights = '';

  constructor(private readonly host: FakeCasesHost) {
    this.all = host.kind === 'empty' ? [] : sampleCases(host.city);
    this.byId = new Map(this.all.map((one) => [one.id, one]));
  }

  /** What others of the sample know of a case. */
  titleOf(id: string): string {
    return this.state(id)?.title || id;
  }

  categoryOf(id: string): string {
    return this.state(id)?.category ?? '';
  }

  /** The role in which whoever sits here acts. */
  actingRole(): string {
    return this.role;
  }

  /** Open cases, the most urgent first. */
  ids(): string[] {
    return this.rows(this.host.now())
      .filter((row) => isOpenStage(row.stage))
      .sort(orderOf('urgency'))
      .map((row) => row.id);
  }

  board(): EventBoardDto {
    const rows = this.rows(this.host.now());
    const open = rows.filter((row) => isOpenStage(row.stage) && row.standing === 'actual');
    const count = (light: CaseLightDto) => open.filter((row) => row.light === light).length;
    const lights = rows.map((row) => `${row.id}${row.light}${row.is_unsynced}`).join();
    if (lights !== this.lights) {
      this.lights = lights;
      this.revision += 1;
    }
    const newest = [...rows].sort((a, b) => b.reported_at - a.reported_at)[0];
    return {
      revision: this.revision,
      open: open.length,
      unassigned: open.filter((row) => row.holder === null).length,
      yellow: count('yellow'),
      red: count('red'),
      escalated: count('escalated'),
      newest_id: newest?.id ?? '',
      by_step: byStep(rows),
      role: this.role,
      party: this.party,
      party_name: partyOf(PARTIES, this.party ?? undefined)?.name ?? '',
    };
  }

  backend(): CasesBackend {
    const { host } = this;
    const fails = (): Result<never> | undefined =>
      host.kind === 'plain' ? { ok: false, error: { code: 'bad_request', message: '事件库打不开' } } : undefined;
    const answer = <T>(make: () => Result<T>): Promise<Result<T>> => Promise.resolve(fails() ?? make());
    const tell = <T>(call: string, make: () => Result<T>): Promise<Result<T>> => {
      host.calls.push(call);
      const result = fails() ?? make();
      queueMicrotask(() => host.pulse());
      return Promise.resolve(result);
    };
    return {
      cases: (query) => answer(() => ({ ok: true, value: this.page(query) })),
      caseDetail: (id) => answer(() => this.detail(id)),
      actOnCase: (id, act) => tell(`actOnCase ${act.act} ${id}`, () => this.act(id, act)),
      actOnCases: (ids, act) => tell(`actOnCases ${act.act} ${ids.join(' ')}`, () => this.actOnMany(ids, act)),
      reportCase: (draft) => tell(`reportCase ${draft.title}`, () => ({ ok: true, value: this.report(draft) })),
      checkDraft: (draft) => answer(() => ({ ok: true, value: this.check(draft) })),
      caseFromAlarm: (alarm, draft) =>
        tell(`caseFromAlarm ${alarm}`, () => ({ ok: true, value: this.report({ ...draft, source: 'alarm' }) })),
      undoCaseStep: (id, step, reason) => tell(`undoCaseStep ${id}`, () => this.undo(id, step, reason)),
      caseTables: () =>
        answer(() => ({
          ok: true,
          value: {
            categories: categories(),
            roles: roles(),
            parties: PARTIES,
            levels: [...LEVELS],
            sources: SOURCES,
            problems: [],
            most_attachment_bytes: MOST_FILE_BYTES,
          },
        })),
      setActor: (role, party) =>
        tell(`setActor ${role} ${party ?? 'none'}`, () => {
          this.role = role;
          this.party = party ?? null;
          this.revision += 1;
          return { ok: true, value: undefined };
        }),
      caseViews: () => answer(() => ({ ok: true, value: this.views })),
      saveCaseViews: (views) =>
        tell(`saveCaseViews ${views.map((view) => view.name).join(' ')}`, () => {
          this.views = structuredClone(views);
          return { ok: true, value: undefined };
        }),
      attachToCase: (id, name, mediaType, base64, isEvidence) =>
        tell(`attachToCase ${id} ${name}`, () => this.attach(id, name, mediaType, base64, isEvidence)),
      attachment: (digest) =>
        answer(() => {
          const found = this.bytes.get(digest);
          return found === undefined
            ? { ok: false, error: { code: 'not_found', message: digest } }
            : { ok: true, value: found };
        }),
    };
  }

  private actor(): FakeActor {
    return { name: this.host.operator(), role: this.role, party: this.party };
  }

  private state(id: string, at?: number): FakeState | undefined {
    const found = this.byId.get(id);
    return found === undefined ? undefined : fold(found.steps, at ?? this.host.now());
  }

  private moment(): number {
    return this.host.isPast() ? this.host.shown() : this.host.now();
  }

  /** The rows of all that was reported until `at`. */
  private rows(at: number): CaseRowDto[] {
    return this.all.filter((one) => (one.steps[0]?.at ?? at + 1) <= at).map((one) => this.rowOf(one, at));
  }

  private rowOf(one: FakeCase, at: number): CaseRowDto {
    const state = fold(one.steps, at);
    const clock = isOpenStage(state.stage) ? clocksOf(state, at).find((found) => !found.is_over) : undefined;
    const related = (pick: (other: FakeState) => boolean) =>
      this.all.filter((other) => other !== one && pick(fold(other.steps, at))).length;
    return {
      id: one.id,
      title: state.title,
      category: state.category,
      category_name: categories().find((row) => row.word === state.category)?.name ?? state.category,
      level: state.level,
      severity: severityOfLevel(state.level),
      stage: state.stage,
      loop_step: loopStep(state),
      light: clock?.light ?? null,
      due_phase: clock?.phase ?? null,
      due_at: clock?.due_at ?? null,
      used: clock?.used ?? null,
      holder: partyOf(PARTIES, state.holder),
      source: state.source,
      place: state.place,
      happened_at: state.happenedAt,
      reported_at: Math.round(state.reportedAt),
      closed_at: state.closedAt,
      reports: state.reports.length,
      children: this.made === 0 ? 0 : related((other) => other.parent === one.id),
      merged: this.made === 0 ? 0 : related((other) => other.mergedInto === one.id),
      urges: state.urges,
      attachments: state.files.length,
      parent: state.parent,
      merged_into: state.mergedInto,
      standing: state.standing,
      is_unsynced: one.steps.some((step) => step.item !== '' && this.host.waits(step.item)),
      is_closed_at_source: false,
    };
  }

  private page(query: CaseQueryDto): CasePageDto {
    const rows = this.rows(this.moment())
      .filter((row) => answers(row, query))
      .sort(orderOf(query.order));
    const offset = Math.min(query.offset, rows.length);
    const count = (light: CaseLightDto) => rows.filter((row) => row.light === light).length;
    const level = (word: string) => rows.filter((row) => row.level === word).length;
    return {
      revision: this.revision,
      total: rows.length,
      by_step: byStep(rows),
      by_light: [count('stopped'), count('green'), count('yellow'), count('red'), count('escalated')],
      by_level: [level('I'), level('II'), level('III'), level('IV')],
      offset,
      rows: rows.slice(offset, offset + Math.min(query.count, MOST_ROWS)),
      is_past: this.host.isPast(),
    };
  }

  private detail(id: string): Result<CaseDetailDto> {
    const found = this.byId.get(id);
    const at = this.moment();
    if (found === undefined || (found.steps[0]?.at ?? at + 1) > at) {
      return notFound(id);
    }
    const state = fold(found.steps, at);
    const isPast = this.host.isPast();
    const title = (other: FakeCase): CaseTitleDto => {
      const known = fold(other.steps, at);
      return { id: other.id, title: known.title, level: known.level, stage: known.stage };
    };
    const titleOf = (other: string | null) => {
      const known = other === null ? undefined : this.byId.get(other);
      return known === undefined ? null : title(known);
    };
    const those = (pick: (other: FakeState) => boolean) =>
      this.all.filter((other) => other !== found && pick(fold(other.steps, at))).map(title);
    const timeline = [...this.entries(found, state, at), ...this.host.more(id)].sort((a, b) => a.at - b.at);
    const likes = this.likes(state, id, at);
    return {
      ok: true,
      value: {
        row: this.rowOf(found, at),
        is_past: isPast,
        description: state.text,
        area: '泉山区 云龙湖街道 320311005001203',
        reports: state.reports,
        timeline,
        timeline_total: timeline.length,
        moves: this.moves(state, isPast),
        assignments: state.assignments.map((one, i) => ({
          party: partyOf(PARTIES, one.party) ?? { kind: 'department', id: one.party, name: one.party },
          at: one.at,
          by: one.by,
          note: one.note,
          received_at: one.receivedAt,
          received_by: one.receivedBy,
          is_current: i === state.assignments.length - 1 && state.holder !== undefined,
        })),
        clocks: clocksOf(state, at),
        links: state.links.map((link) => this.link(link)),
        attachments: state.files,
        parent: titleOf(state.parent),
        merged_into: titleOf(state.mergedInto),
        children: those((other) => other.parent === id),
        merged: those((other) => other.mergedInto === id),
        undo: isPast ? null : this.undoOf(found),
        likely_same: likes.filter((one) => isOpenStage(one.stage) && one.score >= 0.5).slice(0, 3),
        similar: likes.filter((one) => one.closed_at !== null).slice(0, 5),
        cameras: this.cameras(state),
        forces: FORCES.map((name, i) => ({
          target: { kind: 'thing', id: this.host.city.sensors[i]?.id ?? '1' },
          name,
          kind: i % 2 === 0 ? 'person' : 'vehicle',
          distance_m: 260 + 390 * i,
          severity: 'normal',
          value: '',
        })),
        needs_evidence: needsEvidence(state),
        needs_rating: false,
        rating: state.rating,
        returns: state.returns,
        send_backs: state.sendBacks,
        reopenings: state.reopenings,
        extensions: state.extensions,
      },
    };
  }

  private moves(state: FakeState, isPast: boolean): CaseDetailDto['moves'] {
    const usual = (USUAL[state.stage] ?? []).filter((move) => move !== 'arrive' || !state.hasArrived);
    const order = [...usual, ...MOVES.filter((move) => !usual.includes(move))];
    return order.map((move) => ({
      word: move,
      refusal: isPast ? 'past' : (refusalOf(state, move, this.actor()) ?? null),
      needs_reason: needsReason(move),
      is_usual: usual.includes(move),
    }));
  }

  private entries(found: FakeCase, state: FakeState, at: number): CaseEntryDto[] {
    return found.steps
      .filter((step) => step.at <= at)
      .map(
        (step): CaseEntryDto => ({
          id: step.id,
          kind: 'step',
          verb: verbOf(step.act.act),
          at: step.at,
          known_at: step.at,
          by: step.act.act === 'report' ? step.act.report.by : step.by,
          role: step.role,
          ...this.saidOf(step.act),
          has_effect: !state.void.has(step.id),
          is_unsynced: step.item !== '' && this.host.waits(step.item),
        }),
      );
  }

  private saidOf(act: FakeAct): Pick<CaseEntryDto, 'text' | 'reason' | 'about' | 'figure'> {
    const party = act.act === 'assign' ? (partyOf(PARTIES, act.party)?.name ?? act.party) : '';
    const other = act.act === 'merge' ? this.titleOf(act.into) : '';
    const file = act.act === 'attach' ? act.file.name : '';
    const title = act.act === 'report' || act.act === 'join' ? act.report.title : '';
    return {
      text: 'text' in act ? act.text : act.act === 'assign' ? act.note : '',
      reason: 'reason' in act ? act.reason : '',
      about: party || other || file || title,
      figure:
        act.act === 'rate' ? act.score : act.act === 'extend' ? act.minutes : act.act === 'urge' ? act.rung : null,
    };
  }

  private link(link: { kind: string; target: string }): CaseLinkDto {
    const sensor = this.host.city.sensors.find((one) => one.id === link.target);
    const camera = this.host.city.cameras.find((one) => one.id === link.target);
    const episode = this.host.city.episodes.find((one) => one.id === link.target);
    const thing = sensor ?? episode?.sensor;
    return {
      kind: link.kind,
      id: link.target,
      name: thing?.name ?? camera?.name ?? link.target,
      target:
        thing !== undefined
          ? { kind: 'thing', id: thing.id }
          : camera !== undefined
            ? { kind: 'camera', id: camera.id }
            : null,
    };
  }

  private cameras(state: FakeState): CaseDetailDto['cameras'] {
    const { place } = state;
    return place === null
      ? []
      : this.host.city.cameras
          .map((camera) => ({
            target: { kind: 'camera' as const, id: camera.id },
            name: camera.name,
            kind: 'camera',
            distance_m: metres(place, [camera.lon, camera.lat]),
            severity: 'normal' as const,
            value: '',
          }))
          .sort((a, b) => a.distance_m - b.distance_m)
          .slice(0, 4);
  }

  /** Other cases, the likeliest first. */
  private likes(state: Pick<FakeState, 'title' | 'category' | 'place'>, id: string, at: number): CaseLikeDto[] {
    return this.rows(at)
      .filter((row) => row.id !== id && row.merged_into === null)
      .map((row): CaseLikeDto => {
        const far = state.place === null || row.place === null ? null : metres(state.place, row.place);
        const near = far === null ? 0.5 : Math.max(0, 1 - far / 900);
        const score = 0.4 * near + 0.35 * shared(state.title, row.title) + (row.category === state.category ? 0.25 : 0);
        return {
          id: row.id,
          title: row.title,
          category_name: row.category_name,
          level: row.level,
          stage: row.stage,
          score,
          distance_m: far,
          happened_at: row.happened_at,
          closed_at: row.closed_at,
          took_s: row.closed_at === null ? null : (row.closed_at - row.reported_at) / SECOND,
          outcome: this.state(row.id, at)?.outcome ?? '',
        };
      })
      .filter((one) => one.score > 0.3)
      .sort((a, b) => b.score - a.score)
      .slice(0, 10);
  }

  private check(draft: CaseDraftDto): DraftCheckDto {
    const found = this.likes({ title: draft.title, category: draft.category, place: draft.place }, '', this.host.now());
    const perhaps = found.filter((one) => isOpenStage(one.stage)).slice(0, 5);
    const best = perhaps[0];
    return {
      joins: !draft.is_alone && best !== undefined && best.score >= 0.75 ? best.id : null,
      is_repeated: draft.number !== '' && this.all.some((one) => this.hasNumber(one, draft)),
      perhaps,
    };
  }

  private hasNumber(one: FakeCase, draft: CaseDraftDto): boolean {
    return fold(one.steps).reports.some((report) => report.number === draft.number && report.source === draft.source);
  }

  private report(draft: CaseDraftDto): CaseReportedDto {
    const now = Math.round(this.host.now());
    const { joins, is_repeated: isRepeated, perhaps } = this.check(draft);
    const same = this.all.find((one) => draft.number !== '' && this.hasNumber(one, draft));
    if (isRepeated && same !== undefined) {
      return { id: same.id, is_joined: false, is_repeated: true, perhaps };
    }
    const into = draft.is_alone ? undefined : this.byId.get(draft.join ?? joins ?? '');
    this.made += 1;
    const id = into?.id ?? `n${this.made}`;
    const report: FakeReport = {
      id: `r-n${this.made}`,
      case: id,
      source: draft.source === '' ? 'officer' : draft.source,
      number: draft.number,
      title: draft.title,
      text: draft.text,
      reporter: draft.reporter,
      place: draft.place,
      happened_at: draft.happened_at ?? now,
      at: now,
      by: this.host.operator(),
      moved_to: null,
      category: draft.category,
      level: draft.level === '' ? 'IV' : draft.level,
      standing: draft.standing,
      links: draft.links,
    };
    const target = into ?? { id, steps: [] };
    if (into === undefined) {
      this.all.push(target);
      this.byId.set(id, target);
    }
    this.add(target, into === undefined ? { act: 'report', report } : { act: 'join', report }, draft.title);
    return { id, is_joined: into !== undefined, is_repeated: false, perhaps };
  }

  private add(target: FakeCase, act: FakeAct, title: string): FakeStep {
    this.made += 1;
    const actor = this.actor();
    const step: FakeStep = {
      id: `${target.id}#${this.made}`,
      at: Math.round(this.host.now()),
      by: actor.name,
      role: actor.role,
      party: actor.party,
      act,
      item: this.host.told(verbOf(act.act), target.id, title),
    };
    target.steps.push(step);
    this.revision += 1;
    return step;
  }

  private act(id: string, act: FakeAct): Result<CaseActedDto> {
    const target = this.byId.get(id);
    const state = this.state(id);
    if (target === undefined || state === undefined) {
      return notFound(id);
    }
    const refusal = this.host.isPast() ? 'past' : refusalOf(state, act.act, this.actor(), act);
    if (refusal !== undefined) {
      return { ok: false, error: { code: 'refused', message: refusal } };
    }
    const step = this.add(target, act, state.title);
    if (act.act === 'split_off') {
      this.splitOff(state, act.report);
    }
    const undo = this.undoOf(target);
    return {
      ok: true,
      value: { id, step: step.id, undo_until: undo?.until ?? null, undo_needs_reason: undo?.needs_reason ?? false },
    };
  }

  private splitOff(state: FakeState, wanted: string): void {
    const report = state.reports.find((one) => one.id === wanted);
    if (report !== undefined) {
      const target: FakeCase = { id: `s-${report.id}`, steps: [] };
      this.all.push(target);
      this.byId.set(target.id, target);
      this.add(target, { act: 'report', report: { ...report, case: target.id } }, report.title);
    }
  }

  private actOnMany(ids: readonly string[], act: CaseActDto): Result<CasesActedDto> {
    const came: CasesActedDto = { done: [], refused: [], refused_count: 0 };
    for (const id of ids) {
      const result = this.act(id, act);
      if (result.ok) {
        came.done.push(result.value);
      } else {
        came.refused_count += 1;
        came.refused.push({ id, reason: result.error.message });
      }
    }
    return { ok: true, value: came };
  }

  private undoOf(target: FakeCase): CaseUndoDto | null {
    const last = target.steps.at(-1);
    const act = undoActOf(target.steps, '');
    if (last === undefined || act === undefined || last.item === '') {
      return null;
    }
    return {
      step: last.id,
      word: last.act.act,
      needs_reason: 'reason' in act,
      until: last.at + UNDO_MILLIS,
    };
  }

  private undo(id: string, step: string, reason: string): Result<CaseActedDto> {
    const target = this.byId.get(id);
    const act = target?.steps.at(-1)?.id === step ? undoActOf(target.steps, reason) : undefined;
    return act === undefined ? { ok: false, error: { code: 'refused', message: 'not_now' } } : this.act(id, act);
  }

  private attach(
    id: string,
    name: string,
    mediaType: string,
    base64: string,
    isEvidence: boolean,
  ): Result<CaseActedDto> {
    const digest = `${name}-${base64.length}`;
    this.bytes.set(digest, base64);
    const file = {
      id: digest,
      name,
      media_type: mediaType,
      digest,
      bytes: Math.floor((base64.length * 3) / 4),
      is_evidence: isEvidence,
      at: Math.round(this.host.now()),
      by: this.host.operator(),
      is_here: true,
    };
    return this.act(id, { act: 'attach', file });
  }
}

const FORCES = ['供水抢修 3 组', '市政巡查 07 号车', '排水抢险 1 组', '网格员 孙丽'];

function notFound(id: string): Result<never> {
  return { ok: false, error: { code: 'not_found', message: `event ${id}` } };
}

function verbOf(move: FakeAct['act']): string {
  return VERBS[move] ?? `event_${move.endsWith('e') ? move : `${move}e`}d`;
}

function severityOfLevel(level: string): SeverityDto {
  return ALARMING[LEVELS.indexOf(level as (typeof LEVELS)[number])] ?? 'low';
}

function byStep(rows: readonly CaseRowDto[]): [number, number, number, number, number, number] {
  const count: [number, number, number, number, number, number] = [0, 0, 0, 0, 0, 0];
  for (const row of rows) {
    const at = LOOP_STEPS.indexOf(row.loop_step);
    count[at] = (count[at] ?? 0) + 1;
  }
  return count;
}

function answers(row: CaseRowDto, query: CaseQueryDto): boolean {
  const has = <T>(list: readonly T[], one: T) => list.length === 0 || list.includes(one);
  const words = query.text.trim().toLowerCase();
  const place = row.place;
  const isIn = (bounds: [number, number, number, number]) =>
    place !== null && place[0] >= bounds[0] && place[1] >= bounds[1] && place[0] <= bounds[2] && place[1] <= bounds[3];
  const isHeld = (party: string) => (party === '' ? row.holder === null : isWithin(row.holder?.id ?? '', party));
  return (
    (query.stages.length + query.steps.length > 0 || isOpenStage(row.stage)) &&
    has(query.steps, row.loop_step) &&
    has(query.stages, row.stage) &&
    has(query.levels, row.level) &&
    has(query.categories, row.category) &&
    (query.holders.length === 0 || query.holders.some(isHeld)) &&
    (query.lights.length === 0 || (row.light !== null && query.lights.includes(row.light))) &&
    has(query.sources, row.source) &&
    has(query.standings, row.standing) &&
    (query.from === null || row.reported_at >= query.from) &&
    (query.to === null || row.reported_at < query.to) &&
    (query.bounds === null || isIn(query.bounds)) &&
    (query.within === null || row.parent === query.within || row.merged_into === query.within) &&
    (words === '' ||
      `${row.title} ${row.id} ${row.category_name} ${row.holder?.name ?? ''}`.toLowerCase().includes(words))
  );
}

function orderOf(order: CaseQueryDto['order']): (a: CaseRowDto, b: CaseRowDto) => number {
  const level = (row: CaseRowDto) => LEVELS.indexOf(row.level as (typeof LEVELS)[number]);
  const due = (row: CaseRowDto) => row.due_at ?? Number.POSITIVE_INFINITY;
  const late = (row: CaseRowDto) => Math.max(1, LIGHTS.indexOf(row.light ?? 'green'));
  const byId = (a: CaseRowDto, b: CaseRowDto) => (a.id < b.id ? -1 : 1);
  const less = (a: number, b: number) => (a === b ? 0 : a < b ? -1 : 1);
  switch (order) {
    case 'urgency':
      return (a, b) => late(b) - late(a) || level(a) - level(b) || less(due(a), due(b)) || byId(a, b);
    case 'newest':
      return (a, b) => b.happened_at - a.happened_at || byId(a, b);
    case 'oldest':
      return (a, b) => a.happened_at - b.happened_at || byId(a, b);
    case 'due':
      return (a, b) => less(due(a), due(b)) || byId(a, b);
    case 'level':
      return (a, b) => level(a) - level(b) || b.happened_at - a.happened_at || byId(a, b);
  }
}

function metres(a: readonly [number, number], b: readonly [number, number]): number {
  return Math.hypot((a[0] - b[0]) * METRES.lon, (a[1] - b[1]) * METRES.lat);
}

/** How many of the pairs of letters two titles share, 0 to 1. */
function shared(a: string, b: string): number {
  const pairs = (text: string) => new Set([...text].slice(0, -1).map((letter, i) => `${letter}${text[i + 1]}`));
  const [one, other] = [pairs(a), pairs(b)];
  const both = [...one].filter((pair) => other.has(pair)).length;
  return one.size + other.size === 0 ? 0 : (2 * both) / (one.size + other.size);
}
