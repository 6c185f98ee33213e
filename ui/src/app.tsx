// The whole window: opens the desk, then shows it as desk, planner or wall.

import './app.css';
import { createSignal, Match, onCleanup, onMount, Show, Switch } from 'solid-js';
import type { Backend } from './backend/backend';
import type { DeskUpdate, Start } from './generated/wire';
import { CardPanel } from './panels/card/CardPanel';
import { Drawer } from './panels/drawer/Drawer';
import { HelpOverlay } from './panels/help/HelpOverlay';
import { Lists } from './panels/lists/Lists';
import { PageArea } from './panels/pages/Page';
import { SearchPalette } from './panels/search/SearchPalette';
import { TimelinePanel } from './panels/timeline/TimelinePanel';
import { DeskBar } from './panels/topbar/DeskBar';
import { TopBar } from './panels/topbar/TopBar';
import { TornScreen } from './panels/torn/TornScreen';
import { Twin } from './panels/twin/Twin';
import { Wall } from './panels/wall/Wall';
import { NoticeLine } from './parts/NoticeLine';
import { PastFrame } from './parts/PastFrame';
import { ActsProvider, createActs, followKeys } from './state/acts';
import { AlarmsProvider, createAlarms, useAlarms } from './state/alarms';
import { AnalysisProvider, createAnalysis } from './state/analysis';
import { CasesProvider, createCases, useCases } from './state/cases';
import { CoverageProvider, createCoverage } from './state/coverage';
import { createDesk, DeskProvider, useDesk } from './state/desk';
import { createDuty, DutyProvider } from './state/duty';
import { createHistory, HistoryProvider, useHistory } from './state/history';
import { createLayers, LayersProvider } from './state/layers';
import { createPages, PagesProvider, usePages } from './state/pages';
import { panelOf } from './state/panels';
import { createPlans, PlansProvider } from './state/plans';
import { createPointing, PointingProvider } from './state/pointing';
import { createSound, SoundProvider } from './state/sound';
import { createSync, SyncProvider } from './state/sync';
import { setLanguage, t } from './state/texts';
import { createTools, ToolsProvider } from './state/tools';
import { createTorn, TornProvider, useTorn } from './state/torn';
import { createVideo, VideoProvider } from './state/video';
import { createVideoMoments, VideoMomentsProvider } from './state/video_moments';
import { createViews, ViewsProvider } from './state/views';

export function App(props: { backend: Backend }) {
  const [start, setStart] = createSignal<Start>();
  const [first, setFirst] = createSignal<DeskUpdate>();
  const [failure, setFailure] = createSignal<string>();
  let apply: ((update: DeskUpdate) => void) | undefined;

  async function open(): Promise<void> {
    setFailure(undefined);
    const result = await props.backend.start();
    if (result.ok) {
      setLanguage(result.value.language);
      setStart(result.value);
    } else {
      setFailure(result.error.message);
    }
  }

  onMount(() => {
    void open();
    onCleanup(
      props.backend.watch((update) => {
        if (apply === undefined) {
          setFirst(update);
        } else {
          apply(update);
        }
      }),
    );
  });

  const opened = () => {
    const known = start();
    const newest = first();
    return known !== undefined && newest !== undefined ? { start: known, first: newest } : undefined;
  };

  return (
    <Switch
      fallback={
        <main class="opening" aria-busy="true">
          <h1>{t('app.loading')}</h1>
          <p class="hint">{t('app.loading_hint')}</p>
        </main>
      }
    >
      <Match when={failure()}>
        {(message) => (
          <main class="opening" role="alert">
            <h1>{t('app.failed')}</h1>
            <p>{message()}</p>
            <p class="hint">{t('app.failed_hint')}</p>
            <button type="button" onClick={() => void open()}>
              {t('app.retry')}
            </button>
          </main>
        )}
      </Match>
      {/* Keyed on whether it is open at all: later updates flow through `apply`. */}
      <Match when={opened() !== undefined}>
        <Opened
          backend={props.backend}
          known={opened()}
          onApply={(hand) => {
            apply = hand;
          }}
        />
      </Match>
    </Switch>
  );
}

function Opened(props: {
  backend: Backend;
  known: { start: Start; first: DeskUpdate } | undefined;
  onApply: (hand: (update: DeskUpdate) => void) => void;
}) {
  const known = props.known;
  if (known === undefined) {
    return undefined;
  }
  const { desk, apply } = createDesk(props.backend, known.start, known.first);
  props.onApply(apply);
  const acts = createActs();
  // A panel in a window of its own, beside the main window of the same desk.
  const panel = desk.mode === 'wall' ? undefined : panelOf(location.search);
  if (panel === undefined && desk.mode === 'planner' && desk.update.clock.mode === 'live') {
    desk.returnToStart();
  }
  // Two frames: one to build, one that has been painted.
  if (panel === undefined) {
    onMount(() => requestAnimationFrame(() => requestAnimationFrame(() => void props.backend.ready())));
  }
  const tools = createTools(desk);
  const history = createHistory(desk);
  const sync = createSync(desk);
  const layers = createLayers(desk);
  const pointing = createPointing(desk, history);
  const alarms = createAlarms(desk);
  const pages = createPages(history);
  const cases = createCases(desk, acts);
  const plans = createPlans(desk);
  const duty = createDuty(desk);
  const analysis = createAnalysis(desk);
  // In its own window the page is always in front.
  const video = createVideo(desk, () => (panel === 'video' ? undefined : pages.open('video')));
  const views = createViews(desk, video);
  const coverage = createCoverage(desk);
  const videoMoments = createVideoMoments(desk, views);
  const torn = createTorn(desk, { alarms, history, pages }, panel);
  // A wall hangs where nobody sits; the desk beside it is heard, and of a desk its main window.
  const sound = desk.mode === 'wall' || panel !== undefined ? undefined : createSound(desk);
  followKeys({ desk, acts, tools, history, sync, pointing, alarms, cases, pages, torn, views, sound });
  return (
    <DeskProvider value={desk}>
      <ActsProvider value={acts}>
        <ToolsProvider value={tools}>
          <HistoryProvider value={history}>
            <SyncProvider value={sync}>
              <LayersProvider value={layers}>
                <PointingProvider value={pointing}>
                  <AlarmsProvider value={alarms}>
                    <PagesProvider value={pages}>
                      <CasesProvider value={cases}>
                        <PlansProvider value={plans}>
                          <DutyProvider value={duty}>
                            <AnalysisProvider value={analysis}>
                              <VideoProvider value={video}>
                                <ViewsProvider value={views}>
                                  <CoverageProvider value={coverage}>
                                    <VideoMomentsProvider value={videoMoments}>
                                      <TornProvider value={torn}>
                                        <Switch fallback={<Wall />}>
                                          <Match when={panel}>{(name) => <TornScreen panel={name()} />}</Match>
                                          <Match when={sound}>
                                            {(heard) => (
                                              <SoundProvider value={heard()}>
                                                <DeskScreen />
                                              </SoundProvider>
                                            )}
                                          </Match>
                                        </Switch>
                                      </TornProvider>
                                    </VideoMomentsProvider>
                                  </CoverageProvider>
                                </ViewsProvider>
                              </VideoProvider>
                            </AnalysisProvider>
                          </DutyProvider>
                        </PlansProvider>
                      </CasesProvider>
                    </PagesProvider>
                  </AlarmsProvider>
                </PointingProvider>
              </LayersProvider>
            </SyncProvider>
          </HistoryProvider>
        </ToolsProvider>
      </ActsProvider>
    </DeskProvider>
  );
}

function DeskScreen() {
  const desk = useDesk();
  const history = useHistory();
  const alarms = useAlarms();
  const cases = useCases();
  const pages = usePages();
  const torn = useTorn();
  return (
    <div
      class="desk"
      data-mode={desk.mode}
      data-selected={desk.selected() !== undefined || alarms.opened() !== undefined || cases.report() !== undefined}
      data-drawer={history.drawer() !== undefined}
      data-torn={torn.panels().join(' ')}
      data-page={pages.page() === undefined ? 'none' : pages.folded() ? 'folded' : 'open'}
    >
      <TopBar />
      <DeskBar />
      <Lists />
      <PageArea />
      <Twin />
      <CardPanel />
      <Drawer />
      <TimelinePanel />
      <SearchPalette />
      <HelpOverlay />
      <NoticeLine />
      <Show when={desk.past()}>
        <PastFrame branch={desk.branch() !== undefined} />
      </Show>
    </div>
  );
}
