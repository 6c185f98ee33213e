// The sheet of a handover as it is filled in: whom it goes to, what is said, what has been noted and seen. Pure.

import type { DutyItemDto, DutyItemKindDto, HandoverDto } from '../generated/wire';
import { isTexts } from './duty_draft';

/** The steps of a handover, in order. */
export const SHEET_STEPS = ['check', 'sign_out', 'sign_in', 'complete'] as const;
export type SheetStep = (typeof SHEET_STEPS)[number] | 'done';

/** Open items are listed by kind, in this order. */
export const ITEM_KINDS = ['alarm', 'event', 'assignment', 'note'] as const satisfies readonly DutyItemKindDto[];

/** The longest note, characters. */
export const NOTE_MOST = 1000;
/** The longest matter, characters. */
export const MATTER_MOST = 200;

/** What the outgoing officer fills in. */
export interface Sheet {
  /** The handover that it is for. */
  handover: string;
  incoming: string;
  note: string;
  /** Matters that go into the list of open items. */
  matters: string[];
  /** Open items that were noted here, by identity. */
  noted: string[];
}

/** The sheet as the handover has it. */
export function sheetOf(handover: HandoverDto): Sheet {
  return {
    handover: handover.id,
    incoming: handover.incoming,
    note: handover.note,
    matters: handover.items.filter((item) => item.kind === 'note').map((item) => item.title),
    noted: [],
  };
}

export function isSheet(value: unknown): value is Sheet {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const sheet = value as Partial<Sheet>;
  return (
    typeof sheet.handover === 'string' &&
    typeof sheet.incoming === 'string' &&
    typeof sheet.note === 'string' &&
    isTexts(sheet.matters) &&
    isTexts(sheet.noted)
  );
}

/** True while somebody of the shift has taken note of it, or has done so on the sheet. */
export function isNoted(item: DutyItemDto, sheet: Sheet): boolean {
  return item.is_acknowledged || sheet.noted.includes(item.id);
}

/** Open items that nobody has taken note of; matters are noted by being written. */
export function unnoted(handover: HandoverDto, sheet: Sheet): DutyItemDto[] {
  return handover.items.filter((item) => item.kind !== 'note' && !isNoted(item, sheet));
}

/** True when the written handover is not what the sheet says. */
export function isChanged(handover: HandoverDto, sheet: Sheet): boolean {
  const written = sheetOf(handover);
  const lacks = handover.items.some((item) => !item.is_acknowledged && sheet.noted.includes(item.id));
  return (
    lacks ||
    written.incoming !== sheet.incoming.trim() ||
    written.note !== sheet.note.trim() ||
    written.matters.join('\n') !== sheet.matters.join('\n')
  );
}

/** Where the handover stands on its way. */
export function stepOf(handover: HandoverDto, sheet: Sheet): SheetStep {
  switch (handover.state) {
    case 'open':
      return 'check';
    case 'drafted':
      return isChanged(handover, sheet) || unnoted(handover, sheet).length > 0 ? 'check' : 'sign_out';
    case 'signed_by_outgoing':
      return 'sign_in';
    case 'signed_by_incoming':
      return 'complete';
    case 'done':
      return 'done';
  }
}

/** What still keeps the sheet from being written. */
export type SheetGap = 'incoming' | 'same' | 'noted';

export function gapOf(handover: HandoverDto, sheet: Sheet): SheetGap | undefined {
  const incoming = sheet.incoming.trim();
  if (incoming === '') {
    return 'incoming';
  }
  if (incoming === handover.outgoing) {
    return 'same';
  }
  return unnoted(handover, sheet).length > 0 ? 'noted' : undefined;
}

/** What still keeps the incoming officer from signing. */
export type SignGap = 'seen' | 'name' | 'other';

export function signGap(handover: HandoverDto, seen: ReadonlySet<string>, name: string): SignGap | undefined {
  if (handover.items.some((item) => !seen.has(item.id))) {
    return 'seen';
  }
  if (name.trim() === '') {
    return 'name';
  }
  return name.trim() === handover.incoming ? undefined : 'other';
}

/** A check value in groups of eight, so that two people can compare it. */
export function grouped(proof: string): string {
  return proof.replace(/(.{8})(?=.)/g, '$1 ');
}
