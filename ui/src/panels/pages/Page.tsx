// The page above the twin: the event board, the duty log, the analysis, the plans or the video. Its tabs lead from one to the
// other.

import './page.css';
import { For, Match, Show, Switch } from 'solid-js';
import { PAGE_KEYS, PAGES, type PageName, usePages } from '../../state/pages';
import { t } from '../../state/texts';
import { AnalysisPage } from '../analysis/AnalysisPage';
import { DutyPage } from '../duty/DutyPage';
import { EventBoard } from '../events/EventBoard';
import { PlansPage } from '../plans/PlansPage';
import { TearOff } from '../torn/TearOff';
import { VideoPage } from '../video/VideoPage';

export function PageArea() {
  const pages = usePages();
  return (
    <Show when={pages.page()}>
      {(name) => (
        <section
          class="page"
          classList={{ folded: pages.folded() }}
          aria-label={t(`page.${name()}`)}
          data-page={name()}
        >
          <header class="page-head">
            <div class="page-tabs" role="tablist" aria-label={t('page.region')}>
              <For each={PAGES}>{(one) => <PageTab name={one} isOpen={one === name()} />}</For>
            </div>
            <span class="page-space" />
            <TearOff panel={name()} />
            <button
              type="button"
              class="quiet"
              aria-pressed={pages.folded()}
              title={t('page.fold_hint')}
              onClick={() => pages.setFolded(!pages.folded())}
            >
              {pages.folded() ? t('page.unfold') : t('page.fold')}
            </button>
            <button type="button" class="quiet" onClick={() => pages.close()}>
              {t('app.close')} <kbd>Esc</kbd>
            </button>
          </header>
          <div class="page-body">
            <Switch>
              <Match when={name() === 'events'}>
                <EventBoard />
              </Match>
              <Match when={name() === 'duty'}>
                <DutyPage />
              </Match>
              <Match when={name() === 'analysis'}>
                <AnalysisPage />
              </Match>
              <Match when={name() === 'plans'}>
                <PlansPage />
              </Match>
              <Match when={name() === 'video'}>
                <VideoPage />
              </Match>
            </Switch>
          </div>
        </section>
      )}
    </Show>
  );
}

function PageTab(props: { name: PageName; isOpen: boolean }) {
  const pages = usePages();
  return (
    <button
      type="button"
      role="tab"
      class="quiet"
      aria-selected={props.isOpen}
      aria-keyshortcuts={PAGE_KEYS[props.name]}
      onClick={() => pages.open(props.name)}
    >
      {t(`page.${props.name}`)} <kbd>{PAGE_KEYS[props.name]}</kbd>
    </button>
  );
}
