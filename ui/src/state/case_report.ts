// A report that a person writes: what happened, where and when. While it is written the desk says what it may be the same as.

import { type Accessor, createSignal, onCleanup } from 'solid-js';
import type { CaseDraftDto, CaseReportedDto, DeskAlarmDto, DraftCheckDto } from '../generated/wire';
import { aboutWords } from './alarm_words';
import { BLANK_REPORT, dropReport, keepReport, keptReport, type ReportDraft } from './case_draft';
import { type Desk, throttled } from './desk';
import { t } from './texts';

/** After a letter the desk is asked what the report is like, but not more often than this. */
const CHECK_MILLIS = 500;

export interface CaseReporting {
  /** What is being written; `undefined` when nothing is. */
  report: Accessor<ReportDraft | undefined>;
  /** What is written was found on this machine. */
  isReportKept: Accessor<boolean>;
  /** What it may be the same as. */
  check: Accessor<DraftCheckDto | undefined>;
  newCase(place?: [number, number]): void;
  caseFromAlarm(alarm: DeskAlarmDto): void;
  writeReport(change: Partial<CaseDraftDto>): void;
  sendReport(): void;
  giveUpReport(): void;
  isSending: Accessor<boolean>;
}

/** Reports written at `desk`; `sent` is told what became of one. Call inside a Solid root. */
export function createCaseReporting(desk: Desk, sent: (came: CaseReportedDto) => void): CaseReporting {
  const kept = desk.mode === 'wall' ? undefined : keptReport(Date.now());
  const [report, setReport] = createSignal<ReportDraft | undefined>(kept);
  const [isReportKept, setIsReportKept] = createSignal(kept !== undefined);
  const [check, setCheck] = createSignal<DraftCheckDto>();
  const [isSending, setIsSending] = createSignal(false);

  const checkSoon = throttled(CHECK_MILLIS, (draft: CaseDraftDto) => {
    if (draft.title.trim() === '') {
      setCheck(undefined);
      return;
    }
    void desk.backend.checkDraft(draft).then((result) => {
      if (report()?.draft === draft) {
        setCheck(result.ok ? result.value : undefined);
      }
    });
  });
  onCleanup(() => checkSoon.cancel());
  if (kept !== undefined) {
    checkSoon.call(kept.draft);
  }

  function begin(draft: CaseDraftDto, alarm: string): void {
    setIsReportKept(false);
    setCheck(undefined);
    setReport({ draft, alarm, begun: Date.now(), at: Date.now() });
    checkSoon.call(draft);
  }
  function write(change: Partial<CaseDraftDto>): void {
    const now = report();
    if (now !== undefined) {
      const next = { ...now, draft: { ...now.draft, ...change }, at: Date.now() };
      keepReport(next);
      setReport(next);
      checkSoon.call(next.draft);
    }
  }
  function end(): void {
    checkSoon.cancel();
    dropReport();
    setReport(undefined);
    setCheck(undefined);
  }

  return {
    report,
    isReportKept,
    check,
    newCase: (place) => begin({ ...BLANK_REPORT, place: place ?? null }, ''),
    caseFromAlarm(alarm) {
      begin(draftOfAlarm(alarm), alarm.id);
      // Where it is stands on its page only.
      void desk.backend.alarm(alarm.id).then((result) => {
        if (result.ok && report()?.alarm === alarm.id && report()?.draft.place === null) {
          write({ place: result.value.position });
        }
      });
    },
    writeReport: write,
    sendReport() {
      const now = report();
      if (now === undefined || now.draft.title.trim() === '' || isSending()) {
        return;
      }
      const { alarm } = now;
      const draft = { ...now.draft, title: now.draft.title.trim(), text: now.draft.text.trim() };
      setIsSending(true);
      const asked = alarm === '' ? desk.backend.reportCase(draft) : desk.backend.caseFromAlarm(alarm, draft);
      void asked.then((result) => {
        setIsSending(false);
        if (!result.ok) {
          desk.attempt(Promise.resolve(result));
          return;
        }
        // What was typed meanwhile is another report.
        if (report() === now) {
          end();
        }
        const { is_joined: isJoined, is_repeated: isRepeated } = result.value;
        desk.say(t(isRepeated ? 'cases.repeated' : isJoined ? 'cases.joined' : 'cases.reported'));
        sent(result.value);
      });
    },
    giveUpReport() {
      const was = report();
      end();
      if (was !== undefined && `${was.draft.title}${was.draft.text}`.trim() !== '') {
        const run = () => {
          keepReport(was);
          setReport(was);
          checkSoon.call(was.draft);
        };
        desk.say(t('cases.report_dropped'), { words: t('alarms.undo'), run });
      }
    },
    isSending,
  };
}

/** The report that an alarm makes. */
export function draftOfAlarm(alarm: DeskAlarmDto): CaseDraftDto {
  const thing = alarm.target?.kind === 'thing' ? [{ kind: 'thing', target: alarm.target.id }] : [];
  return {
    ...BLANK_REPORT,
    source: 'alarm',
    title: `${alarm.name} ${aboutWords(alarm)}`.trim(),
    level: alarm.severity === 'critical' ? 'II' : alarm.severity === 'high' ? 'III' : 'IV',
    happened_at: alarm.since,
    standing: alarm.standing,
    links: [{ kind: 'alarm', target: alarm.id }, ...thing],
  };
}
