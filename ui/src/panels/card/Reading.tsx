// What cards begin with: the newest value with its quality and age, and the code that can be copied.

import { createSignal, onCleanup, Show } from 'solid-js';
import type { SeriesDto } from '../../generated/wire';
import { OldMark, Shape } from '../../parts/Shape';
import { useDesk } from '../../state/desk';
import { t, word } from '../../state/texts';
import { age, moment, quantity, unitWords } from '../../state/time';

/** A value that the desk came to know so much later is said to be late. */
const LATE_MILLIS = 5000;

export function Reading(props: { series: SeriesDto }) {
  const desk = useDesk();
  const old = () => props.series.freshness !== 'fresh';
  return (
    <div class="reading" classList={{ old: old() }}>
      <Show
        when={props.series.value !== null && props.series.happened_at !== null}
        fallback={
          <p class="reading-none">
            <strong>{t('card.value_none')}</strong> <span class="hint">{t('card.value_none_hint')}</span>
          </p>
        }
      >
        <p class="reading-value num value">
          {quantity(props.series.value ?? 0)}
          <span class="unit">{unitWords(props.series.unit)}</span>
        </p>
        <p class="reading-words">
          <Show when={props.series.severity !== 'normal'} fallback={<span class="hint">{t('severity.normal')}</span>}>
            <span class="reading-severity">
              <Shape severity={props.series.severity} quiet />
              {word('severity', props.series.severity)}
            </span>
          </Show>
          <Show when={props.series.quality === 'suspect' || props.series.quality === 'estimated'}>
            <span class="reading-quality">{word('quality', props.series.quality)}</span>
          </Show>
          <span class="num reading-age">
            <Show when={old()}>
              <OldMark />
              {word('freshness', props.series.freshness)}{' '}
            </Show>
            {age(desk.past() ? desk.shown() : desk.now(), props.series.happened_at ?? 0)}
          </span>
          <Show when={(props.series.known_at ?? 0) - (props.series.happened_at ?? 0) > LATE_MILLIS}>
            <span class="hint num">{t('card.known_at', { time: moment(props.series.known_at ?? 0) })}</span>
          </Show>
        </p>
      </Show>
    </div>
  );
}

export function Code(props: { code: string }) {
  const [words, setWords] = createSignal<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  onCleanup(() => clearTimeout(timer));
  function say(text: string): void {
    setWords(text);
    clearTimeout(timer);
    timer = setTimeout(() => setWords(undefined), 1500);
  }
  function copy(): void {
    void navigator.clipboard.writeText(props.code).then(
      () => say(t('card.copied')),
      () => say(t('card.copy_failed')),
    );
  }
  return (
    <Show when={props.code !== ''}>
      <span class="card-code num ellipsis" title={`${t('card.code')} ${props.code}`}>
        {props.code}
      </span>
      <button type="button" class="quiet card-copy" aria-live="polite" onClick={copy}>
        {words() ?? t('card.copy')}
      </button>
    </Show>
  );
}
