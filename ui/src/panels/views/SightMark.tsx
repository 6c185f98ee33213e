// Whether a line of sight is clear: a straight line, or one that ends at something. The word stands beside it.

import { Show } from 'solid-js';

export function SightMark(props: { isClear: boolean }) {
  return (
    <svg class="sight-mark" data-clear={props.isClear} viewBox="0 0 16 16" aria-hidden="true">
      <circle cx="2.5" cy="8" r="1.8" fill="currentColor" />
      <Show
        when={props.isClear}
        fallback={<path d="M4.5 8H9M9.5 3v10M12 8h1M14.5 8h1" fill="none" stroke="currentColor" stroke-width="1.6" />}
      >
        <path d="M4.5 8h10M11.5 5l3 3-3 3" fill="none" stroke="currentColor" stroke-width="1.6" />
      </Show>
    </svg>
  );
}
