// Choosing cameras for the mosaic: by name, identity, pinyin or address; dragged into a cell or put into the next one.

import { createEffect, createSignal, on, onCleanup, Show } from 'solid-js';
import type { VideoQueryDto, VideoRowDto } from '../../generated/wire';
import { KeptRows } from '../../parts/KeptRows';
import { createAsked } from '../../state/asked';
import { useDesk } from '../../state/desk';
import { language, t } from '../../state/texts';
import { quantity } from '../../state/time';
import { standWords } from '../../state/video_words';
import type { CameraRef } from '../../state/view_cells';
import { dragCamera } from '../../state/view_drag';
import { useViews } from '../../state/views';
import { LockSign } from './CameraPicture';

/** Quiet time after a keystroke before it is asked. */
const PAUSE_MILLIS = 200;
const MOST_ROWS = 60;

export function PickSide(props: { onPick?: (camera: CameraRef) => void }) {
  const desk = useDesk();
  const views = useViews();
  const pick = (camera: CameraRef) => (props.onPick ?? views.add)(camera);
  const [typed, setTyped] = createSignal('');
  const [text, setText] = createSignal('');
  const [isOnline, setOnline] = createSignal(true);
  createEffect(
    on(typed, (words) => {
      const timer = setTimeout(() => setText(words.trim()), PAUSE_MILLIS);
      onCleanup(() => clearTimeout(timer));
    }),
  );
  const found = createAsked(
    () => [text(), isOnline(), language(), desk.update.video.catalogue_revision],
    () => desk.backend.videoSearch(queryOf(text(), isOnline())),
  );
  // What was typed is answered at once, not at the next beat.
  createEffect(on([text, isOnline], () => found.read(), { defer: true }));
  return (
    <div class="pick-side">
      <input
        type="search"
        class="strip-field"
        autocomplete="off"
        spellcheck={false}
        aria-label={t('view.find')}
        placeholder={t('view.find')}
        onInput={(event) => {
          if (!event.isComposing) {
            setTyped(event.currentTarget.value);
          }
        }}
        onCompositionEnd={(event) => setTyped(event.currentTarget.value)}
      />
      <label class="plan-check">
        <input type="checkbox" checked={isOnline()} onChange={(event) => setOnline(event.currentTarget.checked)} />
        <span>{t('view.find_online')}</span>
      </label>
      <Show when={found.value()} fallback={<p class="hint">{found.failure() ?? t('card.loading')}</p>}>
        {(page) => (
          <>
            <p class="hint num" role="status">
              {t('view.found', { n: quantity(page().total, 0) })}
            </p>
            <ul class="pick-cameras">
              <KeptRows
                rows={page().rows}
                keyOf={(row) => row.id}
                fallback={<li class="hint">{t('view.find_none')}</li>}
              >
                {(row) => <CameraRow row={row()} onPick={pick} />}
              </KeptRows>
            </ul>
          </>
        )}
      </Show>
    </div>
  );
}

function CameraRow(props: { row: VideoRowDto; onPick: (camera: CameraRef) => void }) {
  const views = useViews();
  const isDenied = () => props.row.denied.includes('live');
  const isShown = () => views.cells.some((cell) => cell.id < views.size() && cell.camera === props.row.id);
  const ref = () => ({ camera: props.row.id, name: props.row.name });
  return (
    <li>
      <button
        type="button"
        class="quiet pick-camera"
        classList={{ denied: isDenied() }}
        aria-pressed={isShown()}
        draggable={!isDenied()}
        title={t('view.pick_hint')}
        onDragStart={(event) => dragCamera(event, ref())}
        onClick={() => props.onPick(ref())}
      >
        <span class="ellipsis">
          <Show when={isDenied()}>
            <LockSign />{' '}
          </Show>
          {props.row.name}
        </span>
        <span class="hint ellipsis">
          {[isDenied() ? t('view.cell_denied') : standWords(props.row), props.row.division]
            .filter((part) => part !== '')
            .join(' · ')}
        </span>
      </button>
    </li>
  );
}

function queryOf(text: string, isOnline: boolean): VideoQueryDto {
  return {
    text,
    node: null,
    tree: 'civil',
    area: [],
    bounds: null,
    tags: [],
    statuses: isOnline ? ['on'] : [],
    ptz_types: [],
    categories: [],
    grades: [],
    has_place: null,
    sources: [],
    offset: 0,
    limit: MOST_ROWS,
  };
}
