// Which cases are listed: the query that asks for everything that is open, and what narrows it. Pure.

import type {
  CaseLightDto,
  CaseOrderDto,
  CaseQueryDto,
  CaseRowDto,
  CaseStageDto,
  LoopStepDto,
  StandingDto,
} from '../generated/wire';

/** Asks for everything that is open, the most urgent first. */
export const OPEN_CASES: CaseQueryDto = {
  text: '',
  steps: [],
  stages: [],
  levels: [],
  categories: [],
  holders: [],
  lights: [],
  sources: [],
  standings: [],
  from: null,
  to: null,
  bounds: null,
  within: null,
  order: 'urgency',
  offset: 0,
  count: 0,
};

/** The six steps of the loop, in its order. */
export const LOOP_STEPS = [
  'collect',
  'assign',
  'complete',
  'urge',
  'feedback',
  'analyse',
] as const satisfies readonly LoopStepDto[];

/** In the order in which a case goes through them. */
export const STAGES = [
  'collected',
  'registered',
  'assigned',
  'handling',
  'suspended',
  'handled',
  'verified',
  'rated',
  'closed',
  'archived',
  'cancelled',
  'merged',
] as const satisfies readonly CaseStageDto[];

/** The worst first. `CasePageDto.by_light` counts them the other way round. */
export const LIGHTS = ['escalated', 'red', 'yellow', 'green', 'stopped'] as const satisfies readonly CaseLightDto[];

export const CASE_ORDERS = ['urgency', 'due', 'level', 'newest', 'oldest'] as const satisfies readonly CaseOrderDto[];

const REAL: readonly StandingDto[] = ['actual'];
const UNREAL: readonly StandingDto[] = ['exercise', 'test', 'system', 'draft'];

export const REALNESS = ['all', 'real', 'unreal'] as const;
export type Realness = (typeof REALNESS)[number];

export function standingsOf(choice: Realness): StandingDto[] {
  return choice === 'all' ? [] : [...(choice === 'real' ? REAL : UNREAL)];
}

export function realnessOf(query: Pick<CaseQueryDto, 'standings'>): Realness {
  if (query.standings.length === 0) {
    return 'all';
  }
  return query.standings.includes('actual') ? 'real' : 'unreal';
}

/** The stages of `row` that nothing has to be done in any more. */
export function isOver(row: Pick<CaseRowDto, 'stage'>): boolean {
  return ['closed', 'archived', 'cancelled', 'merged'].includes(row.stage);
}

/** The query without its window: what a view keeps. */
export function wholeCases(query: CaseQueryDto): CaseQueryDto {
  return { ...query, offset: 0, count: 0 };
}

/** How many filters narrow the list; lights and standing have their own buttons. */
export function caseFilterCount(query: CaseQueryDto): number {
  return [
    query.text.trim() !== '',
    query.steps.length > 0,
    query.stages.length > 0,
    query.levels.length > 0,
    query.categories.length > 0,
    query.holders.length > 0,
    query.sources.length > 0,
    query.from !== null || query.to !== null,
    query.bounds !== null,
    query.within !== null,
  ].filter((one) => one).length;
}

export function isNarrowedCases(query: CaseQueryDto): boolean {
  return caseFilterCount(query) > 0 || query.lights.length > 0 || query.standings.length > 0;
}

export function isSameCases(a: CaseQueryDto, b: CaseQueryDto): boolean {
  return JSON.stringify(wholeCases(a)) === JSON.stringify(wholeCases(b));
}

/** West, south, east and north of a footprint ; `null` where nothing of the ground is seen. */
export function boundsOf(footprint: readonly (readonly [number, number])[]): [number, number, number, number] | null {
  if (footprint.length < 3) {
    return null;
  }
  const lons = footprint.map(([lon]) => lon);
  const lats = footprint.map(([, lat]) => lat);
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}
