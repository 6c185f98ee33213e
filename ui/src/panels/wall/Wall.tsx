// The wall: vital signs, the twin, what is happening. Looked at from metres away, never touched.

import './wall.css';
import { createEffect, createMemo, createSignal, For, on, onCleanup, onMount, Show } from 'solid-js';
import type { AlarmRow, Card, EventRow, FigureDto } from '../../generated/wire';
import { PastFrame } from '../../parts/PastFrame';
import { Shape } from '../../parts/Shape';
import { cover } from '../../state/covers';
import { useDesk } from '../../state/desk';
import { ALARMING } from '../../state/severity';
import { isReal, markOf } from '../../state/standing';
import { useSync } from '../../state/sync';
import { either, t, word } from '../../state/texts';
import {
  age,
  clockTime,
  dateWords,
  distance,
  duration,
  joined,
  plainNumber,
  quantity,
  unitWords,
} from '../../state/time';
import { connectionWords } from '../topbar/SyncPills';
import { MomentCard } from '../twin/MomentCard';
import { PictureArea } from '../twin/PictureArea';
import '../twin/twin.css';
import {
  GraveNews,
  INTERRUPTION_MILLIS,
  type Interruption,
  progressOf,
  startTour,
  stepTour,
  type Tour,
  type TourAct,
  targetOf,
} from './tour';
import { smallestTypePx, viewingOf } from './type_size';
import { WallSources } from './WallSources';

/** More numbers than this nobody takes in at a glance. */
const MOST_FIGURES = 7;
/** The smallest type of the wall's style sheet, rem. */
const SMALLEST_REM = 1.5;

export function Wall() {
  const desk = useDesk();
  fitType();
  const tour = followTour();
  const interruption = () => {
    const now = tour();
    return now.state === 'interrupted' ? now.by : undefined;
  };
  return (
    <div class="wall" data-exercise={desk.update.exercise !== null}>
      <WallTitle />
      <section class="wall-vitals" aria-label={t('wall.vitals')}>
        <For
          each={desk.update.figures.slice(0, MOST_FIGURES)}
          fallback={<p class="hint wall-none">{t('wall.figure_none')}</p>}
        >
          {(figure) => <Figure figure={figure} />}
        </For>
      </section>
      <div class="twin wall-twin">
        <PictureArea still>
          <MomentCard>
            <button type="button" class="moment-return" onClick={() => desk.returnToLive()}>
              {desk.hasHub() ? t('time.return_live') : t('time.return_end')}
            </button>
            <Show when={desk.hasHub()}>
              <span class="moment-live num">
                {t('alarm.live', { n: desk.update.live_alarms.counts.reduce((sum, n) => sum + n, 0) })}
              </span>
            </Show>
          </MomentCard>
          <Show when={interruption()} keyed>
            {(by) => <Banner by={by} />}
          </Show>
        </PictureArea>
      </div>
      <WallAlarms />
      <WallEvents />
      <Show when={desk.update.sources.total > 0}>
        <WallSources />
      </Show>
      <TourLine tour={tour()} />
      <Show when={desk.past()}>
        <PastFrame branch={desk.branch() !== undefined} />
      </Show>
    </div>
  );
}

/** Sets the root's size so that the smallest type on the wall has its angle. */
function fitType(): void {
  const viewing = viewingOf(location.search);
  const resize = () => {
    document.documentElement.style.fontSize = `${smallestTypePx(window.innerHeight, viewing) / SMALLEST_REM}px`;
  };
  resize();
  window.addEventListener('resize', resize);
  onCleanup(() => {
    window.removeEventListener('resize', resize);
    document.documentElement.style.fontSize = '';
  });
}

function followTour(): () => Tour {
  const desk = useDesk();
  const sync = useSync();
  const news = new GraveNews();
  const views = desk.start.views;
  const first = startTour(desk.now(), views.length);
  const [tour, setTour] = createSignal(first.tour);
  const perform = (acts: readonly TourAct[]) => {
    // Whoever shares a view moves the picture; the tour waits behind it.
    if (sync.followed() !== undefined) {
      return;
    }
    for (const act of acts) {
      if (act.act === 'fly') {
        desk.selectAndFly(act.target);
      } else {
        const view = views[act.index];
        if (view !== undefined) {
          desk.select(undefined);
          desk.goToView(view.name);
        }
      }
    }
  };
  onMount(() => perform(first.acts));
  createEffect(
    on(desk.now, (now) => {
      // In the past nothing is new: grave things are only noticed, not announced.
      const grave = news.since(desk.update.alarms, desk.update.events);
      const step = stepTour(tour(), now, views.length, desk.live() ? grave : []);
      setTour(step.tour);
      perform(step.acts);
    }),
  );
  return tour;
}

function WallTitle() {
  const desk = useDesk();
  const words = () => {
    const connection = desk.update.connection;
    if (connection.state !== 'offline') {
      return connection.state === 'live'
        ? ''
        : connection.state === 'no_hub'
          ? t('connection.no_hub')
          : connectionWords(connection, desk.now());
    }
    const passed = duration(desk.now() - connection.since);
    return desk.update.newest === null
      ? t('offline.bar_empty', { age: passed })
      : t('offline.bar', { age: passed, time: clockTime(desk.update.newest) });
  };
  return (
    <header class="wall-title">
      <h1>{either({ zh: desk.start.city_zh, en: desk.start.city_en })}</h1>
      <Show when={desk.start.is_synthetic}>
        <span class="synthetic" title={t('card.synthetic')}>
          {t('topbar.synthetic')}
        </span>
      </Show>
      <Show when={desk.update.exercise}>
        {(exercise) => (
          <p class="wall-exercise ellipsis" role="status">
            <strong class="unreal-word">{t('exercise.on')}</strong> {exercise().title}
          </p>
        )}
      </Show>
      <p class="wall-connection num" role="status">
        {words()}
      </p>
      <p class="wall-date num">{dateWords(desk.now())}</p>
      <time class="wall-time num">{clockTime(desk.now())}</time>
    </header>
  );
}

function Figure(props: { figure: FigureDto }) {
  const desk = useDesk();
  const change = () => {
    const { value, hour_ago: before } = props.figure;
    return value === null || before === null ? undefined : value - before;
  };
  /** A change that its own digits cannot show is none. */
  const shows = () => Math.abs(change() ?? 0) >= 0.5 * 10 ** -props.figure.digits;
  const trend = () => {
    const by = change();
    if (by === undefined) {
      return t('wall.no_hour_ago');
    }
    const sign = by > 0 ? '+' : '';
    return shows()
      ? t('wall.hour_ago', { change: `${sign}${quantity(by, props.figure.digits)}` })
      : t('wall.unchanged');
  };
  const oldWords = () => {
    const asOf = props.figure.as_of;
    return asOf === null || desk.shown() - asOf < 60_000 ? '' : age(desk.past() ? desk.shown() : desk.now(), asOf);
  };
  return (
    <article class="figure" classList={{ old: oldWords() !== '' }}>
      <h2>
        <Show when={props.figure.severity !== 'normal'}>
          <Shape severity={props.figure.severity} />
        </Show>
        <span class="ellipsis">{word('figure', props.figure.name)}</span>
      </h2>
      <p class="figure-value num value">
        {props.figure.value === null ? '—' : quantity(props.figure.value, props.figure.digits)}
        <span class="unit">{unitWords(props.figure.unit)}</span>
        <Show when={change() !== undefined && shows()}>
          <Arrow up={(change() ?? 0) > 0} />
        </Show>
      </p>
      <p class="figure-words num">
        <span class="ellipsis">{trend()}</span>
        <span class="figure-age">
          {props.figure.as_of === null
            ? t('age.none')
            : age(desk.past() ? desk.shown() : desk.now(), props.figure.as_of)}
        </span>
      </p>
    </article>
  );
}

function Arrow(props: { up: boolean }) {
  return (
    <svg class="arrow" viewBox="0 0 16 16" aria-hidden="true">
      <path d={props.up ? 'M8 2 14 9H10v5H6V9H2Z' : 'M8 14 2 7H6V2h4v5h4Z'} fill="currentColor" />
    </svg>
  );
}

/** As many of `rows` as fit into the box, counted from its height: the wall never scrolls. */
function createFitting(): [(element: HTMLElement) => void, () => number] {
  const [fits, setFits] = createSignal(4);
  const measure = (element: HTMLElement) => {
    const count = () => {
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
      setFits(Math.max(1, Math.floor(element.clientHeight / (ROW_REM * rem))));
    };
    const sizes = new ResizeObserver(count);
    sizes.observe(element);
    onCleanup(() => sizes.disconnect());
  };
  return [measure, fits];
}

/** Height of a wall row, as in the style sheet. */
const ROW_REM = 5.25;

function WallAlarms() {
  const desk = useDesk();
  const [measure, fits] = createFitting();
  return (
    <section class="wall-list wall-alarms" aria-label={t('wall.alarms')}>
      <h2>
        <span>{t('wall.alarms')}</span>
        <For each={ALARMING}>
          {(severity, i) => (
            <span class="wall-count num" classList={{ none: (desk.update.alarm_counts[i()] ?? 0) === 0 }}>
              <Shape severity={severity} />
              {desk.update.alarm_counts[i()] ?? 0}
            </span>
          )}
        </For>
      </h2>
      <div class="wall-rows" ref={measure}>
        <For
          each={desk.update.alarms.slice(0, fits())}
          fallback={<p class="hint wall-none">{t('wall.alarms_none')}</p>}
        >
          {(row) => <WallAlarm row={row} />}
        </For>
      </div>
    </section>
  );
}

function WallAlarm(props: { row: AlarmRow }) {
  const desk = useDesk();
  return (
    <article class="wall-row" classList={{ old: props.row.freshness !== 'fresh' }}>
      <Shape severity={props.row.severity} />
      <p class="ellipsis wall-row-name">{props.row.name}</p>
      <p class="wall-row-words num">
        <span class="value ellipsis">
          {quantity(props.row.value)}
          <span class="unit">{unitWords(props.row.unit)}</span>
        </span>
        <span>{age(desk.shown(), props.row.since)}</span>
      </p>
    </article>
  );
}

function WallEvents() {
  const desk = useDesk();
  const [measure, fits] = createFitting();
  // What is real comes first, however new an exercise is.
  const open = createMemo(() =>
    desk.update.events
      .filter((event) => event.status !== 'closed')
      .sort((a, b) => Number(isReal(b)) - Number(isReal(a))),
  );
  const real = () => open().filter(isReal).length;
  return (
    <section class="wall-list wall-events" aria-label={t('wall.events')}>
      <h2>
        <span>{t('wall.events')}</span>
        <span class="wall-count num">{real()}</span>
        <Show when={open().length > real()}>
          <span class="wall-count num unreal-count">{t('exercise.count', { n: open().length - real() })}</span>
        </Show>
      </h2>
      <div class="wall-rows" ref={measure}>
        <For each={open().slice(0, fits())} fallback={<p class="hint wall-none">{t('wall.events_none')}</p>}>
          {(row) => <WallEvent row={row} />}
        </For>
      </div>
    </section>
  );
}

function WallEvent(props: { row: EventRow }) {
  const desk = useDesk();
  return (
    <article class="wall-row" classList={{ unreal: !isReal(props.row) }}>
      <Shape severity={props.row.severity} unreal={!isReal(props.row)} />
      <p class="ellipsis wall-row-name">
        <Show when={!isReal(props.row)}>
          <strong class="unreal-word">{markOf(props.row)}</strong>
        </Show>
        {props.row.title}
      </p>
      <p class="wall-row-words num">
        <span class="ellipsis">{word('status', props.row.status)}</span>
        <span>{age(desk.shown(), props.row.happened_at)}</span>
      </p>
    </article>
  );
}

function TourLine(props: { tour: Tour }) {
  const desk = useDesk();
  const sync = useSync();
  const words = () => {
    const followed = sync.followed();
    if (followed !== undefined) {
      return `${t('shared.following', { name: followed.by })} (P)`;
    }
    if (props.tour.state === 'interrupted') {
      const left = Math.max(0, Math.ceil((props.tour.since + INTERRUPTION_MILLIS - desk.now()) / 1000));
      return t('wall.tour_interrupted', { n: left });
    }
    const view = desk.start.views[props.tour.view];
    return view === undefined
      ? t('wall.tour_none')
      : t('wall.tour', { title: either({ zh: view.title_zh, en: view.title_en }) });
  };
  return (
    <footer class="wall-tour num">
      <span>{words()}</span>
      <Show when={sync.followed() === undefined && sync.views().length > 0}>
        <span class="ellipsis">{t('shared.can_follow', { names: joined(sync.views().map((view) => view.by)) })}</span>
      </Show>
      <span class="hint wall-attribution">{desk.start.attribution}</span>
      <span class="wall-progress" style={{ transform: `scaleX(${progressOf(props.tour, desk.now())})` }} />
    </footer>
  );
}

/** What interrupted the tour: the facts, the place, and the picture of the camera that sees it best. */
function Banner(props: { by: Interruption }) {
  const desk = useDesk();
  const [card, setCard] = createSignal<Card>();
  const [broken, setBroken] = createSignal(false);
  onMount(() => {
    void desk.backend.card(targetOf(props.by)).then((result) => {
      if (result.ok) {
        setCard(result.value);
      }
    });
  });
  const alarm = () => (props.by.kind === 'alarm' ? props.by.alarm : undefined);
  const event = () => (props.by.kind === 'event' ? props.by.event : undefined);
  const severity = () => alarm()?.severity ?? event()?.severity ?? 'critical';
  const camera = () => card()?.cameras.find((near) => near.in_view && near.camera.on && near.camera.clips.length > 0);
  return (
    <section class="float banner" data-float data-severity={severity()} role="alert" ref={cover}>
      <header class="banner-head">
        <Shape severity={severity()} quiet />
        <span>
          {alarm() === undefined
            ? `${t('wall.new_event')} · ${word('level', event()?.level ?? '')}`
            : t('wall.new_alarm')}
        </span>
        <span class="num banner-age">{age(desk.now(), alarm()?.since ?? event()?.happened_at ?? desk.now())}</span>
      </header>
      <div class="banner-body">
        <div class="banner-facts">
          <h2>{alarm()?.name ?? event()?.title}</h2>
          <Show when={alarm()}>
            {(row) => (
              <p class="banner-value num">
                {quantity(row().value)}
                <span class="unit">{unitWords(row().unit)}</span>
                <span class="banner-limit">{t('alarm.limit', { value: plainNumber(row().limit) })}</span>
              </p>
            )}
          </Show>
          <Show when={event()}>
            {(row) => (
              <p class="banner-words">
                {word('category', row().category)} · {word('status', row().status)} · {word('source', row().source)}
              </p>
            )}
          </Show>
        </div>
        <Show when={!broken() && camera()}>
          {(near) => (
            <figure class="banner-clip">
              <video
                src={near().camera.clips[0]?.url}
                autoplay
                loop
                muted
                playsinline
                onError={() => setBroken(true)}
              />
              <figcaption class="ellipsis">
                {t('wall.camera', { name: near().name })} {distance(near().distance_m)}
              </figcaption>
            </figure>
          )}
        </Show>
      </div>
    </section>
  );
}
