// Small pieces of the tool panels.

import { For, type JSX, Show } from 'solid-js';
import type { ToolKindDto } from '../../generated/wire';
import { t } from '../../state/texts';
import { useTools } from '../../state/tools';

/** A row of choices, of which one holds. */
export function Choices<T extends string>(props: {
  label: string;
  options: readonly T[];
  words: (option: T) => string;
  value: T | undefined;
  onChoose: (option: T) => void;
}) {
  return (
    <fieldset class="choices">
      <legend>{props.label}</legend>
      <div class="choices-row">
        <For each={props.options}>
          {(option) => (
            <button type="button" aria-pressed={props.value === option} onClick={() => props.onChoose(option)}>
              {props.words(option)}
            </button>
          )}
        </For>
      </div>
    </fieldset>
  );
}

/** A slider with its number. */
export function Slider(props: {
  label: string;
  text: string;
  min: number;
  max: number;
  step: number;
  value: number;
  onInput: (value: number) => void;
}) {
  return (
    <label class="slider">
      <span>{props.label}</span>
      <span class="num slider-value">{props.text}</span>
      <input
        type="range"
        min={props.min}
        max={props.max}
        step={props.step}
        value={props.value}
        aria-valuetext={props.text}
        onInput={(event) => props.onInput(event.currentTarget.valueAsNumber)}
      />
    </label>
  );
}

/** What the hand has to do while a tool collects points, with the ways out. */
export function Sketching(props: { words: string }) {
  const tools = useTools();
  return (
    <Show when={tools.active()}>
      <div class="sketching" role="status">
        <p>{props.words}</p>
        <div class="tool-acts">
          <button type="button" onClick={() => tools.finish()}>
            {t('tool.finish')} <kbd>Enter</kbd>
          </button>
          <button type="button" onClick={() => tools.undo()}>
            {t('tool.undo')} <kbd>Ctrl+Z</kbd>
          </button>
          <button type="button" onClick={() => tools.cancel()}>
            {t('tool.cancel')} <kbd>Esc</kbd>
          </button>
        </div>
      </div>
    </Show>
  );
}

/** A button that takes up a tool. */
export function Starter(props: { tool: ToolKindDto; children: JSX.Element }) {
  const tools = useTools();
  return (
    <button
      type="button"
      aria-pressed={tools.active()?.kind === props.tool.kind}
      onClick={() => tools.start(props.tool)}
    >
      {props.children}
    </button>
  );
}
