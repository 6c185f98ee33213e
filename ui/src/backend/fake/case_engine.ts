// A case of the sample city, folded from its steps as the real one is: stages, clocks, who may do what.
//
// Plausible, not exact: what is possible and when something is due is Rust's business.

import type {
  CaseActDto,
  CaseAttachmentDto,
  CaseClockDto,
  CaseLightDto,
  CasePartyDto,
  CaseReportDto,
  CaseStageDto,
  CaseTieDto,
  LoopStepDto,
  StandingDto,
} from '../../generated/wire';
import { MINUTE, SECOND } from '../../state/time';

export type FakeReport = CaseReportDto & {
  category: string;
  level: string;
  standing: StandingDto;
  links: CaseTieDto[];
};

export type FakeAct =
  | CaseActDto
  | { act: 'report'; report: FakeReport }
  | { act: 'join'; report: FakeReport }
  | { act: 'attach'; file: CaseAttachmentDto };

export interface FakeStep {
  id: string;
  at: number;
  by: string;
  role: string;
  party: string | null;
  act: FakeAct;
  /** The item that waits for the hub; empty for what came from there. */
  item: string;
}

export type Phase = 'assign' | 'receive' | 'arrive' | 'handle' | 'verify' | 'rate';

interface Clock {
  phase: Phase;
  from: number;
  until: number | undefined;
  extra: number;
  /** Since when it stands still. */
  stoppedAt: number | undefined;
  stopped: number;
}

/** A case as it stands after some steps. */
export interface FakeState {
  stage: CaseStageDto;
  former: CaseStageDto;
  title: string;
  text: string;
  category: string;
  level: string;
  standing: StandingDto;
  source: string;
  place: [number, number] | null;
  happenedAt: number;
  reportedAt: number;
  closedAt: number | null;
  holder: string | undefined;
  assignments: { party: string; at: number; by: string; note: string; receivedAt: number | null; receivedBy: string }[];
  reports: FakeReport[];
  files: CaseAttachmentDto[];
  links: CaseTieDto[];
  clocks: Clock[];
  urges: number;
  returns: number;
  sendBacks: number;
  extensions: number;
  reopenings: number;
  rating: { score: number; text: string; at: number; by: string } | null;
  outcome: string;
  parent: string | null;
  mergedInto: string | null;
  hasArrived: boolean;
  /** Steps that were not possible in the stage that they found. */
  void: Set<string>;
}

/** Minutes of each phase: usual, and of the levels I and II. */
const ALLOWED: Record<Phase, [number, number]> = {
  assign: [15, 5],
  receive: [30, 10],
  arrive: [60, 30],
  handle: [240, 120],
  verify: [120, 60],
  rate: [1440, 1440],
};

const OPEN: readonly CaseStageDto[] = [
  'collected',
  'registered',
  'assigned',
  'handling',
  'handled',
  'verified',
  'rated',
  'suspended',
];

/** From where a move is possible, and where it leads; no stage where it stays. */
const MOVES: Partial<Record<FakeAct['act'], { from: readonly CaseStageDto[]; to?: CaseStageDto }>> = {
  register: { from: ['collected'], to: 'registered' },
  cancel: { from: ['collected', 'registered'], to: 'cancelled' },
  assign: { from: ['registered', 'assigned'], to: 'assigned' },
  receive: { from: ['assigned'], to: 'handling' },
  return: { from: ['assigned', 'handling'], to: 'registered' },
  arrive: { from: ['handling'] },
  extend: { from: ['assigned', 'handling'] },
  suspend: { from: ['registered', 'assigned', 'handling'], to: 'suspended' },
  resume: { from: ['suspended'] },
  handle: { from: ['handling'], to: 'handled' },
  verify: { from: ['handled'], to: 'verified' },
  send_back: { from: ['handled'], to: 'handling' },
  rate: { from: ['verified'], to: 'rated' },
  close: { from: ['verified', 'rated'], to: 'closed' },
  reopen: { from: ['closed', 'archived', 'cancelled'], to: 'registered' },
  archive: { from: ['closed'], to: 'archived' },
  urge: { from: ['collected', 'registered', 'assigned', 'handling', 'handled'] },
  merge: { from: ['collected', 'registered', 'assigned', 'handling', 'handled'], to: 'merged' },
  unmerge: { from: ['merged'] },
  split_off: { from: OPEN },
  set_parent: { from: OPEN },
  set_level: { from: OPEN },
  set_category: { from: OPEN },
};

/** What usually comes next in a stage. */
export const USUAL: Partial<Record<CaseStageDto, readonly CaseActDto['act'][]>> = {
  collected: ['register'],
  registered: ['assign'],
  assigned: ['receive'],
  handling: ['arrive', 'handle'],
  suspended: ['resume'],
  handled: ['verify'],
  verified: ['rate', 'close'],
  rated: ['close'],
  closed: ['archive'],
  cancelled: ['reopen'],
  merged: ['unmerge'],
};

/** What the roles may not do to any case; `own` roles may do only what is listed, to their own. */
const NOT_FOR_OFFICERS: readonly string[] = ['receive', 'arrive', 'extend', 'suspend', 'handle', 'archive'];
const OWN: readonly string[] = ['assign', 'receive', 'return', 'arrive', 'handle'];
const ANYBODY: readonly string[] = ['comment', 'attach', 'link', 'join', 'report'];

const NEEDS_REASON: readonly string[] = [
  'return',
  'extend',
  'suspend',
  'send_back',
  'reopen',
  'cancel',
  'unmerge',
  'set_level',
];

export function needsReason(move: string): boolean {
  return NEEDS_REASON.includes(move);
}

function blank(): FakeState {
  return {
    stage: 'unreported',
    former: 'collected',
    title: '',
    text: '',
    category: '',
    level: 'IV',
    standing: 'actual',
    source: '',
    place: null,
    happenedAt: 0,
    reportedAt: 0,
    closedAt: null,
    holder: undefined,
    assignments: [],
    reports: [],
    files: [],
    links: [],
    clocks: [],
    urges: 0,
    returns: 0,
    sendBacks: 0,
    extensions: 0,
    reopenings: 0,
    rating: null,
    outcome: '',
    parent: null,
    mergedInto: null,
    hasArrived: false,
    void: new Set(),
  };
}

/** The case after those of `steps` that were done until `at`. */
export function fold(steps: readonly FakeStep[], at = Number.POSITIVE_INFINITY): FakeState {
  const state = blank();
  for (const step of steps) {
    if (step.at <= at) {
      take(state, step);
    }
  }
  return state;
}

export function isPossible(state: FakeState, move: FakeAct['act']): boolean {
  const row = MOVES[move];
  return row === undefined || row.from.includes(state.stage);
}

function take(state: FakeState, step: FakeStep): void {
  const { act, at } = step;
  if (act.act === 'report') {
    const { report } = act;
    Object.assign(state, {
      stage: 'collected',
      title: report.title,
      text: report.text,
      category: report.category,
      level: report.level,
      standing: report.standing,
      source: report.source,
      place: report.place,
      happenedAt: report.happened_at,
      reportedAt: at,
    });
    state.reports.push(report);
    state.links.push(...report.links);
    start(state, 'assign', at);
    return;
  }
  if (!isPossible(state, act.act)) {
    state.void.add(step.id);
    return;
  }
  const before = state.stage;
  const to = MOVES[act.act]?.to;
  if (to !== undefined) {
    if (to === 'suspended' || to === 'merged') {
      state.former = before;
    }
    state.stage = to;
  }
  apply(state, step);
}

function apply(state: FakeState, { act, at, by }: FakeStep): void {
  switch (act.act) {
    case 'join':
      state.reports.push(act.report);
      break;
    case 'attach':
      state.files.push(act.file);
      break;
    case 'register':
      state.category = act.category || state.category;
      break;
    case 'assign':
      end(state, 'assign', at);
      end(state, 'receive', at);
      start(state, 'receive', at);
      state.holder = act.party;
      state.assignments.push({ party: act.party, at, by, note: act.note, receivedAt: null, receivedBy: '' });
      break;
    case 'receive': {
      const last = state.assignments.at(-1);
      if (last !== undefined) {
        last.receivedAt = at;
        last.receivedBy = by;
      }
      end(state, 'receive', at);
      start(state, 'arrive', at);
      start(state, 'handle', at);
      break;
    }
    case 'return':
      state.returns += 1;
      state.holder = undefined;
      endAll(state, at);
      start(state, 'assign', at);
      break;
    case 'arrive':
      state.hasArrived = true;
      end(state, 'arrive', at);
      break;
    case 'extend': {
      const clock = state.clocks.find((one) => one.until === undefined && one.phase === 'handle');
      state.extensions += 1;
      if (clock !== undefined) {
        clock.extra += act.minutes * MINUTE;
      }
      break;
    }
    case 'suspend':
    case 'merge':
      for (const clock of running(state)) {
        clock.stoppedAt = at;
      }
      state.mergedInto = act.act === 'merge' ? act.into : state.mergedInto;
      break;
    case 'resume':
    case 'unmerge':
      state.stage = state.former;
      state.mergedInto = null;
      for (const clock of running(state)) {
        clock.stopped += clock.stoppedAt === undefined ? 0 : at - clock.stoppedAt;
        clock.stoppedAt = undefined;
      }
      break;
    case 'handle':
      state.outcome = act.text;
      end(state, 'arrive', at);
      end(state, 'handle', at);
      start(state, 'verify', at);
      break;
    case 'send_back':
      state.sendBacks += 1;
      end(state, 'verify', at);
      start(state, 'handle', at);
      break;
    case 'verify':
      end(state, 'verify', at);
      start(state, 'rate', at);
      break;
    case 'rate':
      state.rating = { score: act.score, text: act.text, at, by };
      end(state, 'rate', at);
      break;
    case 'close':
    case 'cancel':
      state.outcome = (act.act === 'close' ? act.text : act.reason) || state.outcome;
      state.closedAt = at;
      endAll(state, at);
      break;
    case 'reopen':
      state.reopenings += 1;
      state.closedAt = null;
      state.holder = undefined;
      start(state, 'assign', at);
      break;
    case 'urge':
      state.urges += 1;
      break;
    case 'set_parent':
      state.parent = act.parent;
      break;
    case 'set_level':
      state.level = act.level;
      break;
    case 'set_category':
      state.category = act.category;
      break;
    case 'link':
      state.links.push({ kind: act.kind, target: act.target });
      break;
    case 'unlink':
      state.links = state.links.filter((link) => link.kind !== act.kind || link.target !== act.target);
      break;
    case 'split_off':
      state.reports = state.reports.map((one) => (one.id === act.report ? { ...one, moved_to: `s-${one.id}` } : one));
      break;
    case 'comment':
    case 'archive':
    case 'report':
      break;
  }
}

function running(state: FakeState): Clock[] {
  return state.clocks.filter((clock) => clock.until === undefined);
}

function start(state: FakeState, phase: Phase, from: number): void {
  state.clocks.push({ phase, from, until: undefined, extra: 0, stoppedAt: undefined, stopped: 0 });
}

function end(state: FakeState, phase: Phase, at: number): void {
  for (const clock of running(state).filter((one) => one.phase === phase)) {
    clock.until = at;
  }
}

function endAll(state: FakeState, at: number): void {
  for (const clock of running(state)) {
    clock.until = at;
  }
}

function allowedMs(state: FakeState, clock: Clock): number {
  const [usual, grave] = ALLOWED[clock.phase];
  return (state.level === 'I' || state.level === 'II' ? grave : usual) * MINUTE + clock.extra;
}

/** How much time a phase of a level has, milliseconds: the samples are laid out by it. */
export function phaseMs(phase: Phase, level: string): number {
  const [usual, grave] = ALLOWED[phase];
  return (level === 'I' || level === 'II' ? grave : usual) * MINUTE;
}

function lightOf(used: number): CaseLightDto {
  return used < 0.8 ? 'green' : used < 1 ? 'yellow' : used < 2 ? 'red' : 'escalated';
}

/** The clocks: the most urgent that runs first, then those that are over. */
export function clocksOf(state: FakeState, now: number): CaseClockDto[] {
  const all = state.clocks.map((clock): CaseClockDto => {
    const allowed = allowedMs(state, clock);
    const took = (clock.until ?? clock.stoppedAt ?? now) - clock.from - clock.stopped;
    const used = took / allowed;
    const isOver = clock.until !== undefined;
    const isStopped = clock.stoppedAt !== undefined && !isOver;
    const from = clock.from + clock.stopped;
    return {
      phase: clock.phase,
      light: isOver ? null : isStopped ? 'stopped' : lightOf(used),
      started_at: isOver ? null : Math.round(clock.from),
      warn_at: isOver || isStopped ? null : Math.round(from + 0.8 * allowed),
      due_at: isOver || isStopped ? null : Math.round(from + allowed),
      escalate_at: isOver || isStopped ? null : Math.round(from + 2 * allowed),
      used,
      allowed_s: isOver ? allowed / SECOND : null,
      took_s: isOver ? took / SECOND : null,
      is_over: isOver,
      is_late: used > 1,
    };
  });
  return [...all.filter((one) => !one.is_over).sort((a, b) => b.used - a.used), ...all.filter((one) => one.is_over)];
}

export function loopStep(state: Pick<FakeState, 'stage' | 'urges'>): LoopStepDto {
  switch (state.stage) {
    case 'unreported':
    case 'collected':
      return 'collect';
    case 'registered':
    case 'assigned':
      return state.urges > 0 ? 'urge' : 'assign';
    case 'handling':
    case 'suspended':
      return state.urges > 0 ? 'urge' : 'complete';
    case 'handled':
      return 'urge';
    case 'verified':
    case 'rated':
      return 'feedback';
    default:
      return 'analyse';
  }
}

export function isOpenStage(stage: CaseStageDto): boolean {
  return OPEN.includes(stage);
}

/** Who acts. */
export interface FakeActor {
  name: string;
  role: string;
  party: string | null;
}

/** Why a move is refused, in the words of the host; `undefined` where it is not. */
export function refusalOf(state: FakeState, move: FakeAct['act'], actor: FakeActor, act?: FakeAct): string | undefined {
  const { role } = actor;
  if (!isPossible(state, move)) {
    return 'not_now';
  }
  if (role === 'duty_officer' && NOT_FOR_OFFICERS.includes(move)) {
    return 'not_yours';
  }
  if (role === 'department' || role === 'team') {
    if (!OWN.includes(move) && !ANYBODY.includes(move)) {
      return 'not_yours';
    }
    const isOwn = state.holder !== undefined && actor.party !== null && isWithin(state.holder, actor.party);
    if (!ANYBODY.includes(move) && !isOwn) {
      return 'not_your_case';
    }
  }
  if (act !== undefined && 'reason' in act && act.reason.trim() === '') {
    return 'no_reason';
  }
  if (move === 'close' && needsEvidence(state) && !state.files.some((file) => file.is_evidence)) {
    return 'no_evidence';
  }
  return move === 'extend' && state.extensions >= 2 ? 'too_many_extensions' : undefined;
}

export function needsEvidence(state: Pick<FakeState, 'category'>): boolean {
  return ['gas_leak', 'burst_main', 'missing_cover', 'manhole_missing'].includes(state.category);
}

/** True when `id` is `party` or belongs to it. */
export function isWithin(id: string, party: string): boolean {
  return id === party || id.startsWith(`${party}/`);
}

export function partyOf(parties: readonly CasePartyDto[], id: string | undefined): CasePartyDto | null {
  return parties.find((one) => one.id === id) ?? null;
}

/** What takes a step back, if anything does. */
export function undoActOf(steps: readonly FakeStep[], reason: string): CaseActDto | undefined {
  const last = steps.at(-1);
  if (last === undefined) {
    return undefined;
  }
  const before = fold(steps.slice(0, -1));
  switch (last.act.act) {
    case 'link':
      return { act: 'unlink', kind: last.act.kind, target: last.act.target };
    case 'unlink':
      return { act: 'link', kind: last.act.kind, target: last.act.target };
    case 'set_parent':
      return { act: 'set_parent', parent: before.parent };
    case 'set_level':
      return { act: 'set_level', level: before.level, reason };
    case 'set_category':
      return { act: 'set_category', category: before.category };
    case 'suspend':
      return { act: 'resume' };
    case 'merge':
      return { act: 'unmerge', reason };
    case 'close':
    case 'cancel':
      return { act: 'reopen', reason };
    default:
      return undefined;
  }
}
