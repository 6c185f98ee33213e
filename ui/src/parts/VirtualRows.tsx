// A list of rows of one height that draws only the rows in sight.
//
// Knows nothing of what a row is. The list owns scrolling; the caller owns order, the current row and keys.

import { createEffect, createMemo, createSignal, For, type JSX, on, onCleanup, onMount } from 'solid-js';

/** Rows drawn above and below what is in sight. */
const SPARE_ROWS = 6;

export interface VirtualRowsProps<Row extends { id: string }> {
  label: string;
  rows: readonly Row[];
  rowPx: number;
  current: string | undefined;
  idPrefix: string;
  /** A table of rows unless stated. */
  role?: 'grid' | 'tree';
  /** Up to so many rows are all drawn, so that nothing moves while one scrolls. */
  drawAll?: number;
  /** Several rows can be chosen. */
  isMany?: boolean;
  /** Told which rows are in sight, with some around them: the first, and the one after the last. */
  onSight?(first: number, last: number): void;
  onKeyDown?(event: KeyboardEvent): void;
  onEnter(): void;
  onLeave(): void;
  children: (row: Row, index: () => number) => JSX.Element;
}

export function VirtualRows<Row extends { id: string }>(props: VirtualRowsProps<Row>) {
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

  const isShort = () => props.rows.length <= (props.drawAll ?? 0);
  const first = createMemo(() => (isShort() ? 0 : Math.max(0, Math.floor(top() / props.rowPx) - SPARE_ROWS)));
  const last = createMemo(() =>
    isShort()
      ? props.rows.length
      : Math.min(props.rows.length, Math.ceil((top() + height()) / props.rowPx) + SPARE_ROWS),
  );
  const inSight = createMemo(() => props.rows.slice(first(), last()));

  createEffect(() => props.onSight?.(first(), last()));

  // Only a new current row scrolls, so that reading further down is never interrupted by an update.
  createEffect(
    on(
      () => props.current,
      (id) => {
        const index = props.rows.findIndex((row) => row.id === id);
        if (box === undefined || index < 0) {
          return;
        }
        const rowTop = index * props.rowPx;
        if (rowTop < box.scrollTop) {
          box.scrollTop = rowTop;
        } else if (rowTop + props.rowPx > box.scrollTop + box.clientHeight && box.clientHeight > 0) {
          box.scrollTop = rowTop + props.rowPx - box.clientHeight;
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
      role={props.role ?? 'grid'}
      aria-label={props.label}
      aria-rowcount={props.role === 'tree' ? undefined : props.rows.length}
      aria-multiselectable={props.isMany === true ? 'true' : undefined}
      aria-activedescendant={props.current === undefined ? undefined : `${props.idPrefix}-${props.current}`}
      tabindex="0"
      onKeyDown={(event) => props.onKeyDown?.(event)}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onPointerEnter={() => props.onEnter()}
      onPointerLeave={() => props.onLeave()}
    >
      <div class="rows-all" role="presentation" style={{ height: `${props.rows.length * props.rowPx}px` }}>
        <For each={inSight()}>
          {(row, i) => {
            const index = () => first() + i();
            return (
              <div
                class="rows-place"
                role="presentation"
                style={{ transform: `translateY(${index() * props.rowPx}px)`, height: `${props.rowPx}px` }}
              >
                {props.children(row, index)}
              </div>
            );
          }}
        </For>
      </div>
    </div>
  );
}
