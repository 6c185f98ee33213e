// The frame around the whole window while anything but now is shown: amber for the past, teal for a what-if.
//
// Four edges rather than one border: where the picture reaches the window's edge, each edge needs its own hole in it.

import { For } from 'solid-js';
import { cover } from '../state/covers';

export function PastFrame(props: { branch: boolean }) {
  return (
    <For each={['top', 'right', 'bottom', 'left']}>
      {(edge) => <div class="past-frame" classList={{ branch: props.branch }} data-edge={edge} ref={cover} />}
    </For>
  );
}
