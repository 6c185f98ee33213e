// The pictures of cameras: a mosaic of 1 to 16, what it follows, and beside it what is done with one of them.

import '../views/views.css';
import { createSignal, For, Match, Show, Switch } from 'solid-js';
import { cover } from '../../state/covers';
import { t } from '../../state/texts';
import type { Cell } from '../../state/view_cells';
import { SIDES, useViews } from '../../state/views';
import { CameraSide } from '../views/CameraSide';
import { MosaicBar } from '../views/MosaicBar';
import { MosaicCell } from '../views/MosaicCell';
import { PickSide } from '../views/PickSide';
import { SnapshotSide } from '../views/SnapshotSide';

export function MosaicTab() {
  const views = useViews();
  return (
    <div class="mosaic-tab" data-side={views.side() ?? 'none'}>
      <MosaicBar />
      <Grid />
      <Show when={views.side()}>
        <Side />
      </Show>
    </div>
  );
}

function Grid() {
  const views = useViews();
  /** The current cell alone, as large as all of them. */
  const [isAlone, setAlone] = createSignal(false);
  const isShown = (cell: Cell) => cell.id < views.size() && (only() ?? cell.id) === cell.id;
  const only = () => (isAlone() ? views.current() : undefined);
  return (
    // On the whole screen it lies on the city's picture too.
    <section
      class="mosaic"
      classList={{ full: views.isFull() }}
      data-size={only() === undefined ? views.size() : 1}
      aria-label={t('view.mosaic')}
      ref={cover}
    >
      <For each={views.cells}>
        {(cell) => (
          <Show when={isShown(cell)}>
            <MosaicCell cell={cell} onAlone={() => setAlone(!isAlone())} />
          </Show>
        )}
      </For>
      <Show when={views.isFull()}>
        <button type="button" class="mosaic-leave" onClick={() => views.setFull(false)}>
          {t('view.leave_full')} <kbd>Esc</kbd>
        </button>
      </Show>
    </section>
  );
}

function Side() {
  const views = useViews();
  return (
    <aside class="views-side" aria-label={t('view.side')}>
      <fieldset class="choices-row views-sides">
        <legend class="hidden-words">{t('view.side')}</legend>
        <For each={SIDES}>
          {(side) => (
            <button type="button" aria-pressed={views.side() === side} onClick={() => views.setSide(side)}>
              {t(`view.side_${side}`)}
            </button>
          )}
        </For>
      </fieldset>
      <div
        class="views-side-body scrolls"
        role="region"
        tabindex="0"
        aria-label={t(`view.side_${views.side() ?? 'pick'}`)}
      >
        <Switch>
          <Match when={views.side() === 'camera'}>
            <CameraSide />
          </Match>
          <Match when={views.side() === 'pick'}>
            <PickSide />
          </Match>
          <Match when={views.side() === 'snapshots'}>
            <SnapshotSide />
          </Match>
        </Switch>
      </div>
    </aside>
  );
}
