// What the cases of a time amount to: figures, days and hours, groups, and the places where the same happens again.

import './analysis.css';
import { For, Show } from 'solid-js';
import type { AnalysisDto } from '../../generated/wire';
import { percent } from '../../state/alarm_load';
import { useAnalysis } from '../../state/analysis';
import { BY, groupName, leftOut, rowsBy, secondsWords, totalLines } from '../../state/analysis_figures';
import { t, word } from '../../state/texts';
import { quantity, stretch } from '../../state/time';
import { AnalysisFilters } from './AnalysisFilters';
import { DayChart } from './DayChart';
import { HourBars } from './HourBars';
import { RepeatPlaces } from './RepeatPlaces';

export function AnalysisPage() {
  const analysis = useAnalysis();
  analysis.watch();
  return (
    <div class="page-inside analysis-page">
      <AnalysisFilters />
      <Show when={analysis.result() !== undefined && analysis.failure()}>
        {(message) => (
          <p class="analysis-failure" role="alert">
            {t('analysis.failed', { message: message() })}
          </p>
        )}
      </Show>
      <div
        class="analysis-body scrolls"
        role="region"
        aria-label={t('analysis.title')}
        aria-busy={analysis.isBusy()}
        tabindex="0"
      >
        <Show when={analysis.result()} fallback={<Waiting />}>
          {(result) => (
            <Show when={result().total.cases > 0} fallback={<Empty />}>
              <Totals analysis={result()} />
              <DayChart analysis={result()} />
              <HourBars analysis={result()} />
              <Groups analysis={result()} />
              <RepeatPlaces analysis={result()} />
            </Show>
          )}
        </Show>
      </div>
    </div>
  );
}

function Waiting() {
  const analysis = useAnalysis();
  return (
    <Show
      when={analysis.failure()}
      fallback={
        <div class="blank" aria-busy="true">
          <span class="hint">{t('analysis.loading')}</span>
        </div>
      }
    >
      {(message) => (
        <div class="blank" role="alert">
          <strong>{t('analysis.failed', { message: message() })}</strong>
          <span class="hint">{t('analysis.failed_hint')}</span>
          <button type="button" onClick={() => analysis.read()}>
            {t('app.retry')}
          </button>
        </div>
      )}
    </Show>
  );
}

function Empty() {
  return (
    <div class="blank">
      <strong>{t('analysis.empty')}</strong>
      <span class="hint">{t('analysis.empty_hint')}</span>
    </div>
  );
}

function Totals(props: { analysis: AnalysisDto }) {
  return (
    <section class="analysis-wide" aria-label={t('analysis.totals')}>
      <p class="hint num">{stretch(props.analysis.from, props.analysis.to - 1)}</p>
      <dl class="analysis-totals num">
        <For each={totalLines(props.analysis.total)}>
          {(line) => (
            <div data-figure={line.key}>
              <dt>{line.name}</dt>
              <dd>{line.value}</dd>
            </div>
          )}
        </For>
      </dl>
    </section>
  );
}

/** The groups of one kind: how many, how fast, how many too late. */
function Groups(props: { analysis: AnalysisDto }) {
  const analysis = useAnalysis();
  const rows = () => rowsBy(props.analysis, analysis.by());
  const most = () => Math.max(1, ...rows().map((row) => row.figures.cases));
  const beyond = () => leftOut(props.analysis, analysis.by());
  return (
    <section class="analysis-groups" aria-label={t('analysis.groups')}>
      <fieldset class="choices-row analysis-by">
        <legend class="hidden-words">{t('analysis.groups')}</legend>
        <For each={BY}>
          {(by) => (
            <button type="button" aria-pressed={analysis.by() === by} onClick={() => analysis.setBy(by)}>
              {word('analysis.by', by)}
            </button>
          )}
        </For>
      </fieldset>
      <div
        class="analysis-table scrolls"
        role="region"
        aria-label={`${t('analysis.groups')} ${word('analysis.by', analysis.by())}`}
        tabindex="0"
      >
        <table class="page-table num">
          <thead>
            <tr>
              <th scope="col">{word('analysis.by', analysis.by())}</th>
              <th scope="col">{t('analysis.cases')}</th>
              <th scope="col">
                <span class="hidden-words">{t('analysis.share')}</span>
              </th>
              <th scope="col">{t('analysis.overdue_share')}</th>
              <th scope="col">{t('analysis.response')}</th>
              <th scope="col">{t('analysis.closing')}</th>
            </tr>
          </thead>
          <tbody>
            <For each={rows()}>
              {(row) => (
                <tr>
                  <td class="analysis-group">{groupName(analysis.by(), row)}</td>
                  <td class="analysis-number">{quantity(row.figures.cases, 0)}</td>
                  <td class="analysis-bar-cell">
                    <Bar cases={row.figures.cases} overdue={row.figures.overdue} most={most()} />
                  </td>
                  <td class="analysis-number" classList={{ over: row.figures.overdue > 0 }}>
                    {percent(row.figures.overdue_share)}
                  </td>
                  <td class="analysis-number">
                    {secondsWords(row.figures.response_p50_s)} / {secondsWords(row.figures.response_p90_s)}
                  </td>
                  <td class="analysis-number">
                    {secondsWords(row.figures.closing_p50_s)} / {secondsWords(row.figures.closing_p90_s)}
                  </td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </div>
      <Show when={beyond() > 0}>
        <p class="hint num">{t('analysis.beyond', { n: quantity(beyond(), 0) })}</p>
      </Show>
    </section>
  );
}

/** As long as the cases, with the part that was too late in another shade. */
function Bar(props: { cases: number; overdue: number; most: number }) {
  const part = (n: number) => ((100 * n) / props.most).toFixed(1);
  return (
    <svg class="analysis-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <path class="analysis-cases" d={`M0 1H${part(props.cases)}V9H0Z`} />
      <path class="analysis-late" d={`M0 1H${part(props.overdue)}V9H0Z`} />
    </svg>
  );
}
