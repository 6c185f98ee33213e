// Being on duty: the duty log, the handover, what the cases of a time amount to, and the files made of all that.

import type {
  AnalysisDto,
  AnalysisQueryDto,
  DutyBoardDto,
  DutyEntryDto,
  DutyPageDto,
  DutyQueryDto,
  HandoverActDto,
  HandoverActedDto,
  HandoverDto,
  HandoverRowDto,
  ReportFileDto,
  ReportFormatDto,
  ReportOfDto,
} from '../generated/wire';
import type { Command, Result } from './backend';

export interface DutyBackend {
  /** Who is on duty, and what is open. */
  dutyBoard(): Promise<Result<DutyBoardDto>>;
  /** A window into the duty log. */
  dutyLog(query: DutyQueryDto): Promise<Result<DutyPageDto>>;
  /** Writes an entry by hand; `subject` is an alarm's or an event's identity, or empty. */
  writeDuty(text: string, subject: string): Promise<Result<DutyEntryDto>>;
  /** Strikes an entry and writes another one in its place. */
  correctDuty(entry: string, text: string, reason: string): Promise<Result<DutyEntryDto>>;
  /** Strikes an entry; it stays readable. */
  strikeDuty(entry: string, reason: string): Promise<Result<void>>;
  /** One handover; `undefined` for the one under way, or as it would be written now. */
  handover(id: string | undefined): Promise<Result<HandoverDto>>;
  /** Does an act whose turn it is. After the last one the incoming officer sits here. */
  actOnHandover(id: string, act: HandoverActDto): Promise<Result<HandoverActedDto>>;
  /** Handovers that were written, the newest first. */
  handovers(): Promise<Result<HandoverRowDto[]>>;
  analysis(query: AnalysisQueryDto): Promise<Result<AnalysisDto>>;
  /** Writes a report to a file; without a path into the folder of exports. Runs for seconds. */
  exportReport(of: ReportOfDto, format: ReportFormatDto, path: string | undefined): Promise<Result<ReportFileDto>>;
}

/** The host's commands. */
export function dutyBackend(command: Command): DutyBackend {
  return {
    dutyBoard: () => command<DutyBoardDto>('duty_board'),
    dutyLog: (query) => command<DutyPageDto>('duty_log', { query }),
    writeDuty: (text, subject) => command<DutyEntryDto>('write_duty', { text, subject }),
    correctDuty: (entry, text, reason) => command<DutyEntryDto>('correct_duty', { entry, text, reason }),
    strikeDuty: (entry, reason) => command('strike_duty', { entry, reason }),
    handover: (id) => command<HandoverDto>('handover', { id: id ?? null }),
    actOnHandover: (id, act) => command<HandoverActedDto>('act_on_handover', { id, act }),
    handovers: () => command<HandoverRowDto[]>('handovers'),
    analysis: (query) => command<AnalysisDto>('analysis', { query }),
    exportReport: (of, format, path) => command<ReportFileDto>('export_report', { of, format, path: path ?? null }),
  };
}
