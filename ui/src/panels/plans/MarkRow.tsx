// One mark of a picture: what it is, its words, its colour; flown to, changed and taken away.

import { createSignal, For, Show } from 'solid-js';
import type { MarkDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { COLOURS, colourOf, LABEL_MOST, penOf } from '../../state/drawing';
import { placesOf } from '../../state/plan_area';
import { t, word } from '../../state/texts';
import { PenSign } from './PenBar';
import { composed, isComposing, visit } from './parts';

export function MarkRow(props: {
  mark: MarkDto;
  isOpen: boolean;
  onChange: (change: Partial<Pick<MarkDto, 'label' | 'colour'>>) => void;
  onRemove: () => void;
}) {
  const desk = useDesk();
  const [isEditing, setEditing] = createSignal(false);
  const kind = () => {
    const { shape } = props.mark;
    return shape.of === 'point' ? word('drawing.symbol_of', shape.symbol) : word('drawing.pen', penOf(shape));
  };
  const name = () => (props.mark.label === '' ? kind() : props.mark.label);
  return (
    <li class="mark">
      <div class="mark-row">
        <span class="mark-sign" data-colour={colourOf(props.mark.colour)}>
          <PenSign pen={penOf(props.mark.shape)} />
        </span>
        <button
          type="button"
          class="quiet mark-name"
          title={t('plan.fly')}
          onClick={() => visit(desk, placesOf(props.mark.shape))}
          onKeyDown={(event) => {
            if (event.key === 'Delete' && props.isOpen) {
              event.preventDefault();
              props.onRemove();
            }
          }}
        >
          <span class="ellipsis">{name()}</span>
          <span class="hint">
            {word('drawing.colour_of', colourOf(props.mark.colour))}
            <Show when={props.mark.label !== ''}> · {kind()}</Show>
          </span>
        </button>
        <Show when={props.isOpen}>
          <button
            type="button"
            class="quiet"
            aria-expanded={isEditing()}
            aria-label={t('drawing.edit_name', { name: name() })}
            onClick={() => setEditing(!isEditing())}
          >
            {t('drawing.edit')}
          </button>
          <button
            type="button"
            class="quiet"
            aria-label={t('drawing.remove_name', { name: name() })}
            onClick={() => props.onRemove()}
          >
            ×
          </button>
        </Show>
      </div>
      <Show when={props.isOpen && isEditing()}>
        <Edit mark={props.mark} onChange={props.onChange} onClose={() => setEditing(false)} />
      </Show>
    </li>
  );
}

function Edit(props: {
  mark: MarkDto;
  onChange: (change: Partial<Pick<MarkDto, 'label' | 'colour'>>) => void;
  onClose: () => void;
}) {
  let field: HTMLInputElement | undefined;
  function send(): void {
    const label = field?.value.trim() ?? '';
    // A text without words is none.
    if (label !== props.mark.label && !(label === '' && props.mark.shape.of === 'text')) {
      props.onChange({ label });
    }
    props.onClose();
  }
  return (
    <div class="mark-edit">
      <input
        type="text"
        class="strip-field"
        autocomplete="off"
        maxlength={LABEL_MOST}
        aria-label={t('drawing.label')}
        ref={(element) => {
          field = element;
          element.value = props.mark.label;
          queueMicrotask(() => element.focus());
        }}
        onCompositionEnd={composed}
        onKeyDown={(event) => {
          if (isComposing(event)) {
            return;
          }
          if (event.key === 'Enter') {
            event.preventDefault();
            send();
          } else if (event.key === 'Escape') {
            event.preventDefault();
            props.onClose();
          }
        }}
      />
      <div class="pen-row">
        <For each={COLOURS}>
          {(colour) => (
            <button
              type="button"
              class="pen-colour"
              aria-pressed={colourOf(props.mark.colour) === colour}
              aria-label={word('drawing.colour_of', colour)}
              onClick={() => props.onChange({ colour })}
            >
              <span class="mark-swatch" data-colour={colour} />
            </button>
          )}
        </For>
        <button type="button" onClick={send}>
          {t('drawing.keep')} <kbd>Enter</kbd>
        </button>
      </div>
    </div>
  );
}
