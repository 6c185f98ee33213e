// Plans, dispatches, broadcasts and pictures of the sample city, kept in memory.
//
// Plausible, not exact: who may do what and what a plan calls for is Rust's business.

import type {
  BroadcastDraftDto,
  BroadcastDto,
  BroadcastedDto,
  CaseEntryDto,
  CaseEntryKindDto,
  DeskRefusalDto,
  DispatchDraftDto,
  DispatchDto,
  DispatchedDto,
  DispatchesDto,
  DispatchStateDto,
  DispatchStepDto,
  MarkDto,
  PictureActDto,
  PictureActedDto,
  PictureDto,
  PlanActDto,
  PlanActedDto,
  PlanOfferDto,
  PlanRunDto,
  ReachDto,
  ResponseDto,
  SentMessageDto,
} from '../../generated/wire';
import { either } from '../../state/texts';
import { SECOND } from '../../state/time';
import type { Result } from '../backend';
import type { LonLat, PlansBackend } from '../plans';
import type { FakeCity } from './city';
import { AROUND, DEPARTMENTS, type FakePlan, PLANS, planDto, RESOURCES, RESPONSE_ORDER } from './plan_data';
import { areaOf, boundsOf, isWithin, reachOf, scattered } from './plan_places';
import { type FakeRun, nearestTo, OVERSIGHT, refusalOf, runDto, startedRun } from './plan_runs';

/** What the sample desk lends to its plans. */
export interface FakePlansHost {
  city: FakeCity;
  calls: string[];
  operator: string;
  cases: { titleOf(id: string): string; ids(): string[]; categoryOf?: (id: string) => string };
  now(): number;
  pulse(): void;
  /** The role in which whoever sits here acts; a duty officer where nobody says. */
  role?: () => string;
  /** True while a past moment is shown. */
  isPast?: () => boolean;
}

/** Which step of an assignment is possible when, and where it leads. */
const STEPS: readonly [DispatchStateDto, DispatchStepDto, DispatchStateDto][] = [
  ['sent', 'acknowledge', 'acknowledged'],
  ['sent', 'refuse', 'refused'],
  ['sent', 'arrive', 'on_scene'],
  ['acknowledged', 'arrive', 'on_scene'],
  ['acknowledged', 'refuse', 'refused'],
  ['on_scene', 'finish', 'finished'],
  ['sent', 'recall', 'recalled'],
  ['acknowledged', 'recall', 'recalled'],
  ['on_scene', 'recall', 'recalled'],
];

const VERBS: Record<DispatchStepDto, string> = {
  acknowledge: 'dispatch_acknowledged',
  refuse: 'dispatch_refused',
  arrive: 'dispatch_arrived',
  finish: 'dispatch_finished',
  recall: 'dispatch_recalled',
};

const PLAN_VERBS: Record<PlanActDto['act'], string> = {
  start: 'plan_started',
  tick: 'plan_step_ticked',
  skip: 'plan_step_skipped',
  untick: 'plan_step_unticked',
  respond: 'plan_response_set',
  send: 'plan_message_sent',
  stop: 'plan_stopped',
};

/** What words in a title stand for, where nobody says the category. */
const TITLE_WORDS: readonly [string, string][] = [
  ['燃气', 'gas_leak'],
  ['积水', 'road_waterlogging'],
  ['爆管', 'burst_main'],
  ['塌陷', 'road_damage'],
  ['井盖', 'manhole_missing'],
];

/** A picture with what can be taken back and done again. */
interface FakePicture {
  marks: Map<string, MarkDto>;
  undo: Map<string, MarkDto>[];
  redo: Map<string, MarkDto>[];
  version: number;
}

interface FakeCase {
  runs: FakeRun[];
  dispatches: DispatchDto[];
  broadcasts: BroadcastDto[];
  picture: FakePicture;
  told: CaseEntryDto[];
}

export class FakePlans {
  private readonly held = new Map<string, FakeCase>();
  private shownCase: string | undefined;
  private counter = 0;
  private changes = 0;

  constructor(private readonly host: FakePlansHost) {}

  /** Counts up with every act: part of the board's revision. */
  revision(): number {
    return this.changes;
  }

  /** What was done with plans, dispatches and pictures of an event, oldest first. */
  timelineOf(caseId: string): CaseEntryDto[] {
    return this.held.get(caseId)?.told ?? [];
  }

  /** Whose marks are drawn now. */
  shown(): string | undefined {
    return this.shownCase;
  }

  backend(): PlansBackend {
    return {
      allPlans: () => answer(this.host.city.sensors.length === 0 ? [] : PLANS.map(planDto)),
      plansFor: (caseId) => answer(this.offers(this.categoryOf(caseId), this.levelOf(caseId), caseId)),
      plansAbout: (category, level) => answer(this.offers(category, level, undefined)),
      planRun: (caseId) => answer(this.run(caseId)),
      actOnPlan: (caseId, act) => {
        this.host.calls.push(`actOnPlan ${caseId} ${act.act} ${stepOf(act)}`.trim());
        return answer(this.act(caseId, act));
      },
      dispatches: (caseId) => answer(this.dispatches(caseId)),
      dispatch: (caseId, draft) => {
        this.host.calls.push(`dispatch ${caseId} ${draft.to.id}`);
        return answer(this.send(caseId, draft));
      },
      dispatchStep: (id, step, note) => {
        this.host.calls.push(`dispatchStep ${id} ${step}`);
        return Promise.resolve(this.step(id, step, note));
      },
      reach: (area) => answer(this.reach(area)),
      broadcast: (caseId, draft) => {
        this.host.calls.push(`broadcast ${caseId} ${draft.channel} ${draft.area.length}`);
        return answer(this.broadcast(caseId, draft));
      },
      casePicture: (caseId) => answer(this.picture(caseId)),
      draw: (caseId, act) => {
        this.host.calls.push(`draw ${caseId} ${act.act}`);
        return answer(this.draw(caseId, act));
      },
      undoDrawing: (caseId) => {
        this.host.calls.push(`undoDrawing ${caseId}`);
        return answer(this.turnBack(caseId, 'undo'));
      },
      redoDrawing: (caseId) => {
        this.host.calls.push(`redoDrawing ${caseId}`);
        return answer(this.turnBack(caseId, 'redo'));
      },
      showPicture: (caseId) => {
        this.host.calls.push(`showPicture ${caseId ?? 'none'}`);
        this.shownCase = caseId;
        return answer(undefined);
      },
    };
  }

  private caseOf(id: string): FakeCase {
    let known = this.held.get(id);
    if (known === undefined) {
      known = {
        runs: [],
        dispatches: [],
        broadcasts: [],
        picture: { marks: new Map(), undo: [], redo: [], version: 0 },
        told: [],
      };
      this.held.set(id, known);
    }
    return known;
  }

  private role(): string {
    return this.host.role?.() ?? 'duty_officer';
  }

  private isPast(): boolean {
    return this.host.isPast?.() ?? false;
  }

  private id(prefix: string): string {
    this.counter += 1;
    return `${prefix}${this.counter}`;
  }

  private tell(caseId: string, kind: CaseEntryKindDto, verb: string, about: string, text: string): string {
    const at = Math.round(this.host.now());
    const id = this.id('f');
    this.caseOf(caseId).told.push({
      id,
      kind,
      verb,
      at,
      known_at: at,
      by: this.host.operator,
      role: this.role(),
      text,
      reason: '',
      about,
      figure: null,
      has_effect: true,
      is_unsynced: false,
    });
    this.changes += 1;
    queueMicrotask(() => this.host.pulse());
    return id;
  }

  private categoryOf(caseId: string): string {
    const said = this.host.cases.categoryOf?.(caseId);
    const known = said ?? this.host.city.events.find((event) => event.id === caseId)?.category;
    if (known !== undefined && known !== '') {
      return known;
    }
    const title = this.host.cases.titleOf(caseId);
    return TITLE_WORDS.find(([words]) => title.includes(words))?.[1] ?? '';
  }

  private levelOf(caseId: string): string {
    return this.host.city.events.find((event) => event.id === caseId)?.level ?? 'III';
  }

  private placeOf(caseId: string): LonLat {
    const event = this.host.city.events.find((one) => one.id === caseId);
    return event === undefined ? scattered(caseId) : [event.lon, event.lat];
  }

  private current(caseId: string): FakeRun | undefined {
    return this.held.get(caseId)?.runs.at(-1);
  }

  private offers(category: string, level: string, caseId: string | undefined): PlanOfferDto[] {
    const run = caseId === undefined ? undefined : this.current(caseId);
    const running = run !== undefined && run.stoppedAt === undefined ? run.plan.id : undefined;
    return PLANS.filter((plan) => plan.categories.includes(category) || plan.id === running)
      .map((plan) => ({
        plan: planDto(plan),
        proposed: proposedFor(level),
        is_running: plan.id === running,
        refused: this.startRefusal(running),
      }))
      .sort((a, b) => Number(b.is_running) - Number(a.is_running));
  }

  private startRefusal(running: string | undefined): DeskRefusalDto | null {
    if (running !== undefined) {
      return refusalOf('plan.running', { what: running });
    }
    return OVERSIGHT.includes(this.role()) ? null : refusalOf('plan.not_yours', { roles: [...OVERSIGHT] });
  }

  private run(caseId: string): PlanRunDto | null {
    const run = this.current(caseId);
    if (run === undefined) {
      return null;
    }
    return runDto(run, {
      caseId,
      title: this.host.cases.titleOf(caseId),
      place: this.placeOf(caseId),
      proposed: proposedFor(this.levelOf(caseId)),
      role: this.role(),
      operator: this.host.operator,
      now: Math.round(this.host.now()),
      isPast: this.isPast(),
      earlier: (this.held.get(caseId)?.runs ?? []).slice(0, -1).map((one) => either(one.plan.name)),
      isSent: (party) => this.openOf(party) > 0,
    });
  }

  private act(caseId: string, act: PlanActDto): PlanActedDto {
    const refused = this.actRefusal(caseId, act);
    if (refused !== null) {
      return { fact: null, refused, run: this.run(caseId) };
    }
    const at = Math.round(this.host.now());
    const by = this.host.operator;
    const run = this.current(caseId);
    switch (act.act) {
      case 'start': {
        const plan = PLANS.find((one) => one.id === act.plan);
        if (plan !== undefined) {
          this.caseOf(caseId).runs.push(startedRun(plan, at, by));
        }
        break;
      }
      case 'tick':
        run?.marks.set(act.step, { kind: 'done', at, by, note: act.note, evidence: act.evidence });
        break;
      case 'skip':
        run?.marks.set(act.step, { kind: 'skipped', at, by, note: act.reason, evidence: [] });
        break;
      case 'untick':
        run?.marks.delete(act.step);
        break;
      case 'respond':
        run?.responses.push({ response: act.response, at, by, reason: act.reason });
        break;
      case 'send':
        run?.sent.push(sentOf(act, run.plan, at, by));
        break;
      case 'stop':
        if (run !== undefined) {
          run.stoppedAt = at;
          run.stoppedBy = by;
        }
        break;
    }
    const fact = this.tell(caseId, 'plan', PLAN_VERBS[act.act], this.aboutOf(caseId, act), noteOf(act));
    return { fact, refused: null, run: this.run(caseId) };
  }

  private aboutOf(caseId: string, act: PlanActDto): string {
    const plan = this.current(caseId)?.plan;
    switch (act.act) {
      case 'tick':
      case 'skip':
      case 'untick': {
        const step = plan?.steps.find((one) => one.id === act.step);
        return step === undefined ? act.step : either(step.text);
      }
      case 'send':
        return plan === undefined ? act.message : messageName(plan, act.message);
      default:
        return plan === undefined ? '' : either(plan.name);
    }
  }

  private actRefusal(caseId: string, act: PlanActDto): DeskRefusalDto | null {
    const run = this.current(caseId);
    const isRunning = run !== undefined && run.stoppedAt === undefined;
    if (act.act === 'start') {
      return this.startRefusal(isRunning ? run.plan.id : undefined);
    }
    if (!isRunning) {
      return refusalOf('plan.not_running');
    }
    const step = 'step' in act ? run.plan.steps.find((one) => one.id === act.step) : undefined;
    const mark = step === undefined ? undefined : run.marks.get(step.id);
    if (act.act === 'tick' && mark !== undefined) {
      return refusalOf('plan.marked', { by: mark.by, what: act.step });
    }
    if (act.act === 'tick' && step?.evidence === true && act.evidence.length === 0) {
      return refusalOf('plan.needs_evidence', { what: act.step });
    }
    if ('reason' in act && act.reason.trim() === '') {
      return refusalOf('plan.needs_reason');
    }
    const role = this.role();
    if (!OVERSIGHT.includes(role) && step?.role !== role) {
      return refusalOf('plan.not_yours', { roles: [...OVERSIGHT] });
    }
    return null;
  }

  private openOf(party: string): number {
    const all = [...this.held.values()].flatMap((one) => one.dispatches);
    return all.filter((one) => one.to.id === party && one.is_open).length;
  }

  private dispatches(caseId: string): DispatchesDto {
    const now = Math.round(this.host.now());
    const near = nearestTo(this.placeOf(caseId), RESOURCES, (party) => this.openOf(party) > 0, now);
    const known = this.held.get(caseId);
    return {
      rows: (known?.dispatches ?? []).map((one) => this.dispatchNow(one)).reverse(),
      choices: [
        ...DEPARTMENTS.map((one) => ({
          party: { kind: 'department' as const, id: one.id, name: either(one.name) },
          resource: null,
          open: this.openOf(one.id),
        })),
        ...near.map((one) => ({ party: one.party, resource: one, open: this.openOf(one.party.id) })),
      ],
      broadcasts: [...(known?.broadcasts ?? [])].reverse(),
      refused: this.sendRefusal(),
      as_of: now,
    };
  }

  private sendRefusal(): DeskRefusalDto | null {
    if (this.isPast()) {
      return refusalOf('case.past');
    }
    return OVERSIGHT.includes(this.role()) ? null : refusalOf('dispatch.not_yours', { roles: [...OVERSIGHT] });
  }

  /** An assignment with what follows from the moment. */
  private dispatchNow(one: DispatchDto): DispatchDto {
    const isOpen = one.state === 'sent' || one.state === 'acknowledged' || one.state === 'on_scene';
    return {
      ...one,
      is_open: isOpen,
      is_unanswered: one.state === 'sent' && this.host.now() > one.answer_by,
      may: this.isPast() ? [] : STEPS.filter(([state]) => state === one.state).map(([, step]) => step),
    };
  }

  private send(caseId: string, draft: DispatchDraftDto): DispatchedDto {
    const refused = draft.task.trim() === '' ? refusalOf('dispatch.needs_text') : this.sendRefusal();
    if (refused !== null) {
      return { dispatch: null, refused };
    }
    const at = Math.round(this.host.now());
    const found = RESOURCES.find((one) => one.party.id === draft.to.id);
    const department = DEPARTMENTS.find((one) => one.id === draft.to.id);
    const made: DispatchDto = {
      id: this.id('d'),
      case: caseId,
      to: draft.to,
      task: draft.task.trim(),
      sent_at: at,
      sent_by: this.host.operator,
      answer_by: at + draft.answer_within_s * SECOND,
      state: 'sent',
      is_open: true,
      is_unanswered: false,
      history: [],
      may: [],
      contact:
        found === undefined
          ? { name: department === undefined ? '' : either(department.name), phone: department?.phone ?? '' }
          : { name: either(found.contact[0]), phone: found.contact[1] },
    };
    this.caseOf(caseId).dispatches.push(made);
    this.tell(caseId, 'dispatch', 'dispatch_sent', draft.to.name, made.task);
    return { dispatch: this.dispatchNow(made), refused: null };
  }

  private step(id: string, step: DispatchStepDto, note: string): Result<DispatchedDto> {
    const found = [...this.held.values()].flatMap((one) => one.dispatches).find((one) => one.id === id);
    if (found === undefined) {
      return { ok: false, error: { code: 'not_found', message: id } };
    }
    const led = STEPS.find(([state, one]) => state === found.state && one === step);
    if (led === undefined) {
      const refused = refusalOf('dispatch.bad_step', { what: found.state });
      return { ok: true, value: { dispatch: this.dispatchNow(found), refused } };
    }
    if ((step === 'refuse' || step === 'recall') && note.trim() === '') {
      return { ok: true, value: { dispatch: this.dispatchNow(found), refused: refusalOf('dispatch.needs_text') } };
    }
    found.state = led[2];
    found.history.push({ at: Math.round(this.host.now()), by: this.host.operator, step, note: note.trim() });
    found.is_open = this.dispatchNow(found).is_open;
    this.tell(found.case, 'dispatch', VERBS[step], found.to.name, note.trim());
    return { ok: true, value: { dispatch: this.dispatchNow(found), refused: null } };
  }

  private reach(area: LonLat[]): ReachDto {
    const { city } = this.host;
    const now = Math.round(this.host.now());
    const around = city.sensors.length === 0 ? [] : AROUND;
    const cameras = city.cameras.filter((one) => isWithin([one.lon, one.lat], area));
    const resources = RESOURCES.filter((one) => isWithin(one.place, area));
    return {
      groups: [
        ...around.map((one) => reachOf(one, area)),
        {
          kind: 'resource',
          inside: resources.length,
          late: 0,
          nowhere: 0,
          members: resources.map((one) => ({
            id: one.id,
            name: either(one.name),
            target: null,
            place: one.place,
            is_late: false,
          })),
        },
        {
          kind: 'camera',
          inside: cameras.length,
          late: 0,
          nowhere: 0,
          members: cameras.map((one) => ({
            id: one.id,
            name: one.name,
            target: { kind: 'camera' as const, id: one.id },
            place: [one.lon, one.lat],
            is_late: !one.on,
          })),
        },
      ],
      area_m2: areaOf(area),
      bounds: boundsOf(area),
      as_of: now,
    };
  }

  private broadcast(caseId: string, draft: BroadcastDraftDto): BroadcastedDto {
    const refused =
      draft.text.trim() === ''
        ? refusalOf('broadcast.no_text')
        : draft.area.length < 3
          ? refusalOf('broadcast.too_few')
          : this.sendRefusal();
    if (refused !== null) {
      return { broadcast: null, refused };
    }
    const made: BroadcastDto = {
      id: this.id('b'),
      at: Math.round(this.host.now()),
      by: this.host.operator,
      channel: draft.channel,
      text: draft.text.trim(),
      area: draft.area,
      reached: this.reach(draft.area).groups.map((one) => ({ kind: one.kind, count: one.inside })),
    };
    this.caseOf(caseId).broadcasts.push(made);
    this.tell(caseId, 'dispatch', 'dispatch_broadcast', '', made.text);
    return { broadcast: made, refused: null };
  }

  private picture(caseId: string): PictureDto {
    const { picture } = this.caseOf(caseId);
    return {
      case: caseId,
      version: picture.version,
      marks: [...picture.marks.values()].sort((a, b) => a.id.localeCompare(b.id)),
      may_undo: picture.undo.length > 0,
      may_redo: picture.redo.length > 0,
      left_out: 0,
      is_shown: this.shownCase === caseId,
      is_past: this.isPast(),
    };
  }

  private draw(caseId: string, act: PictureActDto): PictureActedDto {
    const { picture } = this.caseOf(caseId);
    if (act.act === 'put' && act.mark.shape.of === 'text' && act.mark.label.trim() === '') {
      return { picture: this.picture(caseId), refused: refusalOf('picture.no_words') };
    }
    picture.undo.push(new Map(picture.marks));
    picture.redo = [];
    picture.version += 1;
    if (act.act === 'put') {
      picture.marks.set(act.mark.id, structuredClone(act.mark));
      this.tell(caseId, 'picture', 'picture_mark_put', act.mark.label, '');
    } else {
      const label = picture.marks.get(act.mark)?.label ?? '';
      picture.marks.delete(act.mark);
      this.tell(caseId, 'picture', 'picture_mark_removed', label, '');
    }
    return { picture: this.picture(caseId), refused: null };
  }

  private turnBack(caseId: string, way: 'undo' | 'redo'): PictureActedDto {
    const { picture } = this.caseOf(caseId);
    const from = way === 'undo' ? picture.undo : picture.redo;
    const to = way === 'undo' ? picture.redo : picture.undo;
    const before = from.pop();
    if (before === undefined) {
      return { picture: this.picture(caseId), refused: refusalOf('picture.nothing') };
    }
    to.push(picture.marks);
    picture.marks = before;
    picture.version += 1;
    this.tell(caseId, 'picture', 'picture_undone', '', '');
    return { picture: this.picture(caseId), refused: null };
  }
}

function answer<T>(value: T): Promise<Result<T>> {
  return Promise.resolve({ ok: true, value: structuredClone(value) });
}

/** The response that is proposed for an event of a level. */
function proposedFor(level: string): ResponseDto {
  return RESPONSE_ORDER[['IV', 'III', 'II', 'I'].indexOf(level)] ?? 'four';
}

function messageName(plan: FakePlan, id: string): string {
  const message = plan.messages.find((one) => one.id === id);
  return message === undefined ? id : either(message.name);
}

function sentOf(act: Extract<PlanActDto, { act: 'send' }>, plan: FakePlan, at: number, by: string): SentMessageDto {
  return { message: act.message, name: messageName(plan, act.message), text: act.text, to: act.to, at, by };
}

function stepOf(act: PlanActDto): string {
  switch (act.act) {
    case 'start':
      return act.plan;
    case 'tick':
    case 'skip':
    case 'untick':
      return act.step;
    case 'respond':
      return act.response;
    case 'send':
      return act.message;
    case 'stop':
      return '';
  }
}

function noteOf(act: PlanActDto): string {
  if (act.act === 'tick') {
    return act.note;
  }
  if (act.act === 'send') {
    return act.text;
  }
  return 'reason' in act ? act.reason : '';
}
