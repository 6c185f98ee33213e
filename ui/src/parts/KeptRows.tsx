// Rows that stay what they are while their list is read again: what is typed in one, its picture, the focus.

import { type Accessor, createMemo, For, type JSX, Show } from 'solid-js';

export function KeptRows<T extends object>(props: {
  rows: readonly T[];
  keyOf: (row: T) => string;
  fallback?: JSX.Element;
  children: (row: Accessor<T>) => JSX.Element;
}) {
  const known = createMemo(() => new Map(props.rows.map((row) => [props.keyOf(row), row] as const)));
  return (
    <For each={[...known().keys()]} fallback={props.fallback}>
      {(key) => <Show when={known().get(key)}>{(row) => props.children(row)}</Show>}
    </For>
  );
}
