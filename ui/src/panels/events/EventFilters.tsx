// Everything that narrows and orders the events, and the kept views of them.

import { createSignal, For, onMount, Show } from 'solid-js';
import type { CaseQueryDto } from '../../generated/wire';
import { toggled } from '../../state/alarm_query';
import { CASE_ORDERS, isSameCases, LOOP_STEPS, STAGES } from '../../state/case_query';
import { useCases } from '../../state/cases';
import { useDesk } from '../../state/desk';
import { LEVELS } from '../../state/severity';
import { t, word } from '../../state/texts';
import { DAY } from '../../state/time';

const NAME_MOST = 40;
/** Days back that a stretch can begin. */
const SPANS = ['1', '7', '30'] as const;
/** Asks for what nobody has. */
const NOBODY = '';

export function EventFilters() {
  const desk = useDesk();
  const cases = useCases();
  const query = () => cases.list.query();
  const change = (values: Partial<CaseQueryDto>) => cases.list.setQuery({ ...query(), ...values });
  onMount(() => cases.readViews());
  const holders = (): [string, string][] => [
    ['nobody', t('case.nobody')],
    ...(cases.tables()?.parties ?? []).map((one): [string, string] => [one.id, one.name]),
  ];
  const holder = () => (query().holders[0] === NOBODY ? 'nobody' : query().holders[0]);
  const span = () => {
    const { from } = query();
    return from === null ? undefined : SPANS.find((days) => Math.abs(desk.now() - from - Number(days) * DAY) < DAY / 2);
  };
  return (
    <section class="event-filters scrolls" aria-label={t('alarms.filters')}>
      <fieldset class="choices">
        <legend>{t('cases.by_step')}</legend>
        <div class="choices-row">
          <For each={LOOP_STEPS}>
            {(step, i) => (
              <button
                type="button"
                class="num"
                aria-pressed={query().steps.includes(step)}
                onClick={() => change({ steps: toggled(query().steps, step), stages: [] })}
              >
                {word('event.step', step)} {cases.list.counts().by_step[i()] ?? 0}
              </button>
            )}
          </For>
        </div>
      </fieldset>
      <fieldset class="choices">
        <legend>{t('card.level')}</legend>
        <div class="choices-row">
          <For each={LEVELS}>
            {(level, i) => (
              <button
                type="button"
                class="num"
                aria-pressed={query().levels.includes(level)}
                aria-keyshortcuts={`Shift+${i() + 1}`}
                onClick={() => change({ levels: toggled(query().levels, level) })}
              >
                {t(`level.${level}`)} {cases.list.counts().by_level[i()] ?? 0}
              </button>
            )}
          </For>
        </div>
      </fieldset>
      <div class="event-fields">
        <Field
          label={t('cases.by_stage')}
          value={query().stages[0]}
          options={STAGES.map((stage) => [stage, word('event.stage', stage)])}
          onChoose={(stage) => change({ stages: STAGES.filter((one) => one === stage), steps: [] })}
        />
        <Field
          label={t('card.category')}
          value={query().categories[0]}
          options={(cases.tables()?.categories ?? []).map((one) => [one.word, one.name])}
          onChoose={(one) => change({ categories: one === undefined ? [] : [one] })}
        />
        <Field
          label={t('case.holder')}
          value={holder()}
          options={holders()}
          onChoose={(one) => change({ holders: one === undefined ? [] : [one === 'nobody' ? NOBODY : one] })}
        />
        <Field
          label={t('card.source')}
          value={query().sources[0]}
          options={(cases.tables()?.sources ?? []).map((one) => [one, word('source', one)])}
          onChoose={(one) => change({ sources: one === undefined ? [] : [one] })}
        />
        <Field
          label={t('cases.by_span')}
          value={span()}
          options={SPANS.map((days) => [days, t('cases.last_days', { n: days })])}
          onChoose={(days) =>
            change({ from: days === undefined ? null : Math.round(desk.now() - Number(days) * DAY), to: null })
          }
        />
        <label class="tool-field">
          <span>{t('alarms.order')}</span>
          <select
            value={query().order}
            onChange={(event) =>
              change({ order: CASE_ORDERS.find((one) => one === event.currentTarget.value) ?? 'urgency' })
            }
          >
            <For each={CASE_ORDERS}>
              {(order) => (
                <option value={order} selected={order === query().order}>
                  {word('case_order', order)}
                </option>
              )}
            </For>
          </select>
        </label>
      </div>
      <Show when={query().within !== null}>
        <button type="button" class="tool-wide" onClick={() => change({ within: null })}>
          {t('cases.within_off')}
        </button>
      </Show>
      <Views />
    </section>
  );
}

/** One of several, or all. */
function Field(props: {
  label: string;
  value: string | undefined;
  options: [string, string][];
  onChoose: (value: string | undefined) => void;
}) {
  return (
    <label class="tool-field">
      <span>{props.label}</span>
      <select
        value={props.value ?? ''}
        onChange={(event) => props.onChoose(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
      >
        <option value="">{t('alarms.all')}</option>
        <For each={props.options}>
          {([value, words]) => (
            <option value={value} selected={value === props.value}>
              {words}
            </option>
          )}
        </For>
      </select>
    </label>
  );
}

function Views() {
  const cases = useCases();
  const [name, setName] = createSignal('');
  const isTaken = () => cases.views().some((view) => view.name === name().trim());
  return (
    <section class="event-views" aria-label={t('alarms.views')}>
      <h3>{t('alarms.views')}</h3>
      <ul class="chips">
        <For each={cases.views()} fallback={<li class="hint">{t('alarms.views_none')}</li>}>
          {(view) => (
            <li>
              <button
                type="button"
                aria-pressed={isSameCases(view.query, cases.list.query())}
                onClick={() => cases.useView(view)}
              >
                {view.name}
              </button>
              <button
                type="button"
                class="quiet"
                aria-label={t('alarms.view_drop_name', { name: view.name })}
                onClick={() => cases.dropView(view.name)}
              >
                ×
              </button>
            </li>
          )}
        </For>
      </ul>
      <form
        class="event-search"
        onSubmit={(event) => {
          event.preventDefault();
          if (name().trim() !== '') {
            cases.keepView(name().trim());
            setName('');
          }
        }}
      >
        <input
          type="text"
          class="strip-field"
          maxlength={NAME_MOST}
          autocomplete="off"
          aria-label={t('alarms.view_name')}
          placeholder={t('alarms.view_name')}
          value={name()}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button type="submit" disabled={name().trim() === ''}>
          {isTaken() ? t('alarms.view_replace') : t('alarms.view_keep')}
        </button>
      </form>
    </section>
  );
}
