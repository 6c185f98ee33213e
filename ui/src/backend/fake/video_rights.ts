// Who may do what with the cameras of the sample city: a small policy, grants that end, and a log of what was looked at.

import type {
  RightsMatrixDto,
  VideoActedDto,
  VideoAuditDto,
  VideoAuditPageDto,
  VideoAuditQueryDto,
  VideoGrantDraftDto,
  VideoGrantDto,
  VideoGrantStateDto,
  VideoRefusalDto,
  VideoRightDto,
} from '../../generated/wire';
import { DAY, HOUR, MINUTE } from '../../state/time';
import { noise } from './city';
import { CATEGORIES, type FakeChannel, GRADES } from './video_channels';

export const ACTION_ROWS = [
  ['list', '列出', 'List'],
  ['see_place', '看位置', 'Place'],
  ['live', '看实时', 'Live'],
  ['playback', '看录像', 'Playback'],
  ['snapshot', '截图', 'Snapshot'],
  ['export', '导出', 'Export'],
  ['ptz', '云台', 'PTZ'],
  ['reveal', '去遮挡', 'Reveal'],
  ['grant', '授权', 'Grant'],
] as const;
export const PURPOSE_ROWS = [
  ['event', '事件处置', 'Handling an event'],
  ['patrol', '视频巡查', 'Video patrol'],
  ['drill', '演练', 'Drill'],
  ['maintenance', '设备运维', 'Maintenance'],
  ['evidence', '调阅取证', 'Evidence'],
] as const;
export const ROLE_ROWS = [
  ['duty_officer', '值班员', 'Duty officer'],
  ['shift_leader', '值班长', 'Shift leader'],
  ['leader_on_duty', '带班领导', 'Leader on duty'],
  ['department', '责任部门', 'Department'],
  ['team', '处置队伍', 'Team'],
] as const;
export const MOST_GRANT_HOURS = 72;

type Cell = 'yes' | 'purpose' | 'no';

const LEADERS = ['shift_leader', 'leader_on_duty'];
const DESKS = ['duty_officer', ...LEADERS];

/** What a role may do with cameras of a grade. */
function cellOf(role: string, grade: number, action: string): Cell {
  const of = grade === 0 ? 3 : grade;
  const isLeader = LEADERS.includes(role);
  if (action === 'list') {
    return 'yes';
  }
  if (action === 'grant' || action === 'reveal' || action === 'export') {
    return isLeader ? (of === 1 ? 'purpose' : 'yes') : 'no';
  }
  if (!DESKS.includes(role)) {
    return of === 4 || (of === 3 && (action === 'live' || action === 'see_place')) ? 'yes' : 'no';
  }
  if (of >= 3 || (of === 2 && isLeader)) {
    return 'yes';
  }
  if (of === 2) {
    return action === 'ptz' ? 'no' : action === 'see_place' ? 'yes' : 'purpose';
  }
  return isLeader ? 'purpose' : 'no';
}

export function refusal(code: string, what = '', rule = ''): VideoRefusalDto {
  return { code, what, rule, message: code };
}

export function acted(changed: number, facts: string[] = []): VideoActedDto {
  return { facts, changed, left: [], refused: null };
}

export function refusedAct(code: string, what = '', rule = ''): VideoActedDto {
  return { facts: [], changed: 0, left: [], refused: refusal(code, what, rule) };
}

export interface FakeRightsHost {
  operator(): string;
  role(): string;
  now(): number;
  isPast(): boolean;
  channels(): readonly FakeChannel[];
}

export class FakeRights {
  private readonly grants: Omit<VideoGrantDto, 'state' | 'can_revoke' | 'is_mine'>[];
  private readonly log: VideoAuditDto[];
  private made = 0;

  constructor(private readonly host: FakeRightsHost) {
    this.grants = host.channels().length === 0 ? [] : this.sampleGrants();
    this.log = host.channels().length === 0 ? [] : this.sampleLog();
  }

  right(one: FakeChannel, action: string, purpose = ''): VideoRightDto {
    const role = this.host.role();
    const cell = one.isSecret ? (action === 'list' ? 'yes' : 'no') : cellOf(role, one.grade, action);
    const base = { action, detail: '', grant: null, until: null, needs_purpose: false };
    if (cell === 'yes') {
      return { ...base, is_allowed: true, why: 'right' };
    }
    const grant = this.grants.find((given) => this.holds(given) && isFor(given.draft, one, action));
    if (grant !== undefined && !one.isSecret) {
      return { ...base, is_allowed: true, why: 'grant', grant: grant.id, until: grant.draft.to };
    }
    if (cell === 'purpose') {
      const isNamed = purpose !== '';
      return { ...base, is_allowed: isNamed, why: isNamed ? 'right' : 'needs_purpose', needs_purpose: true };
    }
    return { ...base, is_allowed: false, why: one.isSecret ? 'denial' : 'no_right' };
  }

  /** Actions that are denied whatever the purpose is. */
  denied(one: FakeChannel): string[] {
    return ACTION_ROWS.map(([action]) => action).filter((action) => {
      const right = this.right(one, action);
      return !right.is_allowed && !right.needs_purpose;
    });
  }

  matrix(): RightsMatrixDto {
    const actions = ACTION_ROWS.map(([action]) => action);
    return {
      role: this.host.role(),
      source: 'built_in',
      problem: '',
      actions,
      cells: ROLE_ROWS.flatMap(([role]) =>
        CATEGORIES.flatMap(([category]) =>
          GRADES.map(([grade]) => ({
            role,
            category,
            grade,
            area: '*',
            allowed: actions.filter((action) => cellOf(role, Number(grade), action) === 'yes'),
            limited: actions
              .filter((action) => cellOf(role, Number(grade), action) === 'purpose')
              .map((action): [string, string] => [action, 'event,evidence']),
            forbidden: [],
            shows_denied: grade !== '1',
          })),
        ),
      ),
    };
  }

  list(): VideoGrantDto[] {
    const role = this.host.role();
    return this.grants
      .map((grant) => ({
        ...grant,
        state: this.stateOf(grant),
        can_revoke: this.holds(grant) && (grant.given_by === this.host.operator() || LEADERS.includes(role)),
        is_mine: grant.draft.person === this.host.operator() || grant.draft.role === role,
      }))
      .reverse();
  }

  give(draft: VideoGrantDraftDto): VideoActedDto {
    if (this.host.isPast()) {
      return refusedAct('past');
    }
    if (!LEADERS.includes(this.host.role())) {
      return refusedAct('denied', 'grant', 'no_right');
    }
    if (draft.purpose === '') {
      return refusedAct('no_purpose');
    }
    if (draft.to <= draft.from || draft.to - draft.from > MOST_GRANT_HOURS * HOUR || draft.actions.length === 0) {
      return refusedAct('bad_grant');
    }
    this.made += 1;
    const id = `g-${this.made}`;
    this.grants.push({
      id,
      draft: structuredClone(draft),
      given_by: this.host.operator(),
      given_as: this.host.role(),
      given_at: this.host.now(),
      revoked_by: '',
      revoked_why: '',
    });
    this.note({ kind: 'grant_given', purpose: draft.purpose, note: id });
    return acted(1, [id]);
  }

  revoke(id: string, reason: string): VideoActedDto {
    const grant = this.grants.find((one) => one.id === id);
    if (grant === undefined || !this.holds(grant)) {
      return refusedAct('nothing');
    }
    grant.revoked_by = this.host.operator();
    grant.revoked_why = reason;
    this.note({ kind: 'grant_revoked', purpose: reason, note: id });
    return acted(1, [id]);
  }

  note(line: Partial<VideoAuditDto> & Pick<VideoAuditDto, 'kind'>): void {
    this.made += 1;
    this.log.unshift({
      id: `au-${this.made}`,
      at: Math.round(this.host.now()),
      by: this.host.operator(),
      role: this.host.role(),
      camera: '',
      name: '',
      action: '',
      purpose: '',
      seconds: null,
      moment: null,
      note: '',
      is_synced: false,
      ...line,
    });
  }

  audit(query: VideoAuditQueryDto): VideoAuditPageDto {
    const rows = this.log.filter(
      (row) =>
        (query.camera === null || row.camera === query.camera) &&
        row.by.includes(query.by) &&
        (query.kinds.length === 0 || query.kinds.includes(row.kind)) &&
        (query.purpose === null || row.purpose === query.purpose) &&
        row.at >= (query.from ?? 0) &&
        row.at <= (query.to ?? Number.POSITIVE_INFINITY),
    );
    return { total: rows.length, offset: query.offset, rows: rows.slice(query.offset, query.offset + query.limit) };
  }

  private holds(grant: Pick<VideoGrantDto, 'draft' | 'revoked_by'>): boolean {
    return this.stateOf(grant) === 'holds';
  }

  private stateOf(grant: Pick<VideoGrantDto, 'draft' | 'revoked_by'>): VideoGrantStateDto {
    const now = this.host.now();
    if (grant.revoked_by !== '') {
      return 'revoked';
    }
    return now < grant.draft.from ? 'coming' : now < grant.draft.to ? 'holds' : 'expired';
  }

  private sampleGrants() {
    const now = this.host.now();
    const grave = this.host.channels().filter((one) => one.grade === 1 && !one.isSecret);
    const grant = (id: string, from: number, to: number, cameras: FakeChannel[], person: string) => ({
      id,
      draft: {
        role: null,
        person,
        cameras: cameras.map((one) => one.id),
        area: [],
        actions: ['list', 'see_place', 'live'],
        from,
        to,
        purpose: 'event',
        note: '防汛期间协助查看',
      },
      given_by: '陈志强',
      given_as: 'leader_on_duty',
      given_at: from,
      revoked_by: '',
      revoked_why: '',
    });
    return [
      grant('g-old', now - 3 * DAY, now - 2 * DAY, grave.slice(0, 4), '李敏'),
      grant('g-now', now - HOUR, now + 5 * HOUR, grave.slice(0, 2), this.host.operator()),
    ];
  }

  private sampleLog(): VideoAuditDto[] {
    const all = this.host.channels();
    const now = this.host.now();
    const names = ['王建国', '李敏', '周海燕', '孙磊'];
    return Array.from({ length: 140 }, (_, i): VideoAuditDto => {
      const one = all[Math.floor(noise(i, 401) * all.length)];
      const chance = noise(i, 402);
      const kind =
        chance < 0.78
          ? 'video_looked'
          : chance < 0.88
            ? 'video_denied'
            : chance < 0.95
              ? 'video_snapshot'
              : 'video_ptz';
      const isPlayback = kind === 'video_looked' && i % 4 === 0;
      return {
        id: `au-s${i}`,
        at: Math.round(now - (i + 1) * 47 * MINUTE),
        by: names[i % names.length] ?? '王建国',
        role: 'duty_officer',
        kind,
        camera: one?.id ?? '',
        name: one?.name ?? '',
        action: kind === 'video_ptz' ? 'ptz' : isPlayback ? 'playback' : 'live',
        purpose: i % 3 === 0 ? 'event' : 'patrol',
        seconds: kind === 'video_looked' ? 10 + Math.round(240 * noise(i, 403)) : null,
        moment: isPlayback ? Math.round(now - (i + 3) * 51 * MINUTE) : null,
        note: kind === 'video_denied' ? 'no_right' : '',
        is_synced: true,
      };
    });
  }
}

function isFor(draft: VideoGrantDraftDto, one: FakeChannel, action: string): boolean {
  return draft.cameras.includes(one.id) && draft.actions.includes(action);
}
