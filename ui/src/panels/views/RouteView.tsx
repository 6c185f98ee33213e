// A patrol route: how much of it is seen, where nobody looks, and by which cameras it passes.

import { For, Show } from 'solid-js';
import type { RouteCoverageDto } from '../../generated/wire';
import { useCoverage } from '../../state/coverage';
import { pointAlong, routeParts } from '../../state/coverage_area';
import { useDesk } from '../../state/desk';
import { t } from '../../state/texts';
import { distance, quantity } from '../../state/time';
import { percent } from '../../state/video_words';
import { useViews } from '../../state/views';
import { visit } from '../plans/parts';
import { Answer, Figure, SeeingFields, Unsure } from './parts';
import { useSketcher } from './sketch';

export function RouteView() {
  const coverage = useCoverage();
  const sketcher = useSketcher();
  return (
    <>
      <div class="views-bar">
        <button
          type="button"
          aria-pressed={sketcher.draws('route')}
          onClick={() => sketcher.path('route', coverage.askRoute)}
        >
          {t('sight.route_draw')}
        </button>
        <SeeingFields hasCell={false} />
        <span class="views-space" />
        <Show when={coverage.routePath()}>
          {(path) => (
            <button type="button" onClick={() => coverage.askRoute(path())}>
              {t('sight.again')}
            </button>
          )}
        </Show>
      </div>
      <Answer of={coverage.route} empty={t('sight.route_empty')} hint={t('sight.route_hint')}>
        {(route) => <Route route={route()} />}
      </Answer>
    </>
  );
}

function Route(props: { route: RouteCoverageDto }) {
  const desk = useDesk();
  const coverage = useCoverage();
  const views = useViews();
  const route = () => props.route;
  /** A camera that sees two stretches is one camera. */
  const cameras = () => new Set(route().cameras.map(([camera]) => camera)).size;
  const blindM = () => route().gaps.reduce((sum, gap) => sum + gap.to_m - gap.from_m, 0);
  function go(alongM: number): void {
    const at = pointAlong(coverage.routePath() ?? [], alongM);
    if (at !== undefined) {
      visit(desk, [at]);
    }
  }
  return (
    <div class="sight-scroll scrolls" role="region" tabindex="0" aria-label={t('sight.route_figures')}>
      <div class="sight-figures">
        <Figure label={t('sight.seen_share')} value={percent(route().seen_share)} />
        <Figure label={t('sight.route_length')} value={distance(route().length_m)} />
        <Figure label={t('sight.route_blind')} value={distance(blindM())} isLacking={blindM() > 0} />
        <Figure label={t('sight.cameras')} value={quantity(cameras(), 0)} />
      </div>
      <Unsure isWithObstacles={route().is_with_obstacles} />
      <svg class="sight-route" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        <For each={routeParts(route().length_m, route().gaps)}>
          {(part) => (
            <rect
              x={part.from * 100}
              y={part.isSeen ? 1 : 0}
              width={(part.to - part.from) * 100}
              height={part.isSeen ? 2 : 4}
              data-seen={part.isSeen}
            />
          )}
        </For>
      </svg>
      <h3>{t('sight.gaps')}</h3>
      <ol class="sight-spots">
        <For each={route().gaps} fallback={<li class="hint">{t('sight.gaps_none')}</li>}>
          {(gap, i) => (
            <li>
              <button type="button" class="quiet" onClick={() => go((gap.from_m + gap.to_m) / 2)}>
                <span class="num">{i() + 1}</span>
                <span class="num">
                  {quantity(gap.from_m, 0)}–{quantity(gap.to_m, 0)} m
                </span>
                <span class="num">{distance(gap.to_m - gap.from_m)}</span>
              </button>
            </li>
          )}
        </For>
      </ol>
      <h3>{t('sight.along')}</h3>
      <ol class="sight-spots">
        <For each={route().cameras} fallback={<li class="hint">{t('sight.along_none')}</li>}>
          {([camera, name, fromM, toM], i) => (
            <li>
              <button type="button" class="quiet" onClick={() => views.look({ camera, name })}>
                <span class="num">{i() + 1}</span>
                <span class="ellipsis">{name}</span>
                <span class="num">
                  {quantity(fromM, 0)}–{quantity(toM, 0)} m
                </span>
              </button>
            </li>
          )}
        </For>
      </ol>
    </div>
  );
}
