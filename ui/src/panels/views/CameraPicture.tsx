// The picture of one camera: what comes, who looks and when written over it, and in words what is the matter when nothing comes.

import './views.css';
import { createEffect, For, type JSX, Match, on, Show, Switch } from 'solid-js';
import { useDesk } from '../../state/desk';
import { useDuty } from '../../state/duty';
import { t, word } from '../../state/texts';
import { clockTime, duration, moment } from '../../state/time';
import { videoRefusalWords } from '../../state/video_words';
import { outOfStep } from '../../state/view_clock';
import type { Feed } from '../../state/view_feed';
import { useViews } from '../../state/views';

/** A picture this far from the clock is said to be out of step. */
const APART_MILLIS = 1500;

export function CameraPicture(props: {
  feed: Feed;
  name: string;
  /** The moment that it shall show; `undefined` is live. */
  at: number | undefined;
  children?: JSX.Element;
}) {
  const desk = useDesk();
  const duty = useDuty();
  const stamp = () => `${duty.operator()} ${moment(desk.now())}`;
  return (
    <figure
      class="view"
      aria-label={t('view.picture_of', { name: props.name })}
      data-state={props.feed.state()}
      data-past={props.at !== undefined}
    >
      <canvas
        class="view-canvas"
        width="0"
        height="0"
        data-pictures={props.feed.pictures()}
        ref={(canvas) => props.feed.show(canvas, stamp)}
      />
      <figcaption class="view-head">
        <span class="ellipsis view-name">{props.name}</span>
        <span class="view-time num">
          <Times feed={props.feed} at={props.at} />
        </span>
        {props.children}
      </figcaption>
      <State feed={props.feed} />
    </figure>
  );
}

/** The time of the picture, whether it is now, and how far it is from the clock. */
function Times(props: { feed: Feed; at: number | undefined }) {
  const desk = useDesk();
  const apart = () => {
    const away = outOfStep(props.feed.pictureAt(), desk.shown());
    return props.at === undefined || away === undefined || Math.abs(away) < APART_MILLIS ? undefined : away;
  };
  return (
    <Show when={props.feed.pictures() > 0}>
      <Show when={apart()}>
        {(away) => (
          <span class="view-apart">
            {away() > 0 ? t('view.ahead', { time: duration(away()) }) : t('view.behind', { time: duration(-away()) })}
          </span>
        )}
      </Show>
      <Show when={props.feed.pictureAt()} fallback={<span class="hint">{t('view.time_unknown')}</span>}>
        {(at) => <span>{clockTime(at())}</span>}
      </Show>
      <strong>{props.at === undefined ? t('view.live') : t('view.recorded')}</strong>
    </Show>
  );
}

/** What is the matter, over the last picture; nothing while pictures come. */
function State(props: { feed: Feed }) {
  const views = useViews();
  // The host says why only when it is asked; a picture that fails says no more than that it does.
  createEffect(on(props.feed.state, () => views.readStands(), { defer: true }));
  const why = () => {
    const stand = views.stand(props.feed.view());
    const kind = stand === undefined || stand.trouble === '' ? '' : word('view.trouble', stand.trouble);
    const words = [kind, stand?.why ?? ''].filter((part) => part !== '').join(' · ');
    return props.feed.failure() ?? words;
  };
  const because = () => (why() === '' ? '' : t('view.because', { why: why() }));
  return (
    <Switch>
      <Match when={props.feed.state() === 'connecting'}>
        <p class="view-words" role="status">
          {props.feed.pictures() > 0 ? t('view.state_changing') : t('view.state_connecting')}
        </p>
      </Match>
      <Match when={props.feed.state() === 'stalled'}>
        <p class="view-words" role="status">
          {t('view.state_stalled')} {because()}
        </p>
      </Match>
      <Match when={props.feed.state() === 'restarting'}>
        <p class="view-words" role="status">
          {t('view.state_restarting', { time: duration(Math.max(1000, props.feed.restartInMs())) })} {because()}
        </p>
      </Match>
      <Match when={props.feed.state() === 'failed'}>
        <div class="view-words" role="alert">
          <p>
            {t('view.state_failed')} {because()}
          </p>
          <Retry feed={props.feed} />
        </div>
      </Match>
      <Match when={props.feed.state() === 'closed'}>
        <div class="view-words" role="status">
          <p>
            {t('view.state_closed')} {because()}
          </p>
          <Retry feed={props.feed} />
        </div>
      </Match>
      <Match when={props.feed.state() === 'refused'}>
        <Refused feed={props.feed} />
      </Match>
    </Switch>
  );
}

function Refused(props: { feed: Feed }) {
  const code = () => props.feed.refused()?.code ?? '';
  const words = () => {
    const refused = props.feed.refused();
    return refused === undefined ? t('view.state_failed') : videoRefusalWords(refused);
  };
  return (
    <div class="view-words" role="alert">
      <p>
        <Show when={code() === 'denied'}>
          <LockSign />{' '}
        </Show>
        {words()}
      </p>
      <Switch fallback={<Retry feed={props.feed} />}>
        <Match when={code() === 'no_purpose'}>
          <PurposeField />
        </Match>
        <Match when={code() === 'denied'}>
          <p class="hint">{t('view.denied_hint')}</p>
        </Match>
      </Switch>
    </div>
  );
}

function Retry(props: { feed: Feed }) {
  return (
    <button
      type="button"
      onClick={(event) => {
        event.stopPropagation();
        props.feed.retry();
      }}
    >
      {t('app.retry')}
    </button>
  );
}

/** What it is looked at for; one word for everything that is looked at here. */
export function PurposeField() {
  const views = useViews();
  return (
    <label class="view-purpose">
      <span>{t('view.purpose')}</span>
      <select
        aria-label={t('view.purpose')}
        onClick={(event) => event.stopPropagation()}
        onChange={(event) => views.setPurpose(event.currentTarget.value)}
      >
        <option value="" selected={views.purpose() === ''}>
          {t('view.purpose_none')}
        </option>
        <For each={views.tables()?.purposes ?? []}>
          {(one) => (
            <option value={one.code} selected={one.code === views.purpose()}>
              {one.name}
            </option>
          )}
        </For>
      </select>
    </label>
  );
}

export function LockSign() {
  return (
    <svg class="view-lock" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M3 7h10v7H3ZM5.5 7V5a2.5 2.5 0 0 1 5 0v2" fill="none" stroke="currentColor" stroke-width="1.5" />
    </svg>
  );
}
