// What layers say of the ground at a place: areas, pipes, rasters. A line for each layer, on the hover card and under the list of
// what is here.

import { For, Show } from 'solid-js';
import type { FieldDto } from '../../generated/wire';
import { OldMark, Shape } from '../../parts/Shape';
import { useDesk } from '../../state/desk';
import { severityOf } from '../../state/pointing';
import { t, word } from '../../state/texts';
import { age, unitWords } from '../../state/time';

export function FieldLines(props: { fields: FieldDto[] }) {
  return (
    <Show when={props.fields.length > 0}>
      <ul class="field-lines">
        <For each={props.fields}>{(field) => <FieldLine field={field} />}</For>
      </ul>
    </Show>
  );
}

/** The layer; what the area or pipe is called; its value with its unit, how old it is, and why when it is old. */
function FieldLine(props: { field: FieldDto }) {
  const desk = useDesk();
  const isOld = () => props.field.why !== null && props.field.why !== 'fresh';
  const name = () => {
    const { code, medium, name: called } = props.field;
    const kind = medium === '' ? '' : word('medium', medium);
    return [kind, called, code].filter((part) => part !== '').join(' ');
  };
  return (
    <li>
      <span class="hint">{props.field.layer}</span>
      <Show when={name() !== ''}>
        <span class="field-name">
          <Show when={props.field.severity}>{(severity) => <Shape severity={severityOf(severity())} quiet />}</Show>
          <span class="ellipsis">{name()}</span>
        </span>
      </Show>
      <span class="hover-value num" classList={{ old: isOld() }}>
        <Show when={props.field.value !== null} fallback={<span class="hint">{t('field.no_value')}</span>}>
          <span class="value">
            {props.field.value}
            <span class="unit">{unitWords(props.field.unit)}</span>
          </span>
        </Show>
        <Show when={props.field.severity}>{(severity) => <span>{word('severity', severity())}</span>}</Show>
        <Show when={props.field.at}>{(at) => <span class="hint">{age(desk.shown(), at())}</span>}</Show>
      </span>
      <Show when={isOld()}>
        <span class="hover-why">
          <OldMark />
          {word('why_old', props.field.why ?? '')}
        </span>
      </Show>
    </li>
  );
}
