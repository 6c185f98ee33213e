// Who sees what: cameras that see a place, what nobody sees of an area or a route, where further cameras would help, and how
// exactly a camera looks.

import '../views/views.css';
import '../views/coverage.css';
import { For, Match, Show, Switch } from 'solid-js';
import { COVERAGE_MODES, useCoverage } from '../../state/coverage';
import { useDesk } from '../../state/desk';
import { t } from '../../state/texts';
import { CalibrationView } from '../views/CalibrationView';
import { MapView } from '../views/MapView';
import { RouteView } from '../views/RouteView';
import { SeesView } from '../views/SeesView';
import { SuggestView } from '../views/SuggestView';

export function CoverageTab() {
  const desk = useDesk();
  const coverage = useCoverage();
  return (
    <div class="coverage">
      <div class="views-bar">
        <fieldset class="choices-row">
          <legend class="hidden-words">{t('sight.modes')}</legend>
          <For each={COVERAGE_MODES}>
            {(mode) => (
              <button type="button" aria-pressed={coverage.mode() === mode} onClick={() => coverage.setMode(mode)}>
                {t(`sight.mode_${mode}`)}
              </button>
            )}
          </For>
        </fieldset>
        <Show when={desk.update.video.obstacles.kind !== 'ready' && coverage.mode() !== 'calibrate'}>
          <span class="sight-unsure" role="note">
            {t('sight.without_obstacles')}
          </span>
        </Show>
      </div>
      <Switch>
        <Match when={coverage.mode() === 'sees'}>
          <SeesView />
        </Match>
        <Match when={coverage.mode() === 'map'}>
          <MapView />
        </Match>
        <Match when={coverage.mode() === 'route'}>
          <RouteView />
        </Match>
        <Match when={coverage.mode() === 'suggest'}>
          <SuggestView />
        </Match>
        <Match when={coverage.mode() === 'calibrate'}>
          <CalibrationView />
        </Match>
      </Switch>
    </div>
  );
}
