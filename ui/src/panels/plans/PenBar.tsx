// The pens of a picture: what is drawn, in which colour, with which sign and words; taking back and doing again.

import { For, Match, Switch } from 'solid-js';
import {
  COLOURS,
  type Colour,
  LABEL_MOST,
  type MarkSymbol,
  PEN_KEYS,
  PENS,
  type Pen,
  SYMBOLS,
} from '../../state/drawing';
import { t, word } from '../../state/texts';
import { composed, isComposing } from './parts';

export function PenBar(props: {
  pen: Pen | undefined;
  colour: Colour;
  symbol: MarkSymbol;
  mayDraw: boolean;
  mayUndo: boolean;
  mayRedo: boolean;
  onPen: (pen: Pen) => void;
  onColour: (colour: Colour) => void;
  onSymbol: (symbol: MarkSymbol) => void;
  onLabel: (label: string) => void;
  onTurn: (way: 'undo' | 'redo') => void;
  labelField: (element: HTMLInputElement) => void;
}) {
  return (
    <div class="pens">
      <div class="pen-row" role="toolbar" aria-label={t('drawing.tools')} onKeyDown={alongBar}>
        <For each={PENS}>
          {(pen) => (
            <button
              type="button"
              class="pen"
              aria-pressed={props.pen === pen}
              aria-keyshortcuts={`Alt+${PEN_KEYS[pen]}`}
              title={`${word('drawing.pen', pen)} Alt+${PEN_KEYS[pen]}`}
              disabled={!props.mayDraw}
              onClick={() => props.onPen(pen)}
            >
              <PenSign pen={pen} />
              <span>{word('drawing.pen', pen)}</span>
            </button>
          )}
        </For>
      </div>
      <div class="pen-row">
        <button
          type="button"
          aria-keyshortcuts="Control+Z"
          disabled={!props.mayUndo}
          onClick={() => props.onTurn('undo')}
        >
          {t('drawing.undo')} <kbd>Ctrl+Z</kbd>
        </button>
        <button
          type="button"
          aria-keyshortcuts="Control+Y"
          disabled={!props.mayRedo}
          onClick={() => props.onTurn('redo')}
        >
          {t('drawing.redo')} <kbd>Ctrl+Y</kbd>
        </button>
      </div>
      <fieldset class="pen-colours">
        <legend>{t('drawing.colour')}</legend>
        <div class="pen-row">
          <For each={COLOURS}>
            {(colour) => (
              <button
                type="button"
                class="pen-colour"
                aria-pressed={props.colour === colour}
                aria-label={word('drawing.colour_of', colour)}
                title={word('drawing.colour_of', colour)}
                onClick={() => props.onColour(colour)}
              >
                <span class="mark-swatch" data-colour={colour} />
              </button>
            )}
          </For>
        </div>
      </fieldset>
      <div class="pen-fields">
        <label class="tool-field">
          <span>{t('drawing.symbol')}</span>
          <select
            value={props.symbol}
            onChange={(event) => {
              const chosen = SYMBOLS.find((one) => one === event.currentTarget.value);
              if (chosen !== undefined) {
                props.onSymbol(chosen);
              }
            }}
          >
            <For each={SYMBOLS}>{(one) => <option value={one}>{word('drawing.symbol_of', one)}</option>}</For>
          </select>
        </label>
        <label class="tool-field">
          <span>{t('drawing.label')}</span>
          <input
            type="text"
            autocomplete="off"
            maxlength={LABEL_MOST}
            ref={props.labelField}
            onInput={(event) => props.onLabel(event.currentTarget.value)}
            onCompositionEnd={composed}
            onKeyDown={(event) => {
              // Words that are ready are drawn as a text with the same key as everywhere.
              if (event.key === 'Enter' && !isComposing(event)) {
                event.preventDefault();
                props.onPen('text');
              }
            }}
          />
        </label>
      </div>
    </div>
  );
}

/** Arrows go along a bar of buttons. */
function alongBar(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  if (by === 0) {
    return;
  }
  const buttons = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('button:not(:disabled)')];
  const held = document.activeElement;
  const at = held instanceof HTMLButtonElement ? buttons.indexOf(held) : -1;
  event.preventDefault();
  buttons[(at + by + buttons.length) % buttons.length]?.focus();
}

/** The shape of what a pen draws. */
export function PenSign(props: { pen: Pen }) {
  return (
    <svg class="pen-sign" viewBox="0 0 16 16" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.5">
      <Switch>
        <Match when={props.pen === 'point'}>
          <path d="M8 15V7M8 7a3 3 0 1 0-.01 0Z" />
        </Match>
        <Match when={props.pen === 'line'}>
          <path d="m2 13 4-7 4 4 4-8" />
        </Match>
        <Match when={props.pen === 'arrow'}>
          <path d="M2 14 13 3M7 3h6v6" />
        </Match>
        <Match when={props.pen === 'area'}>
          <path d="M3 5 10 2l4 6-4 6-7-2Z" />
        </Match>
        <Match when={props.pen === 'text'}>
          <path d="M3 3h10M8 3v11" />
        </Match>
      </Switch>
    </svg>
  );
}
