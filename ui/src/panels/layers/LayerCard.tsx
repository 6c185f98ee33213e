// The layers on the picture: a tree, or one layer of it. The page in the drawer shows both side by side.

import './layers.css';
import { createEffect, createSignal, For, Match, Show, Switch } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { LayerDto } from '../../generated/wire';
import { useActs } from '../../state/acts';
import { cover } from '../../state/covers';
import { useDesk } from '../../state/desk';
import { useHistory } from '../../state/history';
import { useLayers } from '../../state/layers';
import { t, word } from '../../state/texts';
import { quantity } from '../../state/time';
import { useTools } from '../../state/tools';
import { Eye } from './Eye';
import { FencePanel } from './FencePanel';
import { LayerDetails } from './LayerDetails';
import { LayerSets } from './LayerSets';
import { LayerTree, TreeHead } from './LayerTree';

export function LayerCard() {
  const acts = useActs();
  const history = useHistory();
  return (
    <section class="float layers" data-float ref={cover} aria-label={t('twin.layers')}>
      <button
        type="button"
        class="quiet layers-title"
        aria-expanded={acts.layersOpen()}
        aria-keyshortcuts="L"
        title={acts.layersOpen() ? t('twin.layers_hide') : t('twin.layers_show')}
        onClick={() => acts.setLayersOpen(!acts.layersOpen())}
      >
        {t('twin.layers')} <kbd>L</kbd>
      </button>
      {/* The page shows the same, and better. */}
      <Show when={acts.layersOpen() && history.drawer() !== 'layers'}>
        <CardBody />
      </Show>
    </section>
  );
}

type View = 'tree' | 'layer' | 'sets' | 'fences';

function CardBody() {
  const layers = useLayers();
  const history = useHistory();
  const tools = useTools();
  layers.watch();
  const [sets, setSets] = createSignal(false);
  const isKnown = () => layers.list.rows.some((row) => row.id === layers.open());
  const view = (): View => (layers.fences.open() ? 'fences' : sets() ? 'sets' : isKnown() ? 'layer' : 'tree');
  function back(): void {
    setSets(false);
    layers.setOpen(undefined);
    if (tools.drawsFence() || tools.fenceRing() !== undefined) {
      tools.cancel();
    }
  }
  return (
    <div class="layers-body">
      <Switch>
        <Match when={view() === 'tree'}>
          <TreeHead />
          <TreeOrWords idPrefix="layer-card" />
          <CityLayers />
          <div class="layers-foot">
            <button type="button" class="quiet" onClick={() => setSets(true)}>
              {t('layers.sets')}
            </button>
            <button type="button" class="quiet" aria-keyshortcuts="F2" onClick={() => history.toggle('layers')}>
              {t('layers.page')} <kbd>F2</kbd>
            </button>
          </div>
        </Match>
        <Match when={view() === 'layer'}>
          <Back onBack={back} />
          <div class="scrolls layers-scroll">
            <LayerDetails />
          </div>
        </Match>
        <Match when={view() === 'fences'}>
          <Back onBack={back} />
          <div class="scrolls layers-scroll">
            <FencePanel />
          </div>
        </Match>
        <Match when={view() === 'sets'}>
          <Back onBack={back} />
          <div class="scrolls layers-scroll">
            <LayerSets />
          </div>
        </Match>
      </Switch>
    </div>
  );
}

function Back(props: { onBack: () => void }) {
  return (
    <button type="button" class="quiet layers-back" onClick={() => props.onBack()}>
      ‹ {t('layers.back')}
    </button>
  );
}

/** The tree, or in words why there is none. */
export function TreeOrWords(props: { idPrefix: string }) {
  const layers = useLayers();
  return (
    <>
      <Show when={layers.failure()}>
        {(message) => (
          <p class="tool-failure" role="alert">
            {t('layers.failed', { message: message() })}
          </p>
        )}
      </Show>
      <Show
        when={layers.list.rows.length > 0}
        fallback={
          <Show when={layers.failure() === undefined}>
            <div class="blank layers-blank">
              <span>{layers.known() ? t('layers.empty') : t('layers.loading')}</span>
              <Show when={layers.known()}>
                <span class="hint">{t('layers.empty_hint')}</span>
              </Show>
            </div>
          </Show>
        }
      >
        <LayerTree idPrefix={props.idPrefix} />
      </Show>
    </>
  );
}

/** Live layers as the city's own list names them; the tree has them by their kinds. */
const LIVE = ['sensors', 'cameras', 'events', 'vehicles'];

/** True when the tree shows what the city's own list calls `name`. */
export function isInTree(name: string, ids: readonly string[]): boolean {
  return (
    ids.length > 0 &&
    (LIVE.includes(name) ||
      ids.includes(name) ||
      ids.includes(`city-${name}`) ||
      (name === 'labels' && ids.includes('place-names')))
  );
}

/** Parts of the city model that no pack made a layer of. */
function CityLayers() {
  const desk = useDesk();
  const layers = useLayers();
  const [city, setCity] = createStore<LayerDto[]>([]);
  // Another city has other layers and other counts.
  createEffect(() =>
    setCity(
      reconcile(
        desk.start.layers.map((layer) => ({ ...layer })),
        { key: 'name' },
      ),
    ),
  );
  const rest = () => {
    const ids = layers.list.rows.map((row) => row.id);
    return city.filter((layer) => !isInTree(layer.name, ids));
  };
  const toggle = (layer: LayerDto) => {
    const on = !layer.on;
    setCity((one) => one.name === layer.name, 'on', on);
    desk.setLayer(layer.name, on);
  };
  return (
    <Show when={rest().length > 0}>
      <section class="city-layers" aria-label={t('layers.city')}>
        <h3 class="hint">{t('layers.city')}</h3>
        <For each={rest()}>
          {(layer) => (
            <div class="city-layer" classList={{ off: !layer.on }}>
              <Eye
                name={word('layer', layer.name)}
                shown={layer.on ? 'all' : 'none'}
                isBranch={false}
                isInTree={false}
                onToggle={() => toggle(layer)}
              />
              <span class="ellipsis">{word('layer', layer.name)}</span>
              <span class="layer-count num hint">{quantity(layer.count)}</span>
            </div>
          )}
        </For>
      </section>
    </Show>
  );
}
