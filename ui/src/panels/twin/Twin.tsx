// The middle of the desk: the picture and the floats that lie on it. Every float is opaque and reports itself as a cover.

import './twin.css';
import { createEffect, For, Show } from 'solid-js';
import type { HoverDto, LegendEntryDto } from '../../generated/wire';
import { OldMark, Shape } from '../../parts/Shape';
import { cover, touch } from '../../state/covers';
import { useDesk } from '../../state/desk';
import { memoryText } from '../../state/memory';
import { severityOf } from '../../state/pointing';
import { ALARMING } from '../../state/severity';
import { either, t, word } from '../../state/texts';
import { age, distance, plainNumber, quantity, unitWords } from '../../state/time';
import { useTools } from '../../state/tools';
import { FieldLines } from '../here/FieldLines';
import { HereList } from '../here/HereList';
import { RegionOutline } from '../here/RegionOutline';
import { LayerCard } from '../layers/LayerCard';
import { Dock } from '../tools/Dock';
import { Minimap } from './Minimap';
import { MomentCard } from './MomentCard';
import { PictureArea } from './PictureArea';
import { scaleBar } from './scale_bar';

const SCALE_MAX_PX = 140;

/** Two columns of floats at the picture's sides, so that nothing can lie on anything else. */
export function Twin() {
  const tools = useTools();
  return (
    <div class="twin">
      <PictureArea
        onDouble={() => {
          if (tools.active() !== undefined) {
            tools.finish();
          }
        }}
      >
        <MomentCard />
        <div class="west">
          <Dock />
          <div class="west-foot">
            <ModelStatus />
            <StandsOut />
            <ColourLegend />
            <Views />
            <Legend />
          </div>
        </div>
        <div class="east">
          <LayerCard />
          <div class="east-foot">
            <Minimap />
            <NorthAndScale />
          </div>
        </div>
        <SwipeLine />
        <HoverCard />
        <HereList />
        <RegionOutline />
      </PictureArea>
    </div>
  );
}

/** Says that not all of the city is shown as it is, with the way back. */
function StandsOut() {
  const tools = useTools();
  return (
    <Show when={tools.standsOut() > 0}>
      <p class="float stands-out" data-float ref={cover} role="status">
        {t('show.stands_out', { n: quantity(tools.standsOut()) })}
        <button type="button" class="quiet" onClick={() => tools.showAll()}>
          {t('show.all')}
        </button>
      </p>
    </Show>
  );
}

/** What the colours of features mean. */
function ColourLegend() {
  const tools = useTools();
  const range = (entry: LegendEntryDto) =>
    entry.from === null || entry.to === null
      ? entry.word || t('colour.rest')
      : entry.from === entry.to
        ? plainNumber(entry.from)
        : `${plainNumber(entry.from)} – ${plainNumber(entry.to)}`;
  return (
    <Show when={tools.legend()}>
      {(legend) => (
        <section class="float colour-legend" data-float ref={cover} aria-label={t('colour.legend')}>
          <h3>
            {legend().title}
            <Show when={legend().unit !== ''}>
              <span class="unit">{legend().unit}</span>
            </Show>
          </h3>
          <ul>
            <For each={legend().entries}>
              {(entry) => (
                <li>
                  <span
                    class="swatch"
                    ref={(element) => {
                      element.style.backgroundColor = `rgb(${entry.colour.join(' ')})`;
                    }}
                  />
                  <span class="num ellipsis">{range(entry)}</span>
                  <span class="num hint">{quantity(entry.count)}</span>
                </li>
              )}
            </For>
            <Show when={legend().without > 0}>
              <li class="hint">
                <span class="swatch swatch-none" />
                <span>{t('colour.without')}</span>
                <span class="num">{quantity(legend().without)}</span>
              </li>
            </Show>
          </ul>
        </section>
      )}
    </Show>
  );
}

/** The line between two cities; it can be dragged. */
function SwipeLine() {
  const tools = useTools();
  const at = () => {
    const compare = tools.compare();
    return compare.mode === 'swipe' ? compare.at : undefined;
  };
  const follow = (event: PointerEvent & { currentTarget: HTMLElement }) => {
    const area = event.currentTarget.parentElement?.getBoundingClientRect();
    if (event.currentTarget.hasPointerCapture(event.pointerId) && area !== undefined) {
      const part = Math.min(1, Math.max(0, (event.clientX - area.left) / area.width));
      tools.setCompare({ mode: 'swipe', at: part });
      touch();
    }
  };
  return (
    <Show when={at() !== undefined}>
      <div
        class="swipe-line"
        data-float
        role="slider"
        tabindex={0}
        aria-label={t('compare.line')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round((at() ?? 0) * 100)}
        style={{ left: `${(at() ?? 0) * 100}%` }}
        ref={cover}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={follow}
        onKeyDown={(event) => {
          const by = event.key === 'ArrowLeft' ? -0.02 : event.key === 'ArrowRight' ? 0.02 : 0;
          if (by !== 0) {
            event.preventDefault();
            tools.setCompare({ mode: 'swipe', at: Math.min(1, Math.max(0, (at() ?? 0) + by)) });
          }
        }}
      />
    </Show>
  );
}

function Views() {
  const desk = useDesk();
  return (
    <Show when={desk.start.views.length > 0}>
      <nav class="float views" data-float ref={cover} aria-label={t('twin.views')}>
        <For each={desk.start.views}>
          {(view) => (
            <button type="button" class="quiet" onClick={() => desk.goToView(view.name)}>
              {either({ zh: view.title_zh, en: view.title_en })}
            </button>
          )}
        </For>
      </nav>
    </Show>
  );
}

/** How far the city model is and what it takes; in amber and with words when it is coarser for want of memory. */
function ModelStatus() {
  const desk = useDesk();
  const loads = () => desk.update.tiles[0] < desk.update.tiles[1];
  const memory = () => memoryText(desk.update.memory);
  return (
    <Show when={loads() || memory() !== undefined}>
      <p class="float tiles num" data-float ref={cover}>
        <Show when={loads()}>
          <span role="status">
            {t('twin.loading_tiles', { shown: desk.update.tiles[0], wanted: desk.update.tiles[1] })}
          </span>
        </Show>
        <Show when={memory()}>
          {(text) => <span classList={{ short: desk.update.memory.is_short }}>{text()}</span>}
        </Show>
      </p>
    </Show>
  );
}

function Legend() {
  const desk = useDesk();
  return (
    <section class="float legend" data-float ref={cover} aria-label={t('twin.legend')}>
      <For each={[...ALARMING, 'normal' as const]}>
        {(severity) => (
          <span class="legend-entry">
            <Shape severity={severity} quiet />
            {t(`severity.${severity}`)}
          </span>
        )}
      </For>
      <span class="legend-entry old">
        <Shape severity="normal" quiet />
        {t('twin.legend_age')}
      </span>
      <Show when={desk.update.exercise !== null}>
        <span class="legend-entry">
          {/* Square, as its pins are. */}
          <Shape severity="medium" quiet unreal />
          {t('exercise.legend')}
        </span>
      </Show>
    </section>
  );
}

function NorthAndScale() {
  const desk = useDesk();
  const bar = () => scaleBar(desk.twin.metresPerPx(), SCALE_MAX_PX);
  const heading = () => Math.round(desk.twin.heading()) % 360;
  return (
    <section class="float north" data-float ref={cover}>
      <Show when={bar()}>
        {(known) => (
          <span class="scale" role="img" aria-label={`${t('twin.scale')} ${distance(known().metres)}`}>
            <span class="num">{distance(known().metres)}</span>
            <span class="scale-bar" style={{ width: `${known().px}px` }} />
          </span>
        )}
      </Show>
      <button
        type="button"
        class="quiet compass"
        aria-label={t('twin.compass', { deg: heading() })}
        title={t('twin.compass', { deg: heading() })}
        aria-keyshortcuts="N"
        onClick={() => desk.turnNorth()}
      >
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <g transform={`rotate(${-desk.twin.heading()} 16 16)`}>
            <path d="M16 3 21 16H11Z" fill="currentColor" />
            <path d="M16 29 21 16H11Z" fill="none" stroke="currentColor" stroke-width="1.5" />
          </g>
        </svg>
        <span>{t('twin.north')}</span>
      </button>
      <Show when={desk.start.attribution !== ''}>
        <span class="attribution hint">{desk.start.attribution}</span>
      </Show>
    </section>
  );
}

function HoverCard() {
  const desk = useDesk();
  return (
    <Show when={desk.twin.hover() !== undefined}>
      <div
        class="float hover-card"
        data-float
        ref={(element) => {
          cover(element);
          createEffect(() => {
            const hover = desk.twin.hover();
            if (hover !== undefined) {
              placeHover(element, hover.at);
              touch();
            }
          });
        }}
      >
        <Show when={desk.twin.hover()?.facts} fallback={desk.twin.hover()?.name}>
          {(facts) => <HoverFacts facts={facts()} />}
        </Show>
        <FieldLines fields={desk.twin.hover()?.fields ?? []} />
      </div>
    </Show>
  );
}

/** Name, value with its unit, how old it is, and why when it is old. */
function HoverFacts(props: { facts: HoverDto }) {
  const desk = useDesk();
  const isUnreal = () => props.facts.severity === 'unreal';
  const isOld = () => props.facts.why !== null && props.facts.why !== 'fresh';
  return (
    <>
      <span class="hover-name">
        <Shape severity={isUnreal() ? 'medium' : severityOf(props.facts.severity)} quiet unreal={isUnreal()} />
        <span class="ellipsis">{props.facts.name === '' ? word('kind', props.facts.kind) : props.facts.name}</span>
      </span>
      <Show when={props.facts.value !== null || props.facts.at !== null}>
        <span class="hover-value num" classList={{ old: isOld() }}>
          <Show when={props.facts.value !== null}>
            <span class="value">
              {props.facts.value}
              <span class="unit">{unitWords(props.facts.unit)}</span>
            </span>
          </Show>
          <Show when={props.facts.at}>{(at) => <span class="hint">{age(desk.shown(), at())}</span>}</Show>
        </span>
      </Show>
      <Show when={isOld()}>
        <span class="hover-why">
          <OldMark />
          {word('why_old', props.facts.why ?? '')}
        </span>
      </Show>
    </>
  );
}

/** Beside the pointer, on the side that has room; never under it. */
function placeHover(element: HTMLElement, [x, y]: [number, number]): void {
  const room = element.parentElement?.getBoundingClientRect();
  const toLeft = room !== undefined && x > room.width - 260;
  const above = room !== undefined && y > room.height - 80;
  element.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px) translate(${toLeft ? 'calc(-100% - 14px)' : '14px'}, ${above ? 'calc(-100% - 14px)' : '14px'})`;
}
