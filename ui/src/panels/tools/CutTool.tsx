// Cutting the city: boxes, polygons, and a trench along a line or a pipe.

import { For, Show } from 'solid-js';
import type { CutDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { t, word } from '../../state/texts';
import { plainNumber } from '../../state/time';
import { MAX_CUTS, useTools } from '../../state/tools';
import { Sketching, Slider, Starter } from './parts';

export function CutTool() {
  const desk = useDesk();
  const tools = useTools();
  const feature = () => {
    const target = desk.selected();
    return target?.kind === 'feature' ? target.id : undefined;
  };
  const changeCut = (index: number, change: (cut: CutDto) => CutDto | undefined) =>
    tools.setClips({
      ...tools.clips(),
      cuts: tools.clips().cuts.flatMap((cut, i) => (i === index ? (change(cut) ?? []) : [cut])),
    });
  const changeTrench = (change: { width_m?: number; depth_m?: number }) => {
    const { trench } = tools.clips();
    if (trench !== null) {
      tools.setClips({ ...tools.clips(), trench: { ...trench, ...change } });
    }
  };
  const isEmpty = () => tools.clips().cuts.length === 0 && tools.clips().trench === null;
  return (
    <>
      <div class="tool-grid">
        <Starter tool={{ kind: 'section_box' }}>{t('cut.box')}</Starter>
        <Starter tool={{ kind: 'clip_polygon' }}>{t('cut.polygon')}</Starter>
        <Starter tool={{ kind: 'trench' }}>{t('cut.trench')}</Starter>
        <button
          type="button"
          disabled={feature() === undefined}
          title={t('cut.trench_along_hint')}
          onClick={() => tools.trenchAlong(feature() ?? '')}
        >
          {t('cut.trench_along')}
        </button>
      </div>
      <Sketching words={word('cut_hint', tools.active()?.kind ?? 'section_box')} />
      <Show when={isEmpty() && tools.active() === undefined}>
        <p class="hint">{t('cut.empty')}</p>
      </Show>
      <For each={tools.clips().cuts}>
        {(cut, i) => (
          <div class="tool-item">
            <span>
              {word('cut', cut.kind)} {i() + 1}
            </span>
            <button
              type="button"
              aria-label={`${word('cut', cut.kind)} ${i() + 1} ${word('keep', cut.keep)}`}
              onClick={() => changeCut(i(), (one) => ({ ...one, keep: one.keep === 'inside' ? 'outside' : 'inside' }))}
            >
              {word('keep', cut.keep)}
            </button>
            <button
              type="button"
              class="quiet"
              aria-label={`${t('cut.remove')} ${word('cut', cut.kind)} ${i() + 1}`}
              onClick={() => changeCut(i(), () => undefined)}
            >
              {t('cut.remove')}
            </button>
          </div>
        )}
      </For>
      <Show when={tools.clips().cuts.length >= MAX_CUTS}>
        <p class="hint">{t('cut.most', { n: MAX_CUTS })}</p>
      </Show>
      <Show when={tools.clips().trench}>
        {(trench) => (
          <>
            <div class="tool-item">
              <span>{t('cut.trench')}</span>
              <button type="button" class="quiet" onClick={() => tools.setClips({ ...tools.clips(), trench: null })}>
                {t('cut.remove')}
              </button>
            </div>
            <Slider
              label={t('cut.width')}
              text={`${plainNumber(trench().width_m)} m`}
              min={0.4}
              max={6}
              step={0.1}
              value={trench().width_m}
              onInput={(width_m) => changeTrench({ width_m })}
            />
            <Slider
              label={t('cut.depth')}
              text={`${plainNumber(trench().depth_m)} m`}
              min={0.5}
              max={20}
              step={0.1}
              value={trench().depth_m}
              onInput={(depth_m) => changeTrench({ depth_m })}
            />
          </>
        )}
      </Show>
      <Show when={!isEmpty()}>
        <button type="button" class="tool-wide" onClick={() => tools.setClips({ cuts: [], trench: null })}>
          {t('cut.clear')}
        </button>
      </Show>
    </>
  );
}
