// A plan of the sample city at work: which steps are called and due, who comes for its needs, its messages filled in.

import type {
  DeskRefusalDto,
  PlanMarkDto,
  PlanRunDto,
  PlanRunNeedDto,
  PlanRunStepDto,
  PlanStepDto,
  ResourceDto,
  ResponseDto,
  ResponseSetDto,
  SentMessageDto,
} from '../../generated/wire';
import { circle } from '../../state/plan_area';
import { either } from '../../state/texts';
import { MINUTE, SECOND, shortTime } from '../../state/time';
import type { LonLat } from '../plans';
import { type FakePlan, type FakeResource, planDto, RESOURCES, RESPONSE_ORDER } from './plan_data';
import { metresBetween } from './plan_places';

/** Roles that answer for the whole. */
export const OVERSIGHT: readonly string[] = ['duty_officer', 'shift_leader', 'leader_on_duty'];
/** Streets are longer than the straight line. */
const DETOUR = 1.4;

export interface FakeRun {
  plan: FakePlan;
  startedAt: number;
  startedBy: string;
  stoppedAt: number | undefined;
  stoppedBy: string;
  responses: ResponseSetDto[];
  marks: Map<string, PlanMarkDto>;
  sent: SentMessageDto[];
}

/** What a run is seen with. */
export interface RunView {
  caseId: string;
  title: string;
  place: LonLat;
  proposed: ResponseDto;
  role: string;
  operator: string;
  now: number;
  isPast: boolean;
  earlier: string[];
  isSent: (party: string) => boolean;
}

export function startedRun(plan: FakePlan, at: number, by: string): FakeRun {
  return {
    plan,
    startedAt: at,
    startedBy: by,
    stoppedAt: undefined,
    stoppedBy: '',
    responses: [],
    marks: new Map(),
    sent: [],
  };
}

export function refusalOf(code: string, more: Partial<DeskRefusalDto> = {}): DeskRefusalDto {
  return { code, roles: [], by: '', what: '', message: code, ...more };
}

export function runDto(run: FakeRun, view: RunView): PlanRunDto {
  const plan = planDto(run.plan);
  const response = run.responses.at(-1)?.response ?? 'four';
  const isRunning = run.stoppedAt === undefined && !view.isPast;
  const isOfficer = OVERSIGHT.includes(view.role);
  const steps = plan.steps.map((step) => stepDto(step, run, response, view));
  const called = steps.filter((one) => one.is_called);
  const messages = plan.messages.map((one) => {
    const filled = filledIn(one.text, view);
    return {
      id: one.id,
      channel: one.channel,
      name: one.name,
      ...filled,
      sent: run.sent.filter((sent) => sent.message === one.id).length,
    };
  });
  const radius = run.plan.radius;
  return {
    case: view.caseId,
    plan,
    state: run.stoppedAt === undefined ? 'running' : 'stopped',
    started_at: run.startedAt,
    started_by: run.startedBy,
    stopped_at: run.stoppedAt ?? null,
    stopped_by: run.stoppedBy,
    response,
    responses: run.responses,
    proposed: view.proposed,
    may_order: isRunning && isOfficer ? RESPONSE_ORDER.filter((one) => one !== response) : [],
    may_stop: isRunning && isOfficer,
    may_send: isRunning && isOfficer,
    steps,
    needs: plan.needs.map((need) => needDto(need, view)),
    messages,
    sent: run.sent,
    warn: radius === undefined ? null : { ring: circle(view.place, radius), radius_m: radius, fence: '' },
    progress: {
      steps: called.length,
      done: called.filter((one) => one.mark?.kind === 'done').length,
      skipped: called.filter((one) => one.mark?.kind === 'skipped').length,
      overdue: called.filter((one) => one.is_overdue).length,
    },
    hindrances: called.filter((one) => one.mark === null && !one.step.is_optional).map((one) => one.step.id),
    earlier: view.earlier,
    strange_ticks: 0,
    as_of: view.now,
    is_past: view.isPast,
  };
}

function stepDto(step: PlanStepDto, run: FakeRun, response: ResponseDto, view: RunView): PlanRunStepDto {
  const mark = run.marks.get(step.id) ?? null;
  const isCalled = RESPONSE_ORDER.indexOf(step.from) <= RESPONSE_ORDER.indexOf(response);
  const start = step.after === null ? run.startedAt : run.marks.get(step.after)?.at;
  const due = step.within_s === null || start === undefined || !isCalled ? null : start + step.within_s * SECOND;
  const isMine = OVERSIGHT.includes(view.role) || view.role === step.role;
  return {
    step,
    mark,
    is_called: isCalled,
    due_at: due,
    is_overdue: isCalled && mark === null && due !== null && view.now > due,
    refused: stepRefusal(run, isMine, isCalled, step, view),
    may_skip: run.stoppedAt === undefined && !view.isPast && isMine && isCalled && mark === null,
  };
}

function stepRefusal(
  run: FakeRun,
  isMine: boolean,
  isCalled: boolean,
  step: PlanStepDto,
  view: RunView,
): DeskRefusalDto | null {
  if (view.isPast) {
    return refusalOf('case.past');
  }
  if (run.stoppedAt !== undefined) {
    return refusalOf('plan.not_running');
  }
  if (!isCalled) {
    return refusalOf('plan.no_step', { what: step.id });
  }
  return isMine ? null : refusalOf('plan.not_yours', { roles: [step.role, ...OVERSIGHT] });
}

function needDto(need: PlanRunNeedDto['need'], view: RunView): PlanRunNeedDto {
  const able = RESOURCES.filter((one) => one.kind === need.kind && one.can.includes(need.what));
  const offers = nearestTo(view.place, able, view.isSent, view.now).filter(
    (one) => need.within_m === null || one.distance_m <= need.within_m,
  );
  const taken: PlanRunNeedDto['taken'] = [];
  let missing = need.count;
  let complete = 0;
  for (const one of offers.filter((offer) => offer.is_available)) {
    if (missing > 0) {
      const count = Math.min(missing, one.count);
      taken.push({ resource: one.id, count });
      missing -= count;
      complete = Math.max(complete, one.arrives_in_s);
    }
  }
  return { need, taken, missing, complete_in_s: complete, offers };
}

/** Resources in travel order, those that are free first. */
export function nearestTo(
  place: LonLat,
  all: readonly FakeResource[],
  isSent: (party: string) => boolean,
  now: number,
): ResourceDto[] {
  return all
    .map((one): ResourceDto => {
      const distance = metresBetween(place, one.place);
      return {
        id: one.id,
        kind: one.kind,
        name: either(one.name),
        capabilities: one.can,
        place: one.place,
        distance_m: distance,
        arrives_in_s: one.ready + (distance * DETOUR) / one.speed,
        is_estimate: true,
        is_available: !isSent(one.party.id),
        count: one.count,
        contact: { name: either(one.contact[0]), phone: one.contact[1] },
        party: { ...one.party, name: either(one.name) },
        target: null,
        seen_at: one.kind === 'vehicle' ? now - MINUTE : null,
      };
    })
    .sort((a, b) => Number(b.is_available) - Number(a.is_available) || a.arrives_in_s - b.arrives_in_s);
}

/** A message with what is known; what nobody knows stands as a gap. */
function filledIn(text: string, view: RunView): { text: string; missing: string[] } {
  const known: Record<string, string> = {
    place: either({ zh: '云龙湖路', en: 'Yunlong Lake Road' }),
    title: view.title,
    time: shortTime(view.now),
    officer: view.operator,
  };
  const missing = new Set<string>();
  const filled = text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = known[name];
    if (value === undefined) {
      missing.add(name);
    }
    return value ?? '____';
  });
  return { text: filled, missing: [...missing] };
}
