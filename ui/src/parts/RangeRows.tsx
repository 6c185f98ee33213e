// A list that is known by its length: only the lines in sight are drawn, and whoever owns it is told which those are.
//
// For lists that are too long to be held; `VirtualRows` is for those whose rows are all there.

import { createEffect, createMemo, createSignal, For, type JSX, on, onCleanup, onMount } from 'solid-js';

/** Lines drawn above and below what is in sight. */
const SPARE_ROWS = 8;

export interface RangeRowsProps {
  label: string;
  count: number;
  rowPx: number;
  /** The line that keys act on. */
  current: number | undefined;
  idPrefix: string;
  role: 'grid' | 'tree';
  /** Several lines can be chosen. */
  isMany?: boolean;
  /** Told which lines are in sight, with some around them: the first, and the one after the last. */
  onSight(first: number, last: number): void;
  onKeyDown(event: KeyboardEvent): void;
  children: (index: number) => JSX.Element;
}

export function RangeRows(props: RangeRowsProps) {
  const [top, setTop] = createSignal(0);
  const [height, setHeight] = createSignal(600);
  let box: HTMLDivElement | undefined;

  onMount(() => {
    if (box === undefined) {
      return;
    }
    const element = box;
    const sizes = new ResizeObserver(() => setHeight(element.clientHeight || 600));
    sizes.observe(element);
    onCleanup(() => sizes.disconnect());
  });

  const last = createMemo(() => Math.min(props.count, Math.ceil((top() + height()) / props.rowPx) + SPARE_ROWS));
  const first = createMemo(() => Math.max(0, Math.min(last(), Math.floor(top() / props.rowPx) - SPARE_ROWS)));
  const inSight = createMemo(() => Array.from({ length: last() - first() }, (_, i) => first() + i));

  createEffect(() => props.onSight(first(), last()));

  // Only a new current line scrolls, so that reading further down is never interrupted by an update.
  createEffect(
    on(
      () => props.current,
      (line) => {
        if (box === undefined || line === undefined) {
          return;
        }
        const lineTop = line * props.rowPx;
        if (lineTop < box.scrollTop) {
          box.scrollTop = lineTop;
        } else if (lineTop + props.rowPx > box.scrollTop + box.clientHeight && box.clientHeight > 0) {
          box.scrollTop = lineTop + props.rowPx - box.clientHeight;
        }
      },
    ),
  );

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a grid or a tree takes the keys.
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: a grid or a tree has a name.
    <div
      ref={(element) => {
        box = element;
      }}
      class="rows scrolls"
      role={props.role}
      aria-label={props.label}
      aria-rowcount={props.role === 'tree' ? undefined : props.count}
      aria-multiselectable={props.isMany === true ? 'true' : undefined}
      aria-activedescendant={props.current === undefined ? undefined : `${props.idPrefix}-${props.current}`}
      tabindex="0"
      onKeyDown={(event) => props.onKeyDown(event)}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      <div class="rows-all" role="presentation" style={{ height: `${props.count * props.rowPx}px` }}>
        <For each={inSight()}>
          {(index) => (
            <div
              class="rows-place"
              role="presentation"
              style={{ transform: `translateY(${index * props.rowPx}px)`, height: `${props.rowPx}px` }}
            >
              {props.children(index)}
            </div>
          )}
        </For>
      </div>
    </div>
  );
}
