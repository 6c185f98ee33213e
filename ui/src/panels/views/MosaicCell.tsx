// One cell of the mosaic: a camera's picture, or the room for one. Cameras are dropped into it, and dragged on from it.

import { createSignal, Show } from 'solid-js';
import { useDesk } from '../../state/desk';
import { t } from '../../state/texts';
import { type Cell, stepped } from '../../state/view_cells';
import { dragCell, droppedCamera, droppedCell, isCameraDrag } from '../../state/view_drag';
import { useViews } from '../../state/views';
import { CameraPicture, LockSign } from './CameraPicture';

export function MosaicCell(props: { cell: Cell; onAlone: () => void }) {
  const desk = useDesk();
  const views = useViews();
  const [isOver, setOver] = createSignal(false);
  const id = () => props.cell.id;
  const isCurrent = () => views.current() === id();
  const feed = () => views.feeds[id()];
  const name = () => props.cell.name || props.cell.camera;
  const label = () => {
    const what = props.cell.isDenied ? t('view.cell_denied') : props.cell.camera === '' ? t('view.cell_empty') : name();
    return t('view.cell', { n: id() + 1, what });
  };
  const at = () => (views.follows() === 'nothing' ? undefined : views.anchor().at);

  function actOf(event: KeyboardEvent): (() => void) | undefined {
    const next = stepped(id(), views.size(), event.key);
    if (next !== id()) {
      return () => {
        views.setCurrent(next);
        document.getElementById(`view-cell-${next}`)?.focus();
      };
    }
    switch (event.key) {
      case 'Enter':
        return props.onAlone;
      case 'Escape':
        return views.isFull() ? () => views.setFull(false) : undefined;
      case 'Delete':
        return () => views.clear(id());
      case 'f':
      case 'F':
        return () => views.setFull(!views.isFull());
      case 's':
      case 'S':
        return snapshot;
      default:
        return undefined;
    }
  }
  function snapshot(): void {
    const one = feed();
    if (one !== undefined) {
      void views.snapshot(one, '');
    }
  }
  function onKey(event: KeyboardEvent): void {
    // Buttons and choices inside keep their own keys.
    if (event.target !== event.currentTarget || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const act = actOf(event);
    if (act !== undefined) {
      event.preventDefault();
      act();
    }
  }
  function onDrop(event: DragEvent): void {
    event.preventDefault();
    setOver(false);
    const from = droppedCell(event);
    const camera = droppedCamera(event);
    if (from !== undefined) {
      views.swap(from, id());
    } else if (camera !== undefined) {
      views.put(id(), camera);
    }
    views.setCurrent(id());
  }
  return (
    <div
      class="view-cell"
      classList={{ current: isCurrent(), over: isOver() }}
      role="group"
      id={`view-cell-${id()}`}
      aria-label={label()}
      aria-current={isCurrent()}
      aria-keyshortcuts="Enter S F Delete"
      tabindex={isCurrent() ? 0 : -1}
      draggable={props.cell.camera !== ''}
      onClick={() => views.setCurrent(id())}
      onFocusIn={() => views.setCurrent(id())}
      onDblClick={() => props.onAlone()}
      onKeyDown={onKey}
      onDragStart={(event) => dragCell(event, id(), { camera: props.cell.camera, name: name() })}
      onDragOver={(event) => {
        if (isCameraDrag(event)) {
          event.preventDefault();
          setOver(true);
        }
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <Show
        when={props.cell.camera !== '' && feed()}
        fallback={
          <Show
            when={props.cell.isDenied}
            fallback={
              <button
                type="button"
                class="quiet view-empty"
                onClick={() => {
                  views.setCurrent(id());
                  views.setSide('pick');
                }}
              >
                <span class="num">{id() + 1}</span> {t('view.cell_pick')}
              </button>
            }
          >
            <p class="view-words">
              <LockSign /> {t('view.cell_denied')}
            </p>
          </Show>
        }
      >
        {(one) => (
          <CameraPicture feed={one()} name={name()} at={at()}>
            <button
              type="button"
              class="quiet view-close"
              aria-label={t('view.remove_name', { name: name() })}
              title={t('view.remove')}
              onClick={(event) => {
                event.stopPropagation();
                views.clear(id());
              }}
            >
              ×
            </button>
          </CameraPicture>
        )}
      </Show>
      <Show when={desk.past() && views.follows() === 'nothing' && props.cell.camera !== ''}>
        <span class="view-not-past">{t('view.not_past')}</span>
      </Show>
    </div>
  );
}
