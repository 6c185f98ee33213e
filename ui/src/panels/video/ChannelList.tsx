// The channels that answer, drawn only where they are seen: how each stands, its name, its grade, what is denied.

import { createMemo, For, Show } from 'solid-js';
import type { VideoRowDto } from '../../generated/wire';
import { RangeRows } from '../../parts/RangeRows';
import { createScale } from '../../state/scale';
import { t } from '../../state/texts';
import { joined } from '../../state/time';
import { useVideo } from '../../state/video';
import { isNarrowed } from '../../state/video_list';
import { gradeWords, standOf, standWords } from '../../state/video_words';
import { dragCamera } from '../../state/view_drag';
import { LockMark, MarkedName, StandMark, VideoRead } from './parts';

const ROW_DESIGN_PX = 30;

export function ChannelList() {
  const { list } = useVideo();
  return (
    <VideoRead isKnown={list.total() !== undefined} failure={list.failure()} onRetry={list.read}>
      <Show when={(list.total() ?? 0) > 0} fallback={<Empty />}>
        <Show when={list.filter()} keyed>
          <Rows />
        </Show>
      </Show>
    </VideoRead>
  );
}

function Empty() {
  const { list, importing } = useVideo();
  return (
    <div class="blank">
      <Show
        when={isNarrowed(list.filter())}
        fallback={
          <>
            <strong>{t('video.list_empty')}</strong>
            <span class="hint">{t('video.tree_empty_hint')}</span>
            <button type="button" onClick={() => importing.open()}>
              {t('video.import')}
            </button>
          </>
        }
      >
        <strong>{t('video.none_found')}</strong>
        <span class="hint">{t('video.none_found_hint')}</span>
        <button type="button" onClick={() => list.showAll()}>
          {t('video.show_all')}
        </button>
      </Show>
    </div>
  );
}

function Rows() {
  const video = useVideo();
  const { list } = video;
  const scale = createScale();

  function open(index: number): void {
    list.setCurrent(index);
    const row = list.rowAt(index);
    if (row !== undefined) {
      video.openChannel(row.id);
    }
  }
  function onKey(event: KeyboardEvent): void {
    const act = actOf(event);
    if (act !== undefined && !event.altKey) {
      event.preventDefault();
      act();
    }
  }
  function actOf(event: KeyboardEvent): (() => void) | undefined {
    const index = list.current();
    if (event.ctrlKey) {
      return event.key.toLowerCase() === 'a' ? () => void list.chooseAll() : undefined;
    }
    switch (event.key) {
      case 'ArrowDown':
      case 'ArrowUp':
        return () => {
          list.step(event.key === 'ArrowDown' ? 1 : -1);
          const at = list.current();
          if (event.shiftKey && at !== undefined) {
            list.chooseTo(at);
          }
        };
      case 'Home':
        return () => list.setCurrent(0);
      case 'End':
        return () => list.setCurrent(Math.max(0, (list.total() ?? 1) - 1));
      case 'Enter':
        return index === undefined ? undefined : () => open(index);
      case ' ':
        return index === undefined ? undefined : () => list.toggle(index);
      case 'Escape':
        return list.chosen().size === 0 ? undefined : list.clear;
      default:
        return undefined;
    }
  }
  return (
    <RangeRows
      label={t('video.list')}
      role="grid"
      count={list.total() ?? 0}
      rowPx={ROW_DESIGN_PX * scale()}
      current={list.current()}
      idPrefix="channel"
      isMany
      onSight={list.want}
      onKeyDown={onKey}
    >
      {(index) => <Line index={index} onOpen={() => open(index)} />}
    </RangeRows>
  );
}

function Line(props: { index: number; onOpen: () => void }) {
  const { list } = useVideo();
  const row = createMemo(() => list.rowAt(props.index));
  return (
    <Show
      when={row()}
      fallback={
        <div class="channel-row" role="row" id={`channel-${props.index}`} aria-busy="true">
          <span class="hint" role="gridcell">
            …
          </span>
        </div>
      }
    >
      {(known) => <Known row={known()} index={props.index} onOpen={props.onOpen} />}
    </Show>
  );
}

function Known(props: { row: VideoRowDto; index: number; onOpen: () => void }) {
  const { list, channel, tables } = useVideo();
  const isChosen = () => list.chosen().has(props.row.id);
  const isDenied = () => props.row.denied.includes('live');
  function press(event: MouseEvent): void {
    list.setCurrent(props.index);
    if (event.shiftKey) {
      list.chooseTo(props.index);
    } else if (event.ctrlKey || event.metaKey) {
      list.toggle(props.index);
    } else {
      props.onOpen();
    }
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Enter and Space act on the current row through the grid's keys.
    <div
      class="channel-row"
      classList={{
        current: list.current() === props.index,
        chosen: isChosen(),
        used: channel() === props.row.id,
        denied: isDenied(),
      }}
      role="row"
      tabindex="-1"
      id={`channel-${props.index}`}
      aria-rowindex={props.index + 1}
      aria-selected={isChosen()}
      data-stand={standOf(props.row)}
      draggable={isDenied() ? 'false' : 'true'}
      onDragStart={(event) => dragCamera(event, { camera: props.row.id, name: props.row.name })}
      onClick={press}
    >
      <span class="channel-choose" role="gridcell">
        <input
          type="checkbox"
          tabindex="-1"
          checked={isChosen()}
          aria-label={t('video.choose', { name: props.row.name })}
          onClick={(event) => event.stopPropagation()}
          onChange={() => list.toggle(props.index)}
        />
      </span>
      <span class="channel-stand" role="gridcell" title={standWords(props.row)}>
        <StandMark row={props.row} />
      </span>
      <span class="channel-name" role="gridcell" title={nameHint(props.row)}>
        <span class="ellipsis">
          <MarkedName name={props.row.name} matched={props.row.matched} />
        </span>
        <Show when={isDenied()}>
          <span class="channel-denied" title={t('video.denied_live')}>
            <LockMark />
            <span class="hidden-words">{t('video.denied_live')}</span>
          </span>
        </Show>
        <Show when={props.row.is_secret}>
          <span class="row-tag">{t('video.secret')}</span>
        </Show>
        <For each={props.row.tags.slice(0, 2)}>{(tag) => <span class="row-tag">{tag}</span>}</For>
      </span>
      <span class="channel-grade ellipsis" role="gridcell">
        {gradeWords(props.row, tables())}
      </span>
      <span class="channel-division ellipsis" role="gridcell">
        {props.row.division}
      </span>
      <span class="channel-words ellipsis" role="gridcell">
        {standOf(props.row) === 'on' ? '' : standWords(props.row)}
      </span>
    </div>
  );
}

function nameHint(row: VideoRowDto): string {
  return joined([row.name, row.id, row.address]);
}
