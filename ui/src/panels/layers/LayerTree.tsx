// The layers as a tree: what is shown, how much there is, how bad, how late. Keys and drags act on it.

import { createMemo, createSignal, For, Show } from 'solid-js';
import type { LayerRowDto } from '../../generated/wire';
import { OldMark, Shape } from '../../parts/Shape';
import { VirtualRows } from '../../parts/VirtualRows';
import { useDesk } from '../../state/desk';
import { GROUPINGS, isCounted, itemsOf, layersBelow, sumOf, type TreeItem, visibleItems } from '../../state/layer_list';
import { useLayers } from '../../state/layers';
import { createIsLow, createScale } from '../../state/scale';
import { t, word } from '../../state/texts';
import { age, joined, quantity } from '../../state/time';
import { useTools } from '../../state/tools';
import { Eye } from './Eye';

const ROW_DESIGN_PX = 28;
/** In a low window; a button has to be so high. */
const LOW_ROW_DESIGN_PX = 24;
/** Longer lists are drawn only where they are seen. */
const DRAW_ALL = 100;

/** Above the tree: words to look for, a geofence to draw, and how the layers are grouped. */
export function TreeHead() {
  const desk = useDesk();
  const layers = useLayers();
  const tools = useTools();
  function drawFence(): void {
    layers.fences.setOpen(true);
    // Without a picture there are still fences to be dropped.
    if (desk.twin.failure() === undefined) {
      tools.startFence();
    }
  }
  return (
    <div class="layer-tools">
      <div class="layer-search-row">
        <input
          type="search"
          class="layer-search"
          aria-label={t('layers.search')}
          placeholder={t('layers.search')}
          autocomplete="off"
          spellcheck={false}
          value={layers.words()}
          onInput={(event) => layers.setWords(event.currentTarget.value)}
        />
        <button
          type="button"
          class="quiet layer-fence"
          aria-label={t('fence.draw')}
          title={t('fence.draw')}
          onClick={drawFence}
        >
          <svg class="fence-sample" viewBox="0 0 16 16" aria-hidden="true">
            <path d="M1.5 4 9 1.5 14.5 7 12 14 3 12.5Z" />
          </svg>
        </button>
      </div>
      <div class="layer-groupings" role="group" aria-label={t('layers.grouping')}>
        <For each={GROUPINGS}>
          {(grouping) => (
            <button
              type="button"
              class="quiet"
              aria-pressed={layers.grouping() === grouping}
              onClick={() => layers.setGrouping(grouping)}
            >
              {word('layer_grouping', grouping)}
            </button>
          )}
        </For>
      </div>
    </div>
  );
}

export function LayerTree(props: { idPrefix: string }) {
  const layers = useLayers();
  const scale = createScale();
  const isLow = createIsLow();
  const [current, setCurrent] = createSignal<string>();
  const [dragged, setDragged] = createSignal<string>();
  const [target, setTarget] = createSignal<string>();

  const all = createMemo(() => itemsOf(layers.list, layers.grouping()));
  const items = createMemo(() => visibleItems(all(), layers.closed(), layers.words()));
  const byId = createMemo(() => new Map(layers.list.rows.map((row) => [row.id, row])));

  function rowsOf(item: TreeItem): LayerRowDto[] {
    return layersBelow(all(), item).flatMap((id) => byId().get(id) ?? []);
  }
  function toggle(item: TreeItem): void {
    const on = item.shown !== 'all';
    if (item.layer !== null) {
      layers.change({ do: 'show', id: item.layer, on });
    } else {
      const by = layers.grouping() === 'system' ? 'system' : 'kind';
      layers.change({ do: 'show_branch', by, path: [...item.path], on });
    }
  }
  function open(item: TreeItem): void {
    if (item.layer === null) {
      layers.toggleBranch(item.id);
    } else {
      layers.setOpen(item.layer);
    }
  }
  function step(by: number): void {
    const at = items().findIndex((item) => item.id === current());
    const next = items()[at < 0 ? 0 : Math.min(items().length - 1, Math.max(0, at + by))];
    setCurrent(next?.id);
  }
  /** Opens or closes the current branch; a closed branch and a layer lead up to their branch. */
  function fold(item: TreeItem, close: boolean): void {
    const isOpen = item.layer === null && !layers.closed().has(item.id);
    if (item.layer === null && isOpen === close) {
      layers.toggleBranch(item.id);
    } else if (close) {
      const at = items().findIndex((one) => one.id === item.id);
      const above = items()
        .slice(0, Math.max(0, at))
        .findLast((one) => one.depth < item.depth);
      setCurrent((above ?? item).id);
    }
  }
  function onKey(event: KeyboardEvent): void {
    // A button within a row keeps its own Enter and Space.
    const isOwn = event.target === event.currentTarget || (event.key !== 'Enter' && event.key !== ' ');
    const item = items().find((one) => one.id === current());
    const act = isOwn ? actOf(event, item) : undefined;
    if (act !== undefined) {
      event.preventDefault();
      // A clicked row gives its keys to the tree, so that Enter means the row that arrows led to.
      if (event.currentTarget instanceof HTMLElement) {
        event.currentTarget.focus({ preventScroll: true });
      }
      act();
    }
  }
  function actOf(event: KeyboardEvent, item: TreeItem | undefined): (() => void) | undefined {
    const by = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
    if (event.altKey) {
      const layer = item?.layer ?? undefined;
      return by === 0 || layer === undefined ? undefined : () => layers.moveBy(layer, by as -1 | 1);
    }
    if (by !== 0) {
      return () => step(by);
    }
    if (event.key === 'Home' || event.key === 'End') {
      return () => setCurrent(items().at(event.key === 'Home' ? 0 : -1)?.id);
    }
    if (item === undefined) {
      return undefined;
    }
    switch (event.key) {
      case 'ArrowLeft':
        return () => fold(item, true);
      case 'ArrowRight':
        return () => fold(item, false);
      case ' ':
        return () => toggle(item);
      case 'Enter':
        return () => open(item);
      default:
        return undefined;
    }
  }
  function drop(): void {
    const id = dragged();
    const onto = target();
    setDragged(undefined);
    setTarget(undefined);
    if (id === undefined || onto === undefined || id === onto) {
      return;
    }
    const { rows } = layers.list;
    const from = rows.findIndex((row) => row.id === id);
    const to = rows.findIndex((row) => row.id === onto);
    // Dropped on a lower one it goes beneath it, on a higher one upon it: where the hand is.
    const before = to < from ? onto : (rows[to + 1]?.id ?? null);
    layers.change({ do: 'move', id, before });
  }
  const canDrag = () => layers.grouping() === 'order' && layers.words().trim() === '';
  /** Follows the pointer itself: a host may keep the drags of HTML for files. */
  function beginDrag(event: PointerEvent, item: TreeItem): void {
    if (!canDrag() || event.button !== 0 || item.layer === null) {
      return;
    }
    setDragged(item.layer);
    const follow = (moved: PointerEvent) => {
      const row = document.elementFromPoint(moved.clientX, moved.clientY)?.closest('[data-layer]');
      setTarget(row instanceof HTMLElement ? row.dataset.layer : undefined);
    };
    const end = (ended: PointerEvent) => {
      window.removeEventListener('pointermove', follow);
      window.removeEventListener('pointerup', end);
      window.removeEventListener('pointercancel', end);
      if (ended.type !== 'pointerup') {
        setTarget(undefined);
      }
      drop();
    };
    window.addEventListener('pointermove', follow);
    window.addEventListener('pointerup', end);
    window.addEventListener('pointercancel', end);
  }

  return (
    <VirtualRows<TreeItem>
      label={t('layers.title')}
      rows={items()}
      rowPx={(isLow() ? LOW_ROW_DESIGN_PX : ROW_DESIGN_PX) * scale()}
      current={current()}
      idPrefix={props.idPrefix}
      role="tree"
      drawAll={DRAW_ALL}
      onKeyDown={onKey}
      onEnter={() => undefined}
      onLeave={() => undefined}
    >
      {(item) => (
        <TreeRow
          item={item}
          rows={rowsOf(item)}
          id={`${props.idPrefix}-${item.id}`}
          isCurrent={current() === item.id}
          isTarget={target() !== undefined && target() === item.layer && dragged() !== item.layer}
          canDrag={canDrag()}
          onToggle={() => {
            setCurrent(item.id);
            toggle(item);
          }}
          onOpen={() => {
            setCurrent(item.id);
            open(item);
          }}
          onPress={(event) => beginDrag(event, item)}
        />
      )}
    </VirtualRows>
  );
}

function TreeRow(props: {
  item: TreeItem;
  rows: LayerRowDto[];
  id: string;
  isCurrent: boolean;
  isTarget: boolean;
  canDrag: boolean;
  onToggle: () => void;
  onOpen: () => void;
  onPress: (event: PointerEvent) => void;
}) {
  const desk = useDesk();
  const layers = useLayers();
  const sum = createMemo(() => sumOf(props.rows));
  const isBranch = () => props.item.layer === null;
  const isOpen = () => !layers.closed().has(props.item.id) || layers.words().trim() !== '';
  const problem = () => (isBranch() ? undefined : (props.rows[0]?.problem ?? props.rows[0]?.filter_error ?? undefined));
  const isFiltered = () => !isBranch() && props.rows[0]?.filter !== null && props.rows[0]?.filter !== undefined;
  const newest = () => sum().newest;
  const count = () => (isCounted(props.rows, props.item.count) ? quantity(props.item.count, 0) : '');
  const spoken = () =>
    joined([
      props.item.name,
      count(),
      sum().worst === 'normal' ? '' : word('severity', sum().worst),
      sum().late > 0 ? t('layers.late', { n: quantity(sum().late, 0) }) : '',
      newest() === null ? '' : t('layers.newest', { age: age(desk.shown(), newest() ?? 0) }),
      problem() ?? '',
    ]);
  return (
    <div
      class="layer-row"
      classList={{ current: props.isCurrent, 'layer-target': props.isTarget, off: props.item.shown === 'none' }}
      role="treeitem"
      tabindex="-1"
      id={props.id}
      aria-label={spoken()}
      aria-level={props.item.depth + 1}
      aria-expanded={isBranch() ? isOpen() : undefined}
      aria-selected={props.isCurrent}
      title={spoken()}
      data-layer={props.item.layer ?? undefined}
      data-drag={props.canDrag}
      ref={(element) => element.style.setProperty('--depth', String(props.item.depth))}
      onPointerDown={(event) => props.onPress(event)}
    >
      <Eye name={props.item.name} shown={props.item.shown} isBranch={isBranch()} isInTree onToggle={props.onToggle} />
      <button type="button" class="quiet layer-open" tabindex="-1" onClick={() => props.onOpen()}>
        <Show when={isBranch()}>
          <svg class="layer-fold" classList={{ closed: !isOpen() }} viewBox="0 0 8 8" aria-hidden="true">
            <path d="M0.5 2 4 6 7.5 2" fill="none" stroke="currentColor" stroke-width="1.4" />
          </svg>
        </Show>
        <span class="ellipsis">{props.item.name}</span>
        <Show when={isFiltered()}>
          <span class="layer-filtered" aria-hidden="true">
            ≈
          </span>
        </Show>
        <Show when={problem() !== undefined}>
          <span class="layer-problem" aria-hidden="true" />
        </Show>
      </button>
      <span class="layer-numbers num" aria-hidden="true">
        <Show when={sum().late > 0}>
          <span class="layer-aged">
            <OldMark />
            {quantity(sum().late, 0)}
          </span>
        </Show>
        <Show when={sum().worst !== 'normal'}>
          <Shape severity={sum().worst} quiet />
        </Show>
        <span class="layer-count">{count()}</span>
        <Show when={!isBranch()}>
          <span class="layer-age hint">{newest() === null ? '' : age(desk.shown(), newest() ?? 0)}</span>
        </Show>
      </span>
    </div>
  );
}
