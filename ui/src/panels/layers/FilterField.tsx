// The filter of a layer: typed, checked while it is typed, used by Enter.

import { createEffect, createSignal, For, on, onCleanup, Show, untrack } from 'solid-js';
import type { FilterCheckDto, FilterFieldDto, LayerRowDto } from '../../generated/wire';
import { atColumn } from '../../state/layer_list';
import { useLayers } from '../../state/layers';
import { language, t, word } from '../../state/texts';
import { quantity } from '../../state/time';

/** Quiet time after a change before the filter is checked. */
const PAUSE_MILLIS = 150;

export function FilterField(props: { row: LayerRowDto }) {
  const layers = useLayers();
  const [text, setText] = createSignal(props.row.filter ?? '');
  const [check, setCheck] = createSignal<{ text: string; result: FilterCheckDto }>();
  let input: HTMLInputElement | undefined;
  let asked = 0;
  /** What Enter asked for before it was known whether it fits. */
  let pressed: string | undefined;

  const used = () => props.row.filter ?? '';
  const isChanged = () => text().trim() !== used().trim();
  /** What was found out about exactly this text. */
  const found = () => {
    const known = check();
    return known !== undefined && known.text === text().trim() ? known.result : undefined;
  };
  // A set or another hand may have changed the filter meanwhile; what is being typed stays.
  let last = used();
  createEffect(() => {
    const now = used();
    if (now !== last && untrack(text) === last) {
      setText(now);
    }
    last = now;
  });
  createEffect(
    // What is wrong is said in the language of the moment.
    on([text, language], ([typed]) => {
      asked += 1;
      pressed = undefined;
      const mine = asked;
      const wanted = typed.trim();
      if (wanted === '') {
        setCheck(undefined);
        return;
      }
      const timer = setTimeout(async () => {
        const result = await layers.check(props.row.id, wanted);
        if (mine === asked && result !== undefined) {
          setCheck({ text: wanted, result });
          if (pressed === wanted) {
            use();
          }
        }
      }, PAUSE_MILLIS);
      onCleanup(() => {
        clearTimeout(timer);
        // Nobody waits for the answer any more.
        asked += 1;
      });
    }),
  );

  function use(): void {
    const wanted = text().trim();
    pressed = found() === undefined ? wanted : undefined;
    if (wanted === '') {
      clear();
    } else if (found()?.ok === true) {
      layers.change({ do: 'filter', id: props.row.id, text: wanted });
    }
  }
  function clear(): void {
    setText('');
    if (used() !== '') {
      layers.change({ do: 'filter', id: props.row.id, text: null });
    }
  }
  function insert(words: string): void {
    const at = input?.selectionStart ?? text().length;
    const before = text().slice(0, at);
    const gap = before === '' || before.endsWith(' ') ? '' : ' ';
    setText(`${before}${gap}${words} ${text().slice(at).trimStart()}`);
    input?.focus();
    const after = before.length + gap.length + words.length + 1;
    input?.setSelectionRange(after, after);
  }

  return (
    <div class="layer-filter">
      <label class="tool-field">
        <span>{t('layers.filter')}</span>
        <input
          type="text"
          class="filter-input"
          autocomplete="off"
          spellcheck={false}
          placeholder={t('layers.filter_example')}
          aria-invalid={found()?.ok === false}
          value={text()}
          ref={(element) => {
            input = element;
          }}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.isComposing) {
              event.preventDefault();
              use();
            }
          }}
        />
      </label>
      <div role="status">
        <Show when={found()}>{(result) => <Found text={text().trim()} result={result()} />}</Show>
        <Show when={text().trim() === '' && props.row.filter_error !== null}>
          <p class="tool-failure">{props.row.filter_error}</p>
        </Show>
      </div>
      <div class="tool-acts">
        <button type="button" disabled={!isChanged() || found()?.ok !== true} onClick={use}>
          {t('layers.filter_use')} <kbd>Enter</kbd>
        </button>
        <button type="button" disabled={text() === '' && used() === ''} onClick={clear}>
          {t('layers.filter_clear')}
        </button>
      </div>
      <FieldHelp onInsert={insert} />
    </div>
  );
}

function Found(props: { text: string; result: FilterCheckDto }) {
  const parts = () => atColumn(props.text, props.result.column ?? 1);
  return (
    <Show
      when={!props.result.ok}
      fallback={
        <p class="hint num">
          {props.result.hits === null
            ? t('layers.filter_fits')
            : t('layers.filter_hits', { n: quantity(props.result.hits, 0) })}
        </p>
      }
    >
      <div class="tool-failure">
        <Show when={props.result.column !== null && props.result.column > 0}>
          <p class="filter-where">
            {parts()[0]}
            <mark>{parts()[1] === '' ? '␣' : parts()[1]}</mark>
            {parts()[2]}
          </p>
        </Show>
        <p>{props.result.message}</p>
      </div>
    </Show>
  );
}

function FieldHelp(props: { onInsert: (words: string) => void }) {
  const layers = useLayers();
  const [isOpen, setIsOpen] = createSignal(false);
  createEffect(() => {
    if (isOpen() && layers.fields() === undefined) {
      layers.readFields();
    }
  });
  return (
    <details class="filter-help" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>{t('layers.filter_help')}</summary>
      <p class="hint">{t('layers.filter_signs')}</p>
      <ul>
        <For each={layers.fields()} fallback={<li class="hint">{t('layers.loading')}</li>}>
          {(field) => <Field field={field} onInsert={props.onInsert} />}
        </For>
      </ul>
    </details>
  );
}

function Field(props: { field: FilterFieldDto; onInsert: (words: string) => void }) {
  return (
    <li class="filter-field">
      <button
        type="button"
        class="chip"
        title={t('layers.filter_insert')}
        onClick={() => props.onInsert(props.field.name)}
      >
        {props.field.name}
      </button>
      <span>
        {props.field.words}
        <Show when={props.field.unit !== null && props.field.unit !== ''}>
          <span class="unit">{props.field.unit}</span>
        </Show>
      </span>
      <span class="hint">
        {props.field.choices.length > 0 ? props.field.choices.join(' · ') : word('field_kind', props.field.kind)}
      </span>
    </li>
  );
}
