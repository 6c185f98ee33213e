// Marked moments over the track: small pictures where there are any, else flags with their titles.

import { createMemo, createSignal, Index, Show } from 'solid-js';
import type { Span } from '../../backend/backend';
import type { MomentDto } from '../../generated/wire';
import { useHistory } from '../../state/history';
import { t } from '../../state/texts';
import { moment } from '../../state/time';
import { fractionOf, type Stack, stacked } from './view';

/** Width of a picture, design px, as in the style sheet. */
const PICTURE_PX = 52;

export function MomentsLane(props: { view: Span; width: number; scale: number }) {
  const history = useHistory();
  const xOf = (one: MomentDto) => fractionOf(props.view, one.time) * props.width;
  const stacks = createMemo(() => {
    const inView = history.moments().filter((one) => one.time >= props.view.from && one.time <= props.view.to);
    return stacked(inView, xOf, PICTURE_PX * props.scale);
  });
  return (
    <Show when={stacks().length > 0}>
      <ul class="moments-lane" aria-label={t('moments.lane')}>
        {/* By place: a view that moves on must not take the focus from a picture. */}
        <Index each={stacks()}>{(stack) => <Pile stack={stack()} width={props.width} scale={props.scale} />}</Index>
      </ul>
    </Show>
  );
}

function Pile(props: { stack: Stack<MomentDto>; width: number; scale: number }) {
  const history = useHistory();
  const [turn, setTurn] = createSignal(0);
  const top = () => props.stack.items[turn() % props.stack.items.length];
  const titles = () => props.stack.items.map((one) => `${one.title} · ${moment(one.time)}`).join('\n');
  /** Pictures stand centred over their moment, and inside the track. */
  const left = () => {
    const half = (PICTURE_PX * props.scale) / 2;
    return Math.min(Math.max(0, props.stack.x - half), Math.max(0, props.width - 2 * half));
  };
  function go(): void {
    const one = top();
    if (one !== undefined) {
      history.goTo(one);
      // The next click shows the next one of the pile.
      setTurn(turn() + 1);
    }
  }
  function remove(): void {
    const one = top();
    if (one !== undefined) {
      history.remove(one);
    }
  }
  return (
    <li class="pile" classList={{ several: props.stack.items.length > 1 }} style={{ left: `${left()}px` }}>
      <button
        type="button"
        class="pile-top"
        aria-label={t('moments.go', { title: top()?.title ?? '' })}
        title={`${titles()}\n${t('moments.pile_hint')}`}
        onClick={go}
        onContextMenu={(event) => {
          event.preventDefault();
          remove();
        }}
        onKeyDown={(event) => {
          if (event.key === 'Delete') {
            event.preventDefault();
            remove();
          }
        }}
      >
        <Show when={top()?.thumbnail} fallback={<span class="pile-flag ellipsis">{top()?.title}</span>}>
          {(picture) => <img src={picture()} alt="" draggable={false} />}
        </Show>
      </button>
      <Show when={props.stack.items.length > 1}>
        <span class="pile-count num">{props.stack.items.length}</span>
      </Show>
    </li>
  );
}
