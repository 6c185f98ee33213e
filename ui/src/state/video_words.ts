// The words of the video index: why something was refused or is not allowed, how a channel stands. Pure.

import type {
  VideoAuditDto,
  VideoRefusalDto,
  VideoRightDto,
  VideoRowDto,
  VideoTablesDto,
  VideoVolumeDto,
  VideoWordDto,
} from '../generated/wire';
import { type TextKey, t, word } from './texts';
import { joined, moment } from './time';

/** Why something was refused; the host's own words where the desk has none for it. */
export function videoRefusalWords(refused: VideoRefusalDto): string {
  const key = `video.refusal.${refused.code}` as TextKey;
  const words = t(key, { what: word('video.action', refused.what) });
  if (words === key) {
    return refused.message;
  }
  // Where a purpose is missing the words say so already.
  const why = refused.code === 'no_purpose' ? '' : whyWords(refused.rule);
  return why === '' ? words : t('video.refused_because', { words, why });
}

/** Why something may be done or not, as the host writes it down: a word, then what it names. */
export function whyWords(written: string): string {
  const [first = ''] = written.split(' ');
  const words = word('video.why', first);
  return words === first ? written : words;
}

/** What a line of the audit log says beside who, when and what. */
export function noteWords(row: Pick<VideoAuditDto, 'kind' | 'note'>, tables: VideoTablesDto | undefined): string {
  const [first = '', second = ''] = row.note.split(' ');
  switch (row.kind) {
    case 'video_looked':
    case 'video_denied':
      return whyWords(row.note);
    case 'video_ptz':
      return first === 'preset' ? t('video.audit_preset', { n: second }) : row.note;
    case 'camera_graded':
      return [named(tables?.categories, first), second === '' ? '' : gradeName(tables, second)]
        .filter((part) => part !== '')
        .join(' · ');
    case 'camera_work':
      return `${word('video.work', first)} · ${second === 'opened' ? t('video.work_open') : t('video.work_close')}`;
    case 'grant_given':
      return joined(row.note.split(',').map((action) => actionName(tables, action)));
    default:
      return row.note;
  }
}

/** What a code of a table is called; the code itself where the table has none. */
export function named(table: readonly VideoWordDto[] | undefined, code: string | number): string {
  return table?.find((one) => one.code === String(code))?.name ?? String(code);
}

/** What a code is called by its table, or by the desk's own texts where the table only repeats it. */
function namedOr(prefix: string, table: readonly VideoWordDto[] | undefined, code: string): string {
  const name = named(table, code);
  return name === code ? word(prefix, code) : name;
}

export function actionName(tables: VideoTablesDto | undefined, code: string): string {
  return namedOr('video.action', tables?.actions, code);
}

/** A field of GB/T 28181. */
export function fieldName(tables: VideoTablesDto | undefined, code: string): string {
  return namedOr('video.field_name', tables?.import_fields, code);
}

/** A grade by its number or its word. */
export function gradeName(tables: VideoTablesDto | undefined, code: string): string {
  return namedOr('video.grade_word', tables?.grades, code);
}

export function areaName(tables: VideoTablesDto | undefined, code: string): string {
  return namedOr('video.rights_area', tables?.areas, code);
}

/** Under which conditions a cell of the matrix allows something: purposes, hours, and what is excepted from them. */
export function limitWords(limit: string, tables: VideoTablesDto | undefined): string {
  const hours: string[] = [];
  const purposes: string[] = [];
  const excepted: string[] = [];
  for (const raw of limit.split(',').filter((one) => one !== '')) {
    const plain = raw.replace(/^not:/, '');
    const isHours = plain.startsWith('hours:');
    const name = isHours ? word('video.window', plain.slice('hours:'.length)) : named(tables?.purposes, plain);
    (plain === raw ? (isHours ? hours : purposes) : excepted).push(name);
  }
  return joined([
    purposes.length === 0 ? '' : t('video.limit_purpose', { purposes: joined(purposes) }),
    hours.length === 0 ? '' : t('video.limit_hours', { hours: joined(hours) }),
    excepted.length === 0 ? '' : t('video.limit_not', { what: joined(excepted) }),
  ]);
}

/** How a channel stands, in words: `离线、位置变动`. */
export function standWords(row: Pick<VideoRowDto, 'status' | 'faults'>): string {
  const faults = row.faults.map((fault) => word('video.fault', fault));
  return row.status === 'on' && faults.length > 0
    ? joined(faults)
    : joined([word('video.status', row.status), ...faults]);
}

/** How loudly a channel's state is drawn: what is in order is quiet. */
export type Stand = 'on' | 'trouble' | 'off' | 'unknown';

export function standOf(row: Pick<VideoRowDto, 'status' | 'faults'>): Stand {
  switch (row.status) {
    case 'on':
      return row.faults.length > 0 ? 'trouble' : 'on';
    case 'off':
      return 'off';
    case 'video_lost':
    case 'defect':
      return 'trouble';
    case 'unknown':
      return 'unknown';
  }
}

/** `一类 · 敏感`; empty for a channel that is not graded. */
export function gradeWords(row: Pick<VideoRowDto, 'category' | 'grade'>, tables: VideoTablesDto | undefined): string {
  const parts = [
    row.category === 0 ? '' : named(tables?.categories, row.category),
    row.grade === 0 ? '' : named(tables?.grades, row.grade),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

/** Why something may be done or not, and until when: `按权限表`, `临时授权，到 11-21 18:00`. */
export function rightWords(right: VideoRightDto): string {
  const why = right.grant !== null ? t('video.by_grant') : word('video.why', right.why);
  const until = right.until === null ? '' : t('video.until', { time: moment(right.until).slice(0, 11) });
  return joined([why, until, right.needs_purpose ? t('video.needs_purpose') : '']);
}

/** The fields of a view volume that nobody delivered, in words. */
export function assumedWords(volume: Pick<VideoVolumeDto, 'assumed'>): string {
  return joined(volume.assumed.map((field) => word('video.volume', field)));
}

/** A share as a percentage with as many digits as it deserves: `99.6%`, `100%`. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value >= 99.95 || value < 0.05 ? Math.round(value) : value.toFixed(1)}%`;
}

/** The parts of a name, with those that answer to what was typed marked. */
export function nameParts(
  name: string,
  matched: readonly (readonly [number, number])[],
): { text: string; is: boolean }[] {
  const parts: { text: string; is: boolean }[] = [];
  let at = 0;
  for (const [from, to] of matched) {
    if (from > at) {
      parts.push({ text: name.slice(at, from), is: false });
    }
    if (to > from) {
      parts.push({ text: name.slice(from, to), is: true });
    }
    at = Math.max(at, to);
  }
  if (at < name.length) {
    parts.push({ text: name.slice(at), is: false });
  }
  return parts;
}
