// How the twin looks: style and quality, sun and shadow, and the ground that fades.

import { createEffect, createResource, on, Show } from 'solid-js';
import { useDesk } from '../../state/desk';
import { memorySize } from '../../state/memory';
import { t, word } from '../../state/texts';
import { DAY, HOUR, MINUTE, shortTime } from '../../state/time';
import { useTools } from '../../state/tools';
import { Choices, Slider } from './parts';

const STYLES = ['day', 'night', 'white'] as const;
const QUALITIES = ['soft', 'standard', 'high'] as const;
/** What the city model may take, MiB. */
const BUDGETS = ['512', '1024', '2048', '4096'] as const;
/** People's clock; see `time.ts`. */
const ZONE = 8 * HOUR;

export function LookTool() {
  const tools = useTools();
  return (
    <>
      <Choices
        label={t('look.style')}
        options={STYLES}
        words={(style) => word('style', style)}
        value={tools.look().style}
        onChoose={(style) => tools.setLook({ style })}
      />
      <Choices
        label={t('look.quality')}
        options={QUALITIES}
        words={(quality) => word('quality', quality)}
        value={tools.look().quality}
        onChoose={(quality) => tools.setLook({ quality })}
      />
      <p class="hint">{word('quality_hint', tools.look().quality)}</p>
      <Choices
        label={t('look.memory')}
        options={BUDGETS}
        words={(mib) => memorySize(Number(mib))}
        value={BUDGETS.find((mib) => Number(mib) === tools.budget())}
        onChoose={(mib) => tools.setBudget(Number(mib))}
      />
      <p class="hint">{t('look.memory_hint')}</p>
    </>
  );
}

export function SunTool() {
  const desk = useDesk();
  const tools = useTools();
  const time = () => tools.look().time ?? desk.shown();
  const midnight = () => Math.floor((time() + ZONE) / DAY) * DAY - ZONE;
  const minute = () => Math.floor((time() - midnight()) / MINUTE);
  const day = () => new Date(midnight() + ZONE).toISOString().slice(0, 10);
  // Sunrise and sunset are wanted before anything was set.
  const [first] = createResource(async () => {
    const result = await desk.backend.sun(tools.look().time ?? undefined);
    return result.ok ? result.value : undefined;
  });
  const sun = () => tools.sun() ?? first();
  createEffect(
    on(
      () => desk.past(),
      () => tools.playSun(false),
      { defer: true },
    ),
  );
  const set = (wanted: number) => {
    tools.playSun(false);
    tools.setLook({ time: wanted });
  };
  return (
    <>
      <label class="tool-field">
        <span>{t('sun.date')}</span>
        <input
          type="date"
          value={day()}
          onInput={(event) => {
            const chosen = Date.parse(`${event.currentTarget.value}T00:00:00Z`);
            if (Number.isFinite(chosen)) {
              set(chosen - ZONE + minute() * MINUTE);
            }
          }}
        />
      </label>
      <Slider
        label={t('sun.hour')}
        text={shortTime(time())}
        min={0}
        max={1439}
        step={5}
        value={minute()}
        onInput={(value) => set(midnight() + value * MINUTE)}
      />
      <Show when={sun()}>
        {(known) => (
          <dl class="facts">
            <dt>{t('sun.rise_and_set')}</dt>
            <dd class="num">
              {known()
                .rise_and_set?.map((moment) => shortTime(moment))
                .join(' – ') ?? t('sun.none')}
            </dd>
            <dt>{t('sun.noon')}</dt>
            <dd class="num">{shortTime(known().noon)}</dd>
            <dt>{t('sun.altitude')}</dt>
            <dd class="num">{known().altitude_deg.toFixed(1)}°</dd>
            <dt>{t('sun.azimuth')}</dt>
            <dd class="num">{known().azimuth_deg.toFixed(0)}°</dd>
          </dl>
        )}
      </Show>
      <div class="tool-acts">
        <button type="button" aria-pressed={tools.sunPlays()} onClick={() => tools.playSun(!tools.sunPlays())}>
          {tools.sunPlays() ? t('time.pause') : t('sun.play')}
        </button>
        <button
          type="button"
          disabled={tools.look().time === null}
          onClick={() => {
            tools.playSun(false);
            tools.setLook({ time: null });
          }}
        >
          {t('sun.follow')}
        </button>
      </div>
      <Show when={tools.look().style === 'night'}>
        <p class="hint">{t('sun.night_hint')}</p>
      </Show>
      <Show when={tools.look().quality === 'soft'}>
        <p class="hint">{t('sun.soft_hint')}</p>
      </Show>
    </>
  );
}

export function UndergroundTool() {
  const tools = useTools();
  return (
    <>
      <button
        type="button"
        class="tool-wide"
        role="switch"
        aria-checked={tools.underground().on}
        onClick={() => tools.setUnderground({ on: !tools.underground().on })}
      >
        {tools.underground().on ? t('underground.off') : t('underground.on')}
      </button>
      <Slider
        label={t('underground.opacity')}
        text={`${Math.round(tools.underground().opacity * 100)}%`}
        min={0}
        max={1}
        step={0.05}
        value={tools.underground().opacity}
        onInput={(opacity) => tools.setUnderground({ opacity, on: true })}
      />
      <p class="hint">{t('underground.hint')}</p>
    </>
  );
}
