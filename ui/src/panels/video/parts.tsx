// Small pieces of the video page: what stands where there is nothing yet, how a channel stands, choices of a filter.

import { For, type JSX, Match, Show, Switch } from 'solid-js';
import type { VideoRowDto, VideoWordDto } from '../../generated/wire';
import { t } from '../../state/texts';
import { nameParts, standOf, standWords } from '../../state/video_words';

/** What is shown of something that was read, or why there is nothing, with the way to try again. */
export function VideoRead(props: {
  isKnown: boolean;
  failure: string | undefined;
  onRetry: () => void;
  children: JSX.Element;
}) {
  return (
    <Show
      when={props.isKnown}
      fallback={
        <Show
          when={props.failure}
          fallback={
            <div class="blank" aria-busy="true">
              <span class="hint">{t('card.loading')}</span>
            </div>
          }
        >
          {(message) => (
            <div class="blank" role="alert">
              <strong>{t('video.failed', { message: message() })}</strong>
              <span class="hint">{t('video.failed_hint')}</span>
              <button type="button" onClick={() => props.onRetry()}>
                {t('app.retry')}
              </button>
            </div>
          )}
        </Show>
      }
    >
      <Show when={props.failure}>
        {(message) => (
          <p class="video-problem" role="alert">
            {t('video.failed', { message: message() })} {t('video.failed_before')}{' '}
            <button type="button" class="quiet" onClick={() => props.onRetry()}>
              {t('app.retry')}
            </button>
          </p>
        )}
      </Show>
      {props.children}
    </Show>
  );
}

/** How a channel stands: full is online, a stroke through it is offline, a triangle is trouble, a broken ring is unknown. */
export function StandMark(props: { row: Pick<VideoRowDto, 'status' | 'faults'>; quiet?: boolean }) {
  const stand = () => standOf(props.row);
  return (
    <svg
      class="stand-mark"
      data-stand={stand()}
      viewBox="0 0 16 16"
      role="img"
      aria-hidden={props.quiet === true ? 'true' : undefined}
      aria-label={props.quiet === true ? undefined : standWords(props.row)}
    >
      <Switch>
        <Match when={stand() === 'on'}>
          <circle cx="8" cy="8" r="4" fill="currentColor" />
        </Match>
        <Match when={stand() === 'off'}>
          <circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="1.6" />
          <path d="M3 13 13 3" stroke="currentColor" stroke-width="1.6" />
        </Match>
        <Match when={stand() === 'trouble'}>
          <path d="M8 2 14.5 14H1.5Z" fill="none" stroke="currentColor" stroke-width="1.6" />
          <path d="M8 6.5v3.5M8 11.4v1.2" stroke="currentColor" stroke-width="1.6" />
        </Match>
        <Match when={stand() === 'unknown'}>
          <circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="1.4" stroke-dasharray="3 2.2" />
        </Match>
      </Switch>
    </svg>
  );
}

/** Says that something may not be looked at. */
export function LockMark() {
  return (
    <svg class="lock-mark" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M3.5 7h9v7h-9ZM5.5 7V4.8a2.5 2.5 0 0 1 5 0V7" fill="none" stroke="currentColor" stroke-width="1.4" />
    </svg>
  );
}

/** A name with what answers to the typed words marked. */
export function MarkedName(props: { name: string; matched: readonly (readonly [number, number])[] }) {
  return (
    <For each={nameParts(props.name, props.matched)}>
      {(part) => (
        <Show when={part.is} fallback={part.text}>
          <mark>{part.text}</mark>
        </Show>
      )}
    </For>
  );
}

/** Several of a few words, each a switch. */
export function Choices(props: {
  label: string;
  options: readonly VideoWordDto[];
  chosen: readonly string[];
  onToggle: (code: string) => void;
}) {
  return (
    <fieldset class="choices">
      <legend>{props.label}</legend>
      <div class="choices-row">
        <For each={props.options} fallback={<span class="hint">{t('video.none_to_choose')}</span>}>
          {(one) => (
            <button
              type="button"
              aria-pressed={props.chosen.includes(one.code)}
              onClick={() => props.onToggle(one.code)}
            >
              {one.name}
            </button>
          )}
        </For>
      </div>
    </fieldset>
  );
}

/** One of several words. */
export function OneOf(props: {
  label: string;
  value: string;
  options: readonly VideoWordDto[];
  /** What stands for none of them; without it one of them is always chosen. */
  none?: string;
  onChoose: (code: string) => void;
}) {
  return (
    <label class="tool-field">
      <span>{props.label}</span>
      <select value={props.value} onChange={(event) => props.onChoose(event.currentTarget.value)}>
        <Show when={props.none !== undefined}>
          <option value="" selected={props.value === ''}>
            {props.none}
          </option>
        </Show>
        <For each={props.options}>
          {(one) => (
            <option value={one.code} selected={one.code === props.value}>
              {one.name}
            </option>
          )}
        </For>
      </select>
    </label>
  );
}

/** Names and values, those without a value left out. */
export function Facts(props: { facts: readonly (readonly [string, string])[] }) {
  return (
    <dl class="facts video-facts">
      <For each={props.facts.filter(([, value]) => value !== '')}>
        {([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd class="num">{value}</dd>
          </>
        )}
      </For>
    </dl>
  );
}
