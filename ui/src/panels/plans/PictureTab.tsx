// The picture that goes with an event: points, lines, areas and texts that everybody draws on the twin.

import './plans.css';
import { createSignal, For, onCleanup, onMount, Show } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { MarkDto, PictureDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import {
  COLOURS,
  type Colour,
  freshMark,
  type MarkSymbol,
  PEN_KEYS,
  PENS,
  type Pen,
  shapeOf,
  toolOf,
} from '../../state/drawing';
import { usePages } from '../../state/pages';
import { followCase, usePlans } from '../../state/plans';
import { t } from '../../state/texts';
import { useTools } from '../../state/tools';
import { Sketching } from '../tools/parts';
import { MarkRow } from './MarkRow';
import { PenBar } from './PenBar';
import { Part, Read } from './parts';

const OWNER = 'picture';

type Way = 'undo' | 'redo';

export function PictureTab(props: { caseId: string }) {
  const desk = useDesk();
  const plans = usePlans();
  const pages = usePages();
  const tools = useTools();
  const [held, setHeld] = createStore<{ id: string; it: PictureDto }>({ id: '', it: blank() });
  const [colour, setColour] = createSignal<Colour>(COLOURS[0]);
  const [symbol, setSymbol] = createSignal<MarkSymbol>('flag');
  const [label, setLabel] = createSignal('');
  const [pen, setPen] = createSignal<Pen>();
  let labelField: HTMLInputElement | undefined;

  function take(it: PictureDto, id: string): void {
    setHeld(reconcile({ id, it }, { key: 'id' }));
  }
  const read = followCase(
    desk,
    plans,
    () => props.caseId,
    (id) => desk.backend.casePicture(id),
    take,
  );
  const mayDraw = () => desk.live() && !held.it.is_past && desk.twin.failure() === undefined;
  const active = () => (tools.drawsFor() === OWNER ? pen() : undefined);

  async function put(mark: MarkDto): Promise<boolean> {
    const picture = await plans.draw(props.caseId, { act: 'put', mark });
    if (picture !== undefined) {
      take(picture, props.caseId);
    }
    return picture !== undefined;
  }
  function draw(wanted: Pen): void {
    if (!mayDraw()) {
      return;
    }
    if (wanted === 'text' && label().trim() === '') {
      // A text is its words: they come first.
      labelField?.focus();
      desk.say(t('drawing.words_first'));
      return;
    }
    setPen(wanted);
    // The twin needs its room while somebody draws on it.
    pages.setFolded(true);
    tools.draw(OWNER, toolOf(wanted), (sketch) => {
      const shape = shapeOf(wanted, symbol(), sketch);
      if (shape !== undefined) {
        void put(freshMark(shape, label().trim(), colour())).then((isTaken) => {
          if (isTaken && labelField !== undefined) {
            labelField.value = '';
            setLabel('');
          }
        });
      }
    });
  }
  function mayTurn(way: Way): boolean {
    return mayDraw() && (way === 'undo' ? held.it.may_undo : held.it.may_redo);
  }
  async function turn(way: Way): Promise<void> {
    const work = way === 'undo' ? plans.undoDrawing(props.caseId) : plans.redoDrawing(props.caseId);
    const picture = await work;
    if (picture !== undefined) {
      take(picture, props.caseId);
    }
  }
  async function remove(mark: MarkDto): Promise<void> {
    const picture = await plans.draw(props.caseId, { act: 'remove', mark: mark.id });
    if (picture !== undefined) {
      take(picture, props.caseId);
      desk.say(t('drawing.removed'), { words: t('tool.undo'), run: () => void turn('undo') });
    }
  }
  followPicture(() => props.caseId);
  followDrawingKeys({ draw, may: mayTurn, turn: (way) => void turn(way) });
  onCleanup(() => {
    if (tools.drawsFor() === OWNER) {
      tools.cancel();
    }
  });

  return (
    <Read isKnown={held.id === props.caseId} read={read}>
      <Show when={desk.live() && !held.it.is_past} fallback={<p class="hint">{t('event.past')}</p>}>
        <PenBar
          pen={active()}
          colour={colour()}
          symbol={symbol()}
          mayDraw={mayDraw()}
          mayUndo={held.it.may_undo && !plans.busy()}
          mayRedo={held.it.may_redo && !plans.busy()}
          onPen={draw}
          onColour={setColour}
          onSymbol={setSymbol}
          onLabel={setLabel}
          onTurn={(way) => void turn(way)}
          labelField={(element) => {
            labelField = element;
          }}
        />
        <Show when={desk.twin.failure() !== undefined}>
          <p class="hint">{t('drawing.no_twin')}</p>
        </Show>
        <Show when={active()}>{(one) => <Sketching words={t(`drawing.hint_${one()}`)} />}</Show>
      </Show>
      <Part title={t('drawing.marks', { n: held.it.marks.length })}>
        <ul class="marks" aria-label={t('drawing.list')}>
          <For
            each={held.it.marks}
            fallback={
              <li class="hint">
                {t('drawing.none')} {t('drawing.none_hint')}
              </li>
            }
          >
            {(mark) => (
              <MarkRow
                mark={mark}
                isOpen={desk.live() && !held.it.is_past}
                onChange={(change) => void put({ ...structuredCopy(mark), ...change })}
                onRemove={() => void remove(mark)}
              />
            )}
          </For>
        </ul>
        <Show when={held.it.left_out > 0}>
          <p class="hint num">{t('drawing.left_out', { n: held.it.left_out })}</p>
        </Show>
        <p class="hint">{t('drawing.shared', { keys: PENS.map((one) => `Alt+${PEN_KEYS[one]}`).join(' ') })}</p>
      </Part>
    </Read>
  );
}

function blank(): PictureDto {
  return {
    case: '',
    version: 0,
    marks: [],
    may_undo: false,
    may_redo: false,
    left_out: 0,
    is_shown: false,
    is_past: false,
  };
}

/** A mark out of the store as a thing of its own: what is sent must not change with what is shown. */
function structuredCopy(mark: MarkDto): MarkDto {
  return JSON.parse(JSON.stringify(mark)) as MarkDto;
}

/** The marks are drawn in the twin for as long as the caller is there. Call inside a component. */
function followPicture(caseId: () => string): void {
  const desk = useDesk();
  onMount(() => desk.attempt(desk.backend.showPicture(caseId())));
  onCleanup(() => desk.attempt(desk.backend.showPicture(undefined)));
}

/** Alt and a letter takes up a pen; Ctrl+Z and Ctrl+Y take back and do again. Call inside a component. */
function followDrawingKeys(to: {
  draw: (pen: Pen) => void;
  may: (way: Way) => boolean;
  turn: (way: Way) => void;
}): void {
  const tools = useTools();
  function actOf(event: KeyboardEvent): (() => void) | undefined {
    if (event.altKey) {
      const pen = PENS.find((one) => event.code === `Key${PEN_KEYS[one]}`);
      return pen === undefined ? undefined : () => to.draw(pen);
    }
    // While points are collected the same key takes back a point.
    if (tools.active() !== undefined) {
      return undefined;
    }
    const isRedo = event.code === 'KeyY' || (event.code === 'KeyZ' && event.shiftKey);
    const way = isRedo ? 'redo' : event.code === 'KeyZ' ? 'undo' : undefined;
    return way !== undefined && to.may(way) ? () => to.turn(way) : undefined;
  }
  const onKey = (event: KeyboardEvent) => {
    const isOurs = (event.altKey && !event.ctrlKey) || (event.ctrlKey && !event.altKey);
    const isElsewhere = event.isComposing || event.metaKey || (event.ctrlKey && isTyping(event.target));
    const act = isOurs && !isElsewhere ? actOf(event) : undefined;
    if (act !== undefined) {
      event.preventDefault();
      act();
    }
  };
  // Before the keys of the whole desk, which take Ctrl+Z for the newest notice.
  onMount(() => window.addEventListener('keydown', onKey, true));
  onCleanup(() => window.removeEventListener('keydown', onKey, true));
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && target.type === 'text');
}
