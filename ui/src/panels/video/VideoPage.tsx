// The video page: the catalogue, pictures, who sees what, moments, health and rights, each in a tab.

import './video.css';
import { For, Match, Show, Switch } from 'solid-js';
import type { ObstaclesDto } from '../../generated/wire';
import { t } from '../../state/texts';
import { quantity } from '../../state/time';
import { useTools } from '../../state/tools';
import { AREA_DRAWER, useVideo, VIDEO_TABS, type VideoTab } from '../../state/video';
import { percent } from '../../state/video_words';
import { isCameraDrag } from '../../state/view_drag';
import { Sketching } from '../tools/parts';
import { SketchHint } from '../views/SketchHint';
import { CatalogueTab } from './CatalogueTab';
import { CoverageTab } from './CoverageTab';
import { HealthTab } from './HealthTab';
import { MomentsTab } from './MomentsTab';
import { MosaicTab } from './MosaicTab';
import { RightsTab } from './RightsTab';

export function VideoPage() {
  const video = useVideo();
  const tools = useTools();
  return (
    <div class="page-inside video-page">
      <div class="page-tools video-head">
        <div class="video-tabs" role="tablist" aria-label={t('video.tabs')} onKeyDown={(event) => turn(event)}>
          <For each={VIDEO_TABS}>{(tab) => <Tab tab={tab} />}</For>
        </div>
        <Show when={tools.drawsFor() === AREA_DRAWER} fallback={<Standing />}>
          <Sketching words={t('video.area_hint')} />
        </Show>
        <SketchHint />
      </div>
      <div
        class="video-body"
        role="tabpanel"
        id="video-panel"
        aria-labelledby={`video-tab-${video.tab()}`}
        data-tab={video.tab()}
      >
        <Switch>
          <Match when={video.tab() === 'catalogue'}>
            <CatalogueTab />
          </Match>
          <Match when={video.tab() === 'mosaic'}>
            <MosaicTab />
          </Match>
          <Match when={video.tab() === 'coverage'}>
            <CoverageTab />
          </Match>
          <Match when={video.tab() === 'moments'}>
            <MomentsTab />
          </Match>
          <Match when={video.tab() === 'health'}>
            <HealthTab />
          </Match>
          <Match when={video.tab() === 'rights'}>
            <RightsTab />
          </Match>
        </Switch>
      </div>
    </div>
  );

  /** Arrows lead from tab to tab, as in every row of tabs. */
  function turn(event: KeyboardEvent): void {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) {
      return;
    }
    event.preventDefault();
    const at = VIDEO_TABS.indexOf(video.tab());
    const next = VIDEO_TABS[(at + by + VIDEO_TABS.length) % VIDEO_TABS.length] ?? 'catalogue';
    video.setTab(next);
    document.getElementById(`video-tab-${next}`)?.focus();
  }
}

function Tab(props: { tab: VideoTab }) {
  const video = useVideo();
  const isOpen = () => video.tab() === props.tab;
  return (
    <button
      type="button"
      role="tab"
      id={`video-tab-${props.tab}`}
      aria-controls="video-panel"
      aria-selected={isOpen()}
      tabindex={isOpen() ? 0 : -1}
      onClick={() => video.setTab(props.tab)}
      onDragEnter={(event) => {
        // A camera that is carried here from another tab finds the cells to be dropped into.
        if (props.tab === 'mosaic' && isCameraDrag(event)) {
          video.setTab('mosaic');
        }
      }}
    >
      {t(`video.tab.${props.tab}`)}
    </button>
  );
}

/** How the whole stands: channels, views, and what is missing for pictures and for answers about who sees what. */
function Standing() {
  const video = useVideo();
  const board = () => video.board();
  return (
    <p class="video-standing num" role="status">
      <span>
        <span class="hint">{t('video.channels')}</span> {quantity(board().channels, 0)}
      </span>
      <span>
        <span class="hint">{t('video.online')}</span> {quantity(board().online, 0)}
      </span>
      <Show when={board().views > 0}>
        <span>
          <span class="hint">{t('video.views_open')}</span> {board().views} / {board().max_views}
        </span>
      </Show>
      <Show when={!board().has_helper}>
        <strong class="video-lack">{t('video.no_helper')}</strong>
      </Show>
      <span classList={{ 'video-lack': board().obstacles.kind === 'failed' }} title={obstacleHint(board().obstacles)}>
        {obstacleWords(board().obstacles)}
      </span>
    </p>
  );
}

function obstacleWords(obstacles: ObstaclesDto): string {
  switch (obstacles.kind) {
    case 'none':
      return t('video.obstacles_none');
    case 'reading':
      return t('video.obstacles_reading', { share: percent(obstacles.share) });
    case 'ready':
      if (obstacles.triangles === 0) {
        return t('video.obstacles_empty');
      }
      return obstacles.missing > 0
        ? t('video.obstacles_partly', { n: quantity(obstacles.missing, 0) })
        : t('video.obstacles_ready');
    case 'failed':
      return t('video.obstacles_failed');
  }
}

function obstacleHint(obstacles: ObstaclesDto): string {
  switch (obstacles.kind) {
    case 'ready':
      return t('video.obstacles_size', { n: quantity(obstacles.triangles, 0) });
    case 'failed':
      return obstacles.why;
    case 'none':
    case 'reading':
      return t('video.obstacles_hint');
  }
}
