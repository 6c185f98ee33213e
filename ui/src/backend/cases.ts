// The event desk: cases, what is done to them, reports of new ones, files that lie with them.

import type {
  CaseActDto,
  CaseActedDto,
  CaseDetailDto,
  CaseDraftDto,
  CasePageDto,
  CaseQueryDto,
  CaseReportedDto,
  CasesActedDto,
  CaseTablesDto,
  CaseViewDto,
  DraftCheckDto,
} from '../generated/wire';
import type { Command, Result } from './backend';

export interface CasesBackend {
  /** A window into the cases that answer; asked for again when `DeskUpdate.event_board.revision` changed. */
  cases(query: CaseQueryDto): Promise<Result<CasePageDto>>;
  /** Everything around one case, at the moment shown. */
  caseDetail(id: string): Promise<Result<CaseDetailDto>>;
  actOnCase(id: string, act: CaseActDto): Promise<Result<CaseActedDto>>;
  /** Does one act to each; those that refuse it are told, and the rest is done. */
  actOnCases(ids: string[], act: CaseActDto): Promise<Result<CasesActedDto>>;
  /** Takes a report in: a case of its own, or one more report of one that is there. */
  reportCase(draft: CaseDraftDto): Promise<Result<CaseReportedDto>>;
  /** What a draft may be the same as; nothing is written. */
  checkDraft(draft: CaseDraftDto): Promise<Result<DraftCheckDto>>;
  /** The same for an alarm that becomes a case. */
  caseFromAlarm(alarm: string, draft: CaseDraftDto): Promise<Result<CaseReportedDto>>;
  undoCaseStep(id: string, step: string, reason: string): Promise<Result<CaseActedDto>>;
  caseTables(): Promise<Result<CaseTablesDto>>;
  /** In which role, and for which party, the person acts from now on. */
  setActor(role: string, party: string | undefined): Promise<Result<void>>;
  /** Kept filters of the event list. */
  caseViews(): Promise<Result<CaseViewDto[]>>;
  saveCaseViews(views: CaseViewDto[]): Promise<Result<void>>;
  /** Lays a file with a case. */
  attachToCase(
    id: string,
    name: string,
    mediaType: string,
    base64: string,
    isEvidence: boolean,
  ): Promise<Result<CaseActedDto>>;
  /** The bytes of a file that is on this desk, base64. */
  attachment(digest: string): Promise<Result<string>>;
}

/** The host's commands. */
export function casesBackend(command: Command): CasesBackend {
  return {
    cases: (query) => command<CasePageDto>('cases', { query }),
    caseDetail: (id) => command<CaseDetailDto>('case_detail', { id }),
    actOnCase: (id, act) => command<CaseActedDto>('act_on_case', { id, act }),
    actOnCases: (ids, act) => command<CasesActedDto>('act_on_cases', { ids, act }),
    reportCase: (draft) => command<CaseReportedDto>('report_case', { draft }),
    checkDraft: (draft) => command<DraftCheckDto>('check_draft', { draft }),
    caseFromAlarm: (alarm, draft) => command<CaseReportedDto>('case_from_alarm', { alarm, draft }),
    undoCaseStep: (id, step, reason) => command<CaseActedDto>('undo_case_step', { id, step, reason }),
    caseTables: () => command<CaseTablesDto>('case_tables'),
    setActor: (role, party) => command('set_actor', { role, party: party ?? null }),
    caseViews: () => command<CaseViewDto[]>('case_views'),
    saveCaseViews: (views) => command('save_case_views', { views }),
    attachToCase: (id, name, mediaType, base64, isEvidence) =>
      command<CaseActedDto>('attach_to_case', { id, name, mediaType, base64, isEvidence }),
    attachment: (digest) => command<string>('attachment', { digest }),
  };
}
