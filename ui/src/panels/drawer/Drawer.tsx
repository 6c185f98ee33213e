// The drawer under the twin: curves, marked moments, recordings, what-ifs, and what history keeps; or, from the top bar,
// the sources, what waits for the hub, and the other desks; or the layers, what is selected of them, and how the picture does;
// or how much the alarms ask of the people here, and the rules that raise them.

import './drawer.css';
import { For, Match, Show, Switch } from 'solid-js';
import { useDesk } from '../../state/desk';
import {
  ALARM_DRAWERS,
  DRAWERS,
  type DrawerName,
  isAlarmDrawer,
  isLiveDrawer,
  isSyncDrawer,
  LIVE_DRAWERS,
  SYNC_DRAWERS,
  useHistory,
} from '../../state/history';
import { t } from '../../state/texts';
import { LoadPanel } from '../alarms/LoadPanel';
import { RulesPanel } from '../alarms/RulesPanel';
import { SelectionPanel } from '../here/SelectionPanel';
import { LayersPage } from '../layers/LayersPage';
import { PerformancePanel } from '../performance/PerformancePanel';
import { DesksPanel } from '../sync/DesksPanel';
import { OutboxPanel } from '../sync/OutboxPanel';
import { SourcesPanel } from '../sync/SourcesPanel';
import { TearOff } from '../torn/TearOff';
import { BranchesPanel } from './BranchesPanel';
import { HistoryPanel } from './HistoryPanel';
import { MomentsPanel } from './MomentsPanel';
import { RecordingsPanel } from './RecordingsPanel';
import { TaskLine } from './TaskLine';
import { TrendPanel } from './TrendPanel';

export function Drawer() {
  const desk = useDesk();
  const history = useHistory();
  // A duty desk shows what is; trying out what might be is the planner's.
  const historyTabs = () => DRAWERS.filter((name) => name !== 'branches' || desk.mode === 'planner');
  // Parts that nobody needs at once: side by side their tabs would not fit a laptop.
  const tabs = (open: DrawerName): readonly DrawerName[] =>
    isSyncDrawer(open)
      ? SYNC_DRAWERS
      : isLiveDrawer(open)
        ? LIVE_DRAWERS
        : isAlarmDrawer(open)
          ? ALARM_DRAWERS
          : historyTabs();
  const region = (open: DrawerName) =>
    isSyncDrawer(open)
      ? t('drawer.sync_region')
      : isLiveDrawer(open)
        ? t('drawer.live_region')
        : isAlarmDrawer(open)
          ? t('drawer.alarm_region')
          : t('drawer.region');
  return (
    <Show when={history.drawer()}>
      {(open) => (
        <section class="drawer" aria-label={region(open())} data-drawer={open()}>
          <header class="drawer-head">
            <div class="drawer-tabs" role="tablist" aria-label={region(open())}>
              <For each={tabs(open())}>
                {(name) => <Tab name={name} isOpen={open() === name} onOpen={() => history.open(name)} />}
              </For>
            </div>
            <TaskLine />
            <TearOff panel="drawer" />
            <button type="button" class="quiet" onClick={() => history.close()}>
              {t('app.close')} <kbd>Esc</kbd>
            </button>
          </header>
          <div class="drawer-body">
            <Switch>
              <Match when={open() === 'trend'}>
                <TrendPanel />
              </Match>
              <Match when={open() === 'moments'}>
                <MomentsPanel />
              </Match>
              <Match when={open() === 'recordings'}>
                <RecordingsPanel />
              </Match>
              <Match when={open() === 'branches'}>
                <BranchesPanel />
              </Match>
              <Match when={open() === 'history'}>
                <HistoryPanel />
              </Match>
              <Match when={open() === 'sources'}>
                <SourcesPanel />
              </Match>
              <Match when={open() === 'outbox'}>
                <OutboxPanel />
              </Match>
              <Match when={open() === 'desks'}>
                <DesksPanel />
              </Match>
              <Match when={open() === 'layers'}>
                <LayersPage />
              </Match>
              <Match when={open() === 'selection'}>
                <SelectionPanel />
              </Match>
              <Match when={open() === 'performance'}>
                <PerformancePanel />
              </Match>
              <Match when={open() === 'alarm_load'}>
                <LoadPanel />
              </Match>
              <Match when={open() === 'alarm_rules'}>
                <RulesPanel />
              </Match>
            </Switch>
          </div>
        </section>
      )}
    </Show>
  );
}

function Tab(props: { name: DrawerName; isOpen: boolean; onOpen: () => void }) {
  return (
    <button type="button" role="tab" class="quiet" aria-selected={props.isOpen} onClick={() => props.onOpen()}>
      {t(`drawer.${props.name}`)}
    </button>
  );
}
