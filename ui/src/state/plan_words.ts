// The words of plans and dispatches: why something was refused, how long there is, how soon somebody comes. Pure.

import type {
  DeskRefusalDto,
  DispatchDto,
  PlanProgressDto,
  PlanRunNeedDto,
  PlanRunStepDto,
  ResourceDto,
} from '../generated/wire';
import { type TextKey, t, word } from './texts';
import { distance, duration, joined, quantity, SECOND } from './time';

/** Why something was refused; the host's own words where the desk has none for it. */
export function deskRefusalWords(refused: DeskRefusalDto): string {
  const key = `refusal.${refused.code}` as TextKey;
  const roles = joined(refused.roles.map((role) => word('role', role)));
  const words = t(key, { role: roles, by: refused.by, what: refused.what });
  return words === key ? refused.message : words;
}

/** How a step stands with its timer. */
export type DueTone = 'none' | 'running' | 'soon' | 'over';

/** From this share of a step's time on, it is soon. */
const SOON_SHARE = 0.75;

export function dueTone(step: PlanRunStepDto, now: number): DueTone {
  if (step.mark !== null || !step.is_called || step.due_at === null) {
    return 'none';
  }
  const left = step.due_at - now;
  if (left < 0) {
    return 'over';
  }
  return left < (step.step.within_s ?? 0) * SECOND * (1 - SOON_SHARE) ? 'soon' : 'running';
}

/** `还有 12 分`, `超时 3 分`; before its timer runs, how long it will have. */
export function dueWords(step: PlanRunStepDto, now: number): string {
  if (step.mark !== null || !step.is_called) {
    return '';
  }
  if (step.due_at === null) {
    const { within_s: within } = step.step;
    return within === null ? '' : t('plan.within', { time: duration(within * SECOND) });
  }
  const left = step.due_at - now;
  return left < 0
    ? t('plan.overdue_by', { time: duration(-left) })
    : t('plan.time_left', { time: duration(Math.ceil(left / SECOND) * SECOND) });
}

/** `3/6 步 · 跳过 1 步 · 1 步超时`. */
export function progressWords(progress: PlanProgressDto): string {
  return [
    t('plan.progress', { done: progress.done, n: progress.steps }),
    progress.skipped === 0 ? '' : t('plan.progress_skipped', { n: progress.skipped }),
    progress.overdue === 0 ? '' : t('plan.progress_overdue', { n: progress.overdue }),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

/** `约 12 分后到 · 3.4 km`. */
export function arrivalWords(resource: ResourceDto): string {
  const time = duration(resource.arrives_in_s * SECOND);
  const far = distance(resource.distance_m);
  return `${t(resource.is_estimate ? 'plan.arrives_about' : 'plan.arrives', { time })} · ${far}`;
}

/** What is there for a need, and what is missing. */
export function needWords(need: PlanRunNeedDto): string {
  if (need.missing > 0) {
    return t('plan.need_missing', { n: need.missing, unit: word('plan.unit', need.need.kind) });
  }
  return t('plan.need_complete', { time: duration(need.complete_in_s * SECOND) });
}

/** `1 支`, `2 辆`. */
export function countWords(kind: string, count: number): string {
  return t('plan.count', { n: quantity(count, 0), unit: word('plan.unit', kind) });
}

/** How the time to answer stands; empty when an answer came. */
export function answerWords(dispatch: DispatchDto, now: number): string {
  if (dispatch.state !== 'sent') {
    return '';
  }
  const left = dispatch.answer_by - now;
  return left < 0
    ? t('dispatch.unanswered_for', { time: duration(-left) })
    : t('dispatch.answer_left', { time: duration(Math.ceil(left / SECOND) * SECOND) });
}

/** `21 公顷`, `3.2 km²`, `640 m²`. */
export function areaWords(m2: number): string {
  if (m2 >= 1_000_000) {
    return `${quantity(m2 / 1_000_000)} km²`;
  }
  return m2 >= 10_000 ? t('reach.hectares', { n: quantity(m2 / 10_000, 1) }) : `${quantity(m2, 0)} m²`;
}
