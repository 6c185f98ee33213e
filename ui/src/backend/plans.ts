// Plans at work for an event, who was sent, who is told something within an area, and the picture of an event.

import type {
  BroadcastDraftDto,
  BroadcastedDto,
  DispatchDraftDto,
  DispatchedDto,
  DispatchesDto,
  DispatchStepDto,
  PictureActDto,
  PictureActedDto,
  PictureDto,
  PlanActDto,
  PlanActedDto,
  PlanDto,
  PlanOfferDto,
  PlanRunDto,
  ReachDto,
} from '../generated/wire';
import type { Command, Result } from './backend';

/** A place, longitude and latitude, degrees. */
export type LonLat = [number, number];

export interface PlansBackend {
  /** Every plan of the scene packs. */
  allPlans(): Promise<Result<PlanDto[]>>;
  /** The plans that fit an event; the one that runs first. */
  plansFor(caseId: string): Promise<Result<PlanOfferDto[]>>;
  /** The plans that fit a category and a level, without an event. */
  plansAbout(category: string, level: string): Promise<Result<PlanOfferDto[]>>;
  /** The plan at work for an event; `null` when none was started. */
  planRun(caseId: string): Promise<Result<PlanRunDto | null>>;
  /** Does an act; a refusal stands in the answer. */
  actOnPlan(caseId: string, act: PlanActDto): Promise<Result<PlanActedDto>>;
  /** Who was sent, who can be sent, and what was broadcast. */
  dispatches(caseId: string): Promise<Result<DispatchesDto>>;
  dispatch(caseId: string, draft: DispatchDraftDto): Promise<Result<DispatchedDto>>;
  dispatchStep(id: string, step: DispatchStepDto, note: string): Promise<Result<DispatchedDto>>;
  /** Who and what is within a ring. */
  reach(area: LonLat[]): Promise<Result<ReachDto>>;
  /** Writes a broadcast down; it cannot be taken back. */
  broadcast(caseId: string, draft: BroadcastDraftDto): Promise<Result<BroadcastedDto>>;
  casePicture(caseId: string): Promise<Result<PictureDto>>;
  draw(caseId: string, act: PictureActDto): Promise<Result<PictureActedDto>>;
  /** Takes back the newest of one's own acts on the picture. */
  undoDrawing(caseId: string): Promise<Result<PictureActedDto>>;
  redoDrawing(caseId: string): Promise<Result<PictureActedDto>>;
  /** Draws the marks of an event in the twin; `undefined` draws none. */
  showPicture(caseId: string | undefined): Promise<Result<void>>;
}

/** The host's commands. */
export function plansBackend(command: Command): PlansBackend {
  return {
    allPlans: () => command<PlanDto[]>('all_plans'),
    plansFor: (caseId) => command<PlanOfferDto[]>('plans_for', { case: caseId }),
    plansAbout: (category, level) => command<PlanOfferDto[]>('plans_about', { category, level }),
    planRun: (caseId) => command<PlanRunDto | null>('plan_run', { case: caseId }),
    actOnPlan: (caseId, act) => command<PlanActedDto>('act_on_plan', { case: caseId, act }),
    dispatches: (caseId) => command<DispatchesDto>('dispatches', { case: caseId }),
    dispatch: (caseId, draft) => command<DispatchedDto>('dispatch', { case: caseId, draft }),
    dispatchStep: (id, step, note) => command<DispatchedDto>('dispatch_step', { id, step, note }),
    reach: (area) => command<ReachDto>('reach', { area }),
    broadcast: (caseId, draft) => command<BroadcastedDto>('broadcast', { case: caseId, draft }),
    casePicture: (caseId) => command<PictureDto>('picture', { case: caseId }),
    draw: (caseId, act) => command<PictureActedDto>('draw', { case: caseId, act }),
    undoDrawing: (caseId) => command<PictureActedDto>('undo_drawing', { case: caseId }),
    redoDrawing: (caseId) => command<PictureActedDto>('redo_drawing', { case: caseId }),
    showPicture: (caseId) => command<void>('show_picture', { case: caseId ?? null }),
  };
}
