// The amber frame around the whole window while anything but now is shown.
//
// Four edges rather than one border: where the picture reaches the window's edge, each edge needs its own hole in it.

import { For } from 'solid-js';
import { cover } from '../state/covers';

export function PastFrame() {
  return (
    <For each={['top', 'right', 'bottom', 'left']}>
      {(edge) => <div class="past-frame" data-edge={edge} ref={cover} />}
    </For>
  );
}
