// The shape of a severity: ◆ ▲ ■ ● ○, drawn so that every font and size shows the same.

import { Match, Switch } from 'solid-js';
import type { SeverityDto } from '../generated/wire';
import { word } from '../state/texts';

/** With `unreal` it keeps its shape, but not the colour of a severity: an exercise never looks real. */
export function Shape(props: { severity: SeverityDto; quiet?: boolean; unreal?: boolean }) {
  return (
    <svg
      class={`shape ${props.unreal === true ? 'tone-unreal' : `tone-${props.severity}`}`}
      viewBox="0 0 16 16"
      role="img"
      aria-hidden={props.quiet === true ? 'true' : undefined}
      aria-label={props.quiet === true ? undefined : word('severity', props.severity)}
    >
      <Switch fallback={<circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="2" />}>
        <Match when={props.severity === 'critical'}>
          <path d="M8 0.5 15.5 8 8 15.5 0.5 8Z" />
        </Match>
        <Match when={props.severity === 'high'}>
          <path d="M8 1.5 15.5 14.5H0.5Z" />
        </Match>
        <Match when={props.severity === 'medium'}>
          <path d="M2 2h12v12H2Z" />
        </Match>
        <Match when={props.severity === 'low'}>
          <circle cx="8" cy="8" r="6" />
        </Match>
      </Switch>
    </svg>
  );
}

/** Says that a value is old: a small clock. */
export function OldMark() {
  return (
    <svg class="old-mark" viewBox="0 0 16 16" aria-hidden="true">
      <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.6" />
      <path d="M8 4.5V8l2.5 1.8" fill="none" stroke="currentColor" stroke-width="1.6" />
    </svg>
  );
}
