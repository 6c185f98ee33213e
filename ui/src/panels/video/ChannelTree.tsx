// The two trees of the catalogue, drawn only where they are seen. A group narrows the list beside; a channel opens its sheet.

import { createMemo, For, Show } from 'solid-js';
import type { VideoNodeDto } from '../../generated/wire';
import { RangeRows } from '../../parts/RangeRows';
import { createScale } from '../../state/scale';
import { t, word } from '../../state/texts';
import { joined, quantity } from '../../state/time';
import { useVideo } from '../../state/video';
import { VIDEO_TREES } from '../../state/video_tree';
import { standWords } from '../../state/video_words';
import { LockMark, StandMark, VideoRead } from './parts';

const ROW_DESIGN_PX = 26;

export function ChannelTree() {
  const { tree, list } = useVideo();
  return (
    <section class="channel-tree" aria-label={t('video.trees')}>
      <div class="channel-tree-head">
        <div class="choices-row" role="group" aria-label={t('video.trees')}>
          <For each={VIDEO_TREES}>
            {(name) => (
              <button type="button" aria-pressed={tree.tree() === name} onClick={() => tree.setTree(name)}>
                {t(`video.tree.${name}`)}
              </button>
            )}
          </For>
        </div>
        <Show when={list.filter().node !== null}>
          <button type="button" class="quiet channel-under" onClick={() => list.under(undefined, tree.tree())}>
            <span class="ellipsis">{t('video.under', { name: list.nodeName() })}</span>
            <span aria-hidden="true">×</span>
            <span class="hidden-words">{t('video.under_off')}</span>
          </button>
        </Show>
      </div>
      <VideoRead isKnown={tree.isKnown()} failure={tree.failure()} onRetry={tree.read}>
        <Show when={tree.lines() > 0} fallback={<Empty />}>
          <Show when={tree.tree()} keyed>
            <Lines />
          </Show>
        </Show>
      </VideoRead>
    </section>
  );
}

function Empty() {
  const { importing } = useVideo();
  return (
    <div class="blank">
      <strong>{t('video.tree_empty')}</strong>
      <span class="hint">{t('video.tree_empty_hint')}</span>
      <button type="button" onClick={() => importing.open()}>
        {t('video.import')}
      </button>
    </div>
  );
}

function Lines() {
  const video = useVideo();
  const { tree } = video;
  const scale = createScale();

  function open(line: number): void {
    tree.setCurrent(line);
    const node = tree.lineAt(line)?.node;
    if (node === undefined) {
      return;
    }
    if (node.kind === 'channel') {
      video.openChannel(node.id);
    } else {
      video.list.under({ id: node.id, name: node.name }, tree.tree());
    }
  }
  function onKey(event: KeyboardEvent): void {
    const act = actOf(event.key);
    if (act !== undefined && !event.ctrlKey && !event.altKey && !event.shiftKey) {
      event.preventDefault();
      act();
    }
  }
  function actOf(key: string): (() => void) | undefined {
    const line = tree.current();
    switch (key) {
      case 'ArrowDown':
        return () => tree.step(1);
      case 'ArrowUp':
        return () => tree.step(-1);
      case 'Home':
        return () => tree.setCurrent(0);
      case 'End':
        return () => tree.setCurrent(tree.lines() - 1);
      case 'ArrowRight':
        return tree.unfold;
      case 'ArrowLeft':
        return tree.fold;
      case 'Enter':
      case ' ':
        return line === undefined ? undefined : () => open(line);
      default:
        return undefined;
    }
  }
  return (
    <RangeRows
      label={t(`video.tree.${tree.tree()}`)}
      role="tree"
      count={tree.lines()}
      rowPx={ROW_DESIGN_PX * scale()}
      current={tree.current()}
      idPrefix="channel-tree"
      onSight={tree.want}
      onKeyDown={onKey}
    >
      {(line) => <Line line={line} onOpen={() => open(line)} />}
    </RangeRows>
  );
}

function Line(props: { line: number; onOpen: () => void }) {
  const { tree, list, channel } = useVideo();
  const at = createMemo(() => tree.lineAt(props.line));
  const node = () => at()?.node;
  const isGroup = () => node() !== undefined && node()?.kind !== 'channel';
  const isOpen = () => tree.isOpen(node()?.id ?? '');
  const isUsed = () => {
    const id = node()?.id;
    return id !== undefined && (id === channel() || (isGroup() && id === list.filter().node));
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: arrows, Enter and Space act on the current line through the tree's keys.
    <div
      class="tree-line"
      classList={{ current: tree.current() === props.line, used: isUsed() }}
      role="treeitem"
      tabindex="-1"
      id={`channel-tree-${props.line}`}
      aria-label={spokenOf(node())}
      aria-level={(at()?.depth ?? 0) + 1}
      aria-expanded={isGroup() ? isOpen() : undefined}
      aria-selected={isUsed()}
      aria-busy={node() === undefined}
      title={spokenOf(node())}
      style={{ '--depth': String(at()?.depth ?? 0) }}
      onClick={() => props.onOpen()}
    >
      <Show when={node()} fallback={<span class="hint">…</span>}>
        {(known) => (
          <>
            <Show when={isGroup()} fallback={<StandOf node={known()} />}>
              <button
                type="button"
                class="quiet tree-fold"
                tabindex="-1"
                aria-label={isOpen() ? t('video.fold') : t('video.unfold')}
                onClick={(event) => {
                  event.stopPropagation();
                  tree.setCurrent(props.line);
                  tree.toggle(props.line);
                }}
              >
                <svg classList={{ closed: !isOpen() }} viewBox="0 0 8 8" aria-hidden="true">
                  <path d="M0.5 2 4 6 7.5 2" fill="none" stroke="currentColor" stroke-width="1.4" />
                </svg>
              </button>
            </Show>
            <span class="ellipsis" classList={{ 'tree-implied': known().is_implied }}>
              {known().name}
            </span>
            <Show when={isGroup()}>
              <span class="tree-count num" aria-hidden="true">
                <Show when={known().online < known().channels} fallback={quantity(known().channels, 0)}>
                  {quantity(known().online, 0)}/{quantity(known().channels, 0)}
                </Show>
              </span>
            </Show>
          </>
        )}
      </Show>
    </div>
  );
}

function StandOf(props: { node: VideoNodeDto }) {
  return (
    <span class="tree-stand">
      <Show when={props.node.channel}>
        {(row) => (
          <Show when={!row().denied.includes('list')} fallback={<LockMark />}>
            <StandMark row={row()} quiet />
          </Show>
        )}
      </Show>
    </span>
  );
}

/** A line in words, for whoever hears it and for the pointer. */
function spokenOf(node: VideoNodeDto | undefined): string {
  if (node === undefined) {
    return t('card.loading');
  }
  if (node.channel !== null) {
    return joined([
      node.name,
      standWords(node.channel),
      node.channel.denied.includes('live') ? t('video.denied_live') : '',
    ]);
  }
  return joined([
    node.name,
    word('video.node', node.kind),
    t('video.node_counts', { online: quantity(node.online, 0), n: quantity(node.channels, 0) }),
    node.is_implied ? t('video.node_implied') : '',
  ]);
}
