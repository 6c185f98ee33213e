// Everything that narrows and orders the alarm list, and the kept views of it.

import { createSignal, For, onMount, Show } from 'solid-js';
import type { AlarmQueryDto } from '../../generated/wire';
import { isSameQuery, ORDERS, STATES, toggled } from '../../state/alarm_query';
import { useAlarms } from '../../state/alarms';
import { t, word } from '../../state/texts';

/** As the wire names the kinds of devices. */
const KINDS = ['traffic', 'air', 'water_level', 'noise', 'parking', 'gas', 'manhole', 'structural', 'other'] as const;
const NAME_MOST = 40;

export function AlarmFilters() {
  const alarms = useAlarms();
  const { list } = alarms;
  const change = (values: Partial<AlarmQueryDto>) => list.setQuery({ ...list.query(), ...values });
  onMount(() => {
    alarms.readRules();
    alarms.readViews();
  });
  return (
    <section class="alarm-filters scrolls" aria-label={t('alarms.filters')}>
      <fieldset class="choices">
        <legend>{t('alarms.by_state')}</legend>
        <div class="choices-row">
          <For each={STATES}>
            {(state) => (
              <button
                type="button"
                aria-pressed={list.query().states.includes(state)}
                onClick={() => change({ states: toggled(list.query().states, state) })}
              >
                {word('alarm_state', state)}
              </button>
            )}
          </For>
        </div>
      </fieldset>
      <div class="alarm-fields">
        <Field
          label={t('alarms.by_kind')}
          value={list.query().kinds[0]}
          options={KINDS.map((kind) => [kind, word('kind', kind)])}
          onChoose={(kind) => change({ kinds: kind === undefined ? [] : [kind] })}
        />
        <Field
          label={t('alarms.by_area')}
          value={list.query().areas[0]}
          options={alarms.areas().map((area) => [area, area])}
          onChoose={(area) => change({ areas: area === undefined ? [] : [area] })}
        />
        <Field
          label={t('alarms.by_rule')}
          value={list.query().rules[0]}
          options={(alarms.rules() ?? []).map((rule) => [rule.id, rule.name])}
          onChoose={(rule) => change({ rules: rule === undefined ? [] : [rule] })}
        />
        <label class="tool-field">
          <span>{t('alarms.order')}</span>
          <select
            value={list.query().order}
            onChange={(event) => change({ order: ORDERS.find((one) => one === event.currentTarget.value) ?? 'worst' })}
          >
            <For each={ORDERS}>{(order) => <option value={order}>{word('alarm_order', order)}</option>}</For>
          </select>
        </label>
      </div>
      <Show when={list.query().cause !== null}>
        <button type="button" class="tool-wide" onClick={() => change({ cause: null })}>
          {t('alarms.cause_off')}
        </button>
      </Show>
      <Show when={list.query().suppressed_by !== null || list.query().group !== null}>
        <button type="button" class="tool-wide" onClick={() => change({ suppressed_by: null, group: null })}>
          {t('alarms.group_off')}
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
  const alarms = useAlarms();
  const [name, setName] = createSignal('');
  const isTaken = () => alarms.views().some((view) => view.name === name().trim());
  return (
    <section class="alarm-views" aria-label={t('alarms.views')}>
      <h3>{t('alarms.views')}</h3>
      <ul class="chips">
        <For each={alarms.views()} fallback={<li class="hint">{t('alarms.views_none')}</li>}>
          {(view) => (
            <li>
              <button
                type="button"
                aria-pressed={isSameQuery(view.query, alarms.list.query())}
                onClick={() => alarms.useView(view)}
              >
                {view.name}
              </button>
              <button
                type="button"
                class="quiet"
                aria-label={t('alarms.view_drop_name', { name: view.name })}
                onClick={() => alarms.dropView(view.name)}
              >
                ×
              </button>
            </li>
          )}
        </For>
      </ul>
      <form
        class="alarm-search"
        onSubmit={(event) => {
          event.preventDefault();
          if (name().trim() !== '') {
            alarms.keepView(name().trim());
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
