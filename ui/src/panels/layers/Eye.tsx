// Whether something is shown: all of it, some of it, none.

import { Match, Switch } from 'solid-js';
import { word } from '../../state/texts';

/** A switch for a layer, a box of three states for a branch. Within a tree the tree has the keys. */
export function Eye(props: {
  name: string;
  shown: string;
  isBranch: boolean;
  isInTree: boolean;
  onToggle: () => void;
}) {
  const checked = () => (props.shown === 'some' ? ('mixed' as const) : props.shown === 'all');
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: both roles have a checked state.
    <button
      type="button"
      class="quiet eye"
      tabindex={props.isInTree ? -1 : 0}
      role={props.isBranch ? 'checkbox' : 'switch'}
      aria-checked={checked()}
      aria-label={props.name}
      title={word('layer_shown', props.shown)}
      onClick={(event) => {
        event.stopPropagation();
        props.onToggle();
      }}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M1 8c2.5-4 4.5-5 7-5s4.5 1 7 5c-2.5 4-4.5 5-7 5S3.5 12 1 8Z" fill="none" stroke="currentColor" />
        <Switch>
          <Match when={props.shown === 'all'}>
            <circle cx="8" cy="8" r="2.6" fill="currentColor" />
          </Match>
          <Match when={props.shown === 'some'}>
            <path d="M5 8h6" stroke="currentColor" stroke-width="2" />
          </Match>
          <Match when={props.shown === 'none'}>
            <path d="M2 14 14 2" stroke="currentColor" stroke-width="1.5" />
          </Match>
        </Switch>
      </svg>
    </button>
  );
}
