// A part of a card that folds.

import type { JSX } from 'solid-js';
import { createStore } from 'solid-js/store';

/** Which sections are folded; kept while the program runs, so that every card opens the same way. */
const [folded, setFolded] = createStore<Record<string, boolean>>({});

export function Section(props: { name: string; title: string; children: JSX.Element }) {
  return (
    <details
      class="section"
      open={folded[props.name] !== true}
      onToggle={(event) => setFolded(props.name, !event.currentTarget.open)}
    >
      <summary>{props.title}</summary>
      <div class="section-body">{props.children}</div>
    </details>
  );
}
