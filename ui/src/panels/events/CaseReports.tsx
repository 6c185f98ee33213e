// What was told of a case: each report with its source, and the way out of the case for one that tells of something else.

import { createSignal, For, Show } from 'solid-js';
import type { CaseDetailDto, CaseReportDto } from '../../generated/wire';
import { useCases } from '../../state/cases';
import { useDesk } from '../../state/desk';
import { t, word } from '../../state/texts';
import { moment } from '../../state/time';

export function CaseReports(props: { detail: CaseDetailDto }) {
  const desk = useDesk();
  const cases = useCases();
  const row = () => props.detail.row;
  const canAct = () => !props.detail.is_past && desk.live();
  function join(): void {
    cases.newCase(row().place === null ? undefined : [row().place?.[0] ?? 0, row().place?.[1] ?? 0]);
    cases.writeReport({ join: row().id, category: row().category, level: row().level, standing: row().standing });
  }
  return (
    <>
      <Show when={canAct()}>
        <div class="tool-acts">
          <button type="button" onClick={join}>
            {t('case.join')}
          </button>
        </div>
      </Show>
      <ul class="case-reports">
        <For each={props.detail.reports} fallback={<li class="hint">{t('case.reports_none')}</li>}>
          {(report) => (
            <Report
              report={report}
              isSplittable={canAct() && props.detail.reports.length > 1 && report.case === row().id}
              onSplit={() => void cases.act([row().id], { act: 'split_off', report: report.id })}
            />
          )}
        </For>
      </ul>
    </>
  );
}

function Report(props: { report: CaseReportDto; isSplittable: boolean; onSplit: () => void }) {
  const cases = useCases();
  const [isSure, setSure] = createSignal(false);
  return (
    <li class="case-report">
      <p>
        <strong>{word('source', props.report.source)}</strong>{' '}
        <span class="hint num">
          {props.report.number} {moment(props.report.happened_at)}
        </span>
      </p>
      <p class="case-words">{props.report.title}</p>
      <Show when={props.report.text !== ''}>
        <p class="case-words hint">{props.report.text}</p>
      </Show>
      <p class="hint num">
        <Show when={props.report.reporter !== ''}>{t('case.told_by', { name: props.report.reporter })} · </Show>
        {t('case.taken_in', { name: props.report.by, time: moment(props.report.at).slice(6, 11) })}
      </p>
      <Show when={props.report.moved_to}>
        {(id) => (
          <button type="button" class="quiet" onClick={() => cases.openById(id())}>
            {t('case.moved_to')}
          </button>
        )}
      </Show>
      <Show when={props.isSplittable && props.report.moved_to === null}>
        <Show
          when={isSure()}
          fallback={
            <button type="button" class="quiet" onClick={() => setSure(true)}>
              {t('case.split')}
            </button>
          }
        >
          <span class="asking">
            {t('case.split_sure')}
            <button
              type="button"
              class="danger"
              onClick={() => {
                setSure(false);
                props.onSplit();
              }}
            >
              {t('case.split')}
            </button>
            <button type="button" onClick={() => setSure(false)}>
              {t('range.cancel')}
            </button>
          </span>
        </Show>
      </Show>
    </li>
  );
}
