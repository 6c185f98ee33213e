// Of which time and which cases the figures are: days up to now or days of one's own, categories, levels, departments.

import { For, Show } from 'solid-js';
import { isAnalysisNarrowed, useAnalysis } from '../../state/analysis';
import { ANALYSIS_SPANS, dayBegin, dayText } from '../../state/analysis_figures';
import { useDesk } from '../../state/desk';
import { LEVELS } from '../../state/severity';
import { t, word } from '../../state/texts';
import { ReportExport } from '../duty/ReportExport';

export function AnalysisFilters() {
  const desk = useDesk();
  const analysis = useAnalysis();
  const filter = analysis.filter;
  function toggleLevel(level: string): void {
    const { levels } = filter();
    analysis.change({
      levels: levels.includes(level) ? levels.filter((one) => one !== level) : [...levels, level],
    });
  }
  return (
    <section class="page-tools" aria-label={t('alarms.filters')}>
      <fieldset class="choices-row analysis-choices">
        <legend class="hidden-words">{t('duty.span')}</legend>
        <For each={ANALYSIS_SPANS}>
          {(span) => (
            <button type="button" aria-pressed={filter().span === span} onClick={() => analysis.change({ span })}>
              {t(`analysis.span_${span}`)}
            </button>
          )}
        </For>
      </fieldset>
      <Days />
      <fieldset class="choices-row analysis-choices">
        <legend class="hidden-words">{t('card.level')}</legend>
        <For each={LEVELS}>
          {(level) => (
            <button type="button" aria-pressed={filter().levels.includes(level)} onClick={() => toggleLevel(level)}>
              {word('level', level)}
            </button>
          )}
        </For>
      </fieldset>
      <Choice
        label={t('card.category')}
        all={t('analysis.all_categories')}
        options={analysis.categories()}
        value={filter().categories[0]}
        onChoose={(one) => analysis.change({ categories: one === undefined ? [] : [one] })}
      />
      <Choice
        label={t('analysis.by.department')}
        all={t('analysis.all_departments')}
        options={analysis.departments()}
        value={filter().departments[0]}
        onChoose={(one) => analysis.change({ departments: one === undefined ? [] : [one] })}
      />
      <button
        type="button"
        aria-pressed={filter().hasExercises}
        onClick={() => analysis.change({ hasExercises: !filter().hasExercises })}
      >
        {t('analysis.exercises')}
      </button>
      <Show when={isAnalysisNarrowed(filter())}>
        <button type="button" onClick={() => analysis.showAll()}>
          {t('list.filter_off')}
        </button>
      </Show>
      <Show when={desk.past()}>
        <span class="hint">{t('analysis.past')}</span>
      </Show>
      <ReportExport of={() => ({ kind: 'analysis', query: analysis.query() })} formats={['pdf', 'docx', 'csv']} />
    </section>
  );
}

/** The first and the last day. */
function Days() {
  const analysis = useAnalysis();
  const first = () => dayText(analysis.query().from);
  const last = () => dayText(analysis.query().to - 1);
  function choose(from: string, to: string): void {
    const [begin, end] = [dayBegin(from), dayBegin(to)];
    if (begin !== undefined && end !== undefined) {
      analysis.change({ span: { from: begin, to: end } });
    }
  }
  return (
    <span class="analysis-days">
      <input
        type="date"
        class="strip-field num"
        aria-label={t('analysis.from')}
        value={first()}
        onChange={(event) => choose(event.currentTarget.value, last())}
      />
      <span class="hint">–</span>
      <input
        type="date"
        class="strip-field num"
        aria-label={t('analysis.to')}
        value={last()}
        onChange={(event) => choose(first(), event.currentTarget.value)}
      />
    </span>
  );
}

function Choice(props: {
  label: string;
  all: string;
  options: readonly [string, string][];
  value: string | undefined;
  onChoose: (value: string | undefined) => void;
}) {
  return (
    <select
      aria-label={props.label}
      value={props.value ?? ''}
      onChange={(event) => props.onChoose(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
    >
      <option value="">{props.all}</option>
      <For each={props.options}>
        {([value, words]) => (
          <option value={value} selected={value === props.value}>
            {words}
          </option>
        )}
      </For>
    </select>
  );
}
