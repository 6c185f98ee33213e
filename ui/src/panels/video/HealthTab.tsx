// How the cameras do: rates by division and owner, the last week hour by hour, and the work list for repair.

import './rights.css';
import { createSignal, For, Show } from 'solid-js';
import type { VideoHealthByDto, VideoHealthDto, VideoRateDto } from '../../generated/wire';
import { createAsked } from '../../state/asked';
import { useDesk } from '../../state/desk';
import { language, t, word } from '../../state/texts';
import { moment, quantity } from '../../state/time';
import { useVideo } from '../../state/video';
import { percent } from '../../state/video_words';
import { VideoRead } from './parts';
import { WorkList } from './WorkList';

const BY = ['division', 'owner'] as const satisfies readonly VideoHealthByDto[];
/** Below this rate a row is told apart by its weight. */
const POOR = 0.95;
/** The drawing of the last hours. */
const CHART = { width: 336, height: 48 } as const;

export function HealthTab() {
  const desk = useDesk();
  const video = useVideo();
  const [by, setBy] = createSignal<VideoHealthByDto>('division');
  const health = createAsked(
    () => [by(), language(), video.board().catalogue_revision],
    () => desk.backend.videoHealth(by()),
  );
  return (
    <div class="health-tab">
      <section class="health-rates" aria-label={t('video.rates')}>
        <div class="health-head">
          <h3>{t('video.rates')}</h3>
          <div class="choices-row" role="group" aria-label={t('video.rates_by')}>
            <For each={BY}>
              {(one) => (
                <button type="button" aria-pressed={by() === one} onClick={() => setBy(one)}>
                  {t(`video.by_${one}`)}
                </button>
              )}
            </For>
          </div>
        </div>
        <VideoRead isKnown={health.value() !== undefined} failure={health.failure()} onRetry={health.read}>
          <Show when={health.value()}>{(known) => <Rates health={known()} by={by()} />}</Show>
        </VideoRead>
      </section>
      <WorkList />
    </div>
  );
}

function Rates(props: { health: VideoHealthDto; by: VideoHealthByDto }) {
  return (
    <div class="health-body scrolls" role="region" tabindex="0" aria-label={t('video.rates')}>
      <Show when={props.health.all}>{(all) => <All all={all()} health={props.health} />}</Show>
      <Show
        when={props.health.rows.length > 0}
        fallback={
          <div class="blank">
            <strong>{t('video.rates_none')}</strong>
            <span class="hint">{t('video.tree_empty_hint')}</span>
          </div>
        }
      >
        <table class="page-table num">
          <thead>
            <tr>
              <th scope="col">{t(`video.by_${props.by}`)}</th>
              <th scope="col">{t('video.channels')}</th>
              <th scope="col">{t('video.online_now')}</th>
              <th scope="col">{t('video.online_rate')}</th>
              <th scope="col">{t('video.intact_rate')}</th>
            </tr>
          </thead>
          <tbody>
            <For each={props.health.rows}>{(row) => <Row row={row} by={props.by} />}</For>
          </tbody>
        </table>
      </Show>
    </div>
  );
}

function All(props: { all: VideoRateDto; health: VideoHealthDto }) {
  const video = useVideo();
  const rate = (value: number | null) => (value === null ? t('video.rate_unknown') : percent(value));
  return (
    <>
      <dl class="health-figures num">
        <div>
          <dt>{t('video.online_rate')}</dt>
          <dd>{rate(props.all.online_rate)}</dd>
        </div>
        <div>
          <dt>{t('video.intact_rate')}</dt>
          <dd>{rate(props.all.intact_rate)}</dd>
        </div>
        <div>
          <dt>{t('video.online_now')}</dt>
          <dd>
            {quantity(props.all.online, 0)}
            <span class="unit">/ {quantity(props.all.channels, 0)}</span>
          </dd>
        </div>
        <For each={props.health.faults}>
          {(fault) => (
            <div>
              <dt>{word('video.work', fault.word)}</dt>
              <dd>{quantity(fault.count, 0)}</dd>
            </div>
          )}
        </For>
      </dl>
      <Hours hours={props.health.by_hour} />
      <p class="hint health-note">
        {t('video.rates_note')}{' '}
        <button
          type="button"
          class="quiet"
          onClick={() => {
            video.list.change({ statuses: ['off', 'video_lost', 'defect'] });
            video.setView('list');
            video.setTab('catalogue');
          }}
        >
          {t('video.list_off')}
        </button>
      </p>
    </>
  );
}

/** The online rate hour by hour; the lowest decides how much of the scale is drawn. */
function Hours(props: { hours: readonly (readonly [number, number])[] }) {
  const least = () => Math.max(0, Math.floor(Math.min(1, ...props.hours.map(([, rate]) => rate)) * 10) / 10 - 0.1);
  const points = () => {
    const from = props.hours[0]?.[0] ?? 0;
    const span = Math.max(1, (props.hours.at(-1)?.[0] ?? 1) - from);
    return props.hours
      .map(([at, rate]) => {
        const x = ((at - from) / span) * CHART.width;
        const y = CHART.height * (1 - (rate - least()) / Math.max(0.01, 1 - least()));
        return `${x.toFixed(1)},${y.toFixed(1)}`;
      })
      .join(' ');
  };
  const words = () =>
    t('video.hours_words', {
      from: moment(props.hours[0]?.[0] ?? 0).slice(0, 11),
      to: moment(props.hours.at(-1)?.[0] ?? 0).slice(0, 11),
      least: percent(Math.min(1, ...props.hours.map(([, rate]) => rate))),
    });
  return (
    <Show when={props.hours.length > 1}>
      <figure class="health-hours">
        <svg viewBox={`0 0 ${CHART.width} ${CHART.height}`} preserveAspectRatio="none" role="img" aria-label={words()}>
          <polyline points={points()} fill="none" stroke="currentColor" vector-effect="non-scaling-stroke" />
        </svg>
        <figcaption class="hint num">
          {t('video.hours', { least: percent(least()) })} · {words()}
        </figcaption>
      </figure>
    </Show>
  );
}

function Row(props: { row: VideoRateDto; by: VideoHealthByDto }) {
  const video = useVideo();
  const rate = (value: number | null) => (value === null ? '—' : percent(value));
  const isPoor = () => (props.row.online_rate ?? props.row.online / Math.max(1, props.row.channels)) < POOR;
  function list(): void {
    video.list.under({ id: props.row.id, name: props.row.name }, 'civil');
    video.setView('list');
    video.setTab('catalogue');
  }
  return (
    <tr classList={{ poor: isPoor() }}>
      <th scope="row">
        <Show when={props.by === 'division'} fallback={props.row.name}>
          <button type="button" class="quiet" onClick={list}>
            {props.row.name}
          </button>
        </Show>
      </th>
      <td>{quantity(props.row.channels, 0)}</td>
      <td>{quantity(props.row.online, 0)}</td>
      <td class="rate-online">{rate(props.row.online_rate)}</td>
      <td>{rate(props.row.intact_rate)}</td>
    </tr>
  );
}
