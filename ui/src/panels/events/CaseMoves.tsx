// What can be done to a case now: what usually comes next as a button, the rest in a menu that also says why something cannot.

import { createSignal, For, Show } from 'solid-js';
import type { CaseDetailDto, CaseMoveDto } from '../../generated/wire';
import type { ForMove } from '../../state/case_acts';
import { type BarMove, isBarMove, MOVE_KEYS, MOVES, refusalWord } from '../../state/case_words';
import { useCases } from '../../state/cases';
import { useDesk } from '../../state/desk';
import { t, word } from '../../state/texts';
import { MoveForm } from './MoveForm';

/** Always beside what comes next, where they are allowed. */
const BESIDE: readonly BarMove[] = ['comment', 'urge'];

type Known = CaseMoveDto & { word: BarMove };

export function CaseMoves(props: { detail: CaseDetailDto }) {
  const desk = useDesk();
  const cases = useCases();
  const [isOpen, setOpen] = createSignal(false);
  const row = () => props.detail.row;
  const of = (): ForMove => ({ ids: [row().id], name: row().title, rows: [row()] });
  const moves = () =>
    props.detail.moves
      .filter((move): move is Known => isBarMove(move.word))
      .map((move) => ({ move, at: MOVES.indexOf(move.word) }))
      .sort((a, b) => a.at - b.at)
      .map((one) => one.move);
  const isAllowed = (move: CaseMoveDto) => move.refusal === null;
  const usual = () => moves().filter((move) => move.is_usual && isAllowed(move));
  const beside = () => moves().filter((move) => BESIDE.includes(move.word) && isAllowed(move) && !move.is_usual);
  const rest = () => moves().filter((move) => !usual().includes(move) && !beside().includes(move));
  const isAsked = () => {
    const asked = cases.asked();
    return asked !== undefined && asked.ids.length === 1 && asked.ids[0] === row().id;
  };
  const undo = () => {
    const known = props.detail.undo;
    return known !== null && known.until > desk.now() ? known : undefined;
  };
  function ask(move: BarMove): void {
    setOpen(false);
    cases.setCurrent(row().id);
    cases.ask(move, of());
  }
  /** Why nothing comes next: the refusal of what would. */
  const stopped = () => moves().find((move) => move.is_usual && !isAllowed(move));
  return (
    <div class="case-moves">
      <div class="tool-acts">
        <For each={usual()}>
          {(move, i) => (
            <button
              type="button"
              class="case-usual"
              disabled={cases.busy()}
              aria-keyshortcuts={i() === 0 ? 'A' : undefined}
              onClick={() => ask(move.word)}
            >
              {t(`event.move.${move.word}`)}
              <Show when={i() === 0}>
                {' '}
                <kbd>A</kbd>
              </Show>
            </button>
          )}
        </For>
        <For each={beside()}>
          {(move) => (
            <button
              type="button"
              disabled={cases.busy()}
              aria-keyshortcuts={MOVE_KEYS[move.word]}
              onClick={() => ask(move.word)}
            >
              {t(`event.move.${move.word}`)}
            </button>
          )}
        </For>
        <button type="button" aria-expanded={isOpen()} aria-controls="case-more" onClick={() => setOpen(!isOpen())}>
          {t('case.more')}
        </button>
        <Show when={undo()}>
          {(known) => (
            <button
              type="button"
              class="quiet"
              disabled={cases.busy()}
              onClick={() => cases.takeBack(of(), { step: known().step, needs_reason: known().needs_reason })}
            >
              {t('case.undo', { move: word('event.move', known().word) })}
            </button>
          )}
        </Show>
      </div>
      <Show when={usual().length === 0 && stopped()}>
        {(move) => (
          <p class="hint">
            {t('cases.not_next', {
              move: word('event.move', move().word),
              reason: refusalWord(move().refusal ?? ''),
            })}
          </p>
        )}
      </Show>
      <Show when={isOpen()}>
        <ul class="case-more scrolls" id="case-more" tabindex="0" aria-label={t('case.more')}>
          <For each={rest()}>
            {(move) => (
              <li>
                <button
                  type="button"
                  class="quiet case-more-row"
                  disabled={!isAllowed(move) || cases.busy()}
                  aria-keyshortcuts={MOVE_KEYS[move.word]}
                  onClick={() => ask(move.word)}
                >
                  <span>{t(`event.move.${move.word}`)}</span>
                  <Show when={MOVE_KEYS[move.word]}>{(key) => <kbd>{key()}</kbd>}</Show>
                  <Show when={move.refusal}>
                    {(refusal) => <span class="hint ellipsis">{refusalWord(refusal())}</span>}
                  </Show>
                </button>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <Show when={isAsked()}>
        <MoveForm />
      </Show>
    </div>
  );
}
