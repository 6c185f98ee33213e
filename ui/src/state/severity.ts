// The four severities that count as alarms, and how levels borrow them. Words only; limits are Rust's business.

import type { SeverityDto } from '../generated/wire';

/** Worst first, in the order of `DeskUpdate.alarm_counts`. */
export const ALARMING = ['critical', 'high', 'medium', 'low'] as const satisfies readonly SeverityDto[];
export type Alarming = (typeof ALARMING)[number];

/** Worst first. */
export const LEVELS = ['I', 'II', 'III', 'IV'] as const;

const RANK: Record<SeverityDto, number> = { normal: 0, low: 1, medium: 2, high: 3, critical: 4 };

/** The worse of two. */
export function worse(a: SeverityDto, b: SeverityDto): SeverityDto {
  return RANK[a] >= RANK[b] ? a : b;
}
