// The shape of a source's state, so that no state needs its colour: a full ring, a clock, a gap, two hands apart, a cross.

import { Match, Switch } from 'solid-js';
import type { SourceStateDto } from '../generated/wire';

export function SourceMark(props: { state: SourceStateDto }) {
  return (
    <svg
      class={`shape source-mark source-${props.state}`}
      viewBox="0 0 16 16"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
    >
      <Switch fallback={<circle cx="8" cy="8" r="5" />}>
        <Match when={props.state === 'starting'}>
          <path d="M2 8h2M7 8h2M12 8h2" />
        </Match>
        <Match when={props.state === 'late'}>
          <circle cx="8" cy="8" r="6.2" />
          <path d="M8 4.2V8l2.8 1.8" />
        </Match>
        <Match when={props.state === 'silent'}>
          <path d="M1.5 8h4M10.5 8h4M5.5 3.5v9M10.5 3.5v9" />
        </Match>
        <Match when={props.state === 'skewed'}>
          <circle cx="6" cy="9" r="4.6" />
          <path d="M10 2.2h4.4M12.2 0v4.4" />
        </Match>
        <Match when={props.state === 'failing'}>
          <path d="M8 1.2 15 14H1Z" />
          <path d="m6 8 4 4M10 8l-4 4" stroke-width="1.6" />
        </Match>
        <Match when={props.state === 'off'}>
          <path d="M3 8h10" />
        </Match>
      </Switch>
    </svg>
  );
}
