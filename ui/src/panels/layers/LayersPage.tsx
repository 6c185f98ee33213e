// The layers in the drawer: the tree, the layer that is open, and the saved sets side by side.

import './layers.css';
import { Match, Switch } from 'solid-js';
import { useLayers } from '../../state/layers';
import { t } from '../../state/texts';
import { FencePanel } from './FencePanel';
import { TreeOrWords } from './LayerCard';
import { LayerDetails } from './LayerDetails';
import { LayerSets } from './LayerSets';
import { TreeHead } from './LayerTree';

export function LayersPage() {
  const layers = useLayers();
  layers.watch();
  const isKnown = () => layers.list.rows.some((row) => row.id === layers.open());
  return (
    <div class="layers-page">
      <div class="layers-page-tree">
        <TreeHead />
        <TreeOrWords idPrefix="layer-page" />
      </div>
      <div class="layers-page-details scrolls">
        <Switch fallback={<p class="blank hint">{t('layers.choose')}</p>}>
          <Match when={layers.fences.open()}>
            <FencePanel />
          </Match>
          <Match when={isKnown()}>
            <LayerDetails />
          </Match>
        </Switch>
      </div>
      <div class="layers-page-sets scrolls">
        <LayerSets />
      </div>
    </div>
  );
}
