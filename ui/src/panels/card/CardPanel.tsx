// The right panel: everything about what is selected, newest first, at the moment shown; an alarm and an event have pages of
// their own. While a report is written, its form stands here.

import './card.css';
import { createEffect, createMemo, createSignal, For, Match, on, Show, Switch } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { ApiError, Card, OriginDto, SeriesDto } from '../../generated/wire';
import { Shape } from '../../parts/Shape';
import { useAlarms } from '../../state/alarms';
import { useCases } from '../../state/cases';
import { everyAtMost, sameTarget, useDesk } from '../../state/desk';
import { knowingWords, pastKind } from '../../state/past';
import { worse } from '../../state/severity';
import { isReal, markOf } from '../../state/standing';
import { t, word } from '../../state/texts';
import { moment, quantity } from '../../state/time';
import { EventPage } from '../events/EventPage';
import { ReportForm } from '../events/ReportForm';
import { AlarmCard } from './AlarmCard';
import { Assume } from './Assume';
import { CameraFacts, CamerasNearby } from './Cameras';
import { EventFacts } from './EventFacts';
import { Code, Reading } from './Reading';
import { Section } from './Section';
import { TrendChart } from './TrendChart';

/** How often the card is read again while something is selected. */
const READ_MILLIS = 1000;

export function CardPanel() {
  const desk = useDesk();
  const alarms = useAlarms();
  const cases = useCases();
  const [held, setHeld] = createStore<{ card?: Card }>({});
  const [failure, setFailure] = createSignal<ApiError>();
  let asked = 0;

  function read(): void {
    const target = desk.selected();
    asked += 1;
    const mine = asked;
    if (target === undefined) {
      return;
    }
    void desk.backend.card(target).then((result) => {
      // An answer about something no longer selected, or overtaken by a newer one, is dropped.
      if (mine !== asked) {
        return;
      }
      setFailure(result.ok ? undefined : result.error);
      if (result.ok) {
        setHeld('card', reconcile(result.value, { key: 'id' }));
      }
    });
  }
  createEffect(
    on(desk.selected, () => {
      setFailure(undefined);
      read();
    }),
  );
  everyAtMost(READ_MILLIS, () => [desk.update.now, desk.update.shown], read);

  const card = () => (held.card !== undefined && sameTarget(held.card.target, desk.selected()) ? held.card : undefined);
  return (
    <aside class="card" aria-label={t('card.region')}>
      <Switch fallback={<Empty />}>
        <Match when={desk.live() && cases.report() !== undefined}>
          {/* Another report has fields of its own. */}
          <Show when={cases.report()?.begun} keyed>
            <Show when={cases.report()}>{(report) => <ReportForm report={report()} />}</Show>
          </Show>
        </Match>
        <Match when={cases.detail()}>{(detail) => <EventPage detail={detail()} />}</Match>
        <Match when={cases.opened() !== undefined && cases.detailFailure() === undefined}>
          <div class="blank" aria-busy="true">
            <span class="hint">{t('card.loading')}</span>
          </div>
        </Match>
        <Match when={!desk.past() && alarms.opened()}>{(id) => <AlarmCard id={id()} card={card()} />}</Match>
        <Match when={desk.selected() !== undefined && failure()}>
          {(error) => (
            <div class="blank" role="alert">
              <strong>
                {error().code === 'not_found' ? t('card.gone') : t('card.failed', { message: error().message })}
              </strong>
              <span class="hint">{t('card.gone_hint')}</span>
              <button type="button" onClick={() => desk.select(undefined)}>
                {t('card.close')}
              </button>
            </div>
          )}
        </Match>
        <Match when={card()}>{(known) => <Filled card={known()} />}</Match>
        <Match when={desk.selected() !== undefined}>
          <div class="blank" aria-busy="true">
            <span class="hint">{t('card.loading')}</span>
          </div>
        </Match>
      </Switch>
    </aside>
  );
}

function Empty() {
  return (
    <div class="blank card-empty">
      <svg viewBox="0 0 48 48" aria-hidden="true">
        <circle cx="24" cy="24" r="11" fill="none" stroke="currentColor" stroke-width="2" />
        <path d="M24 4v9M24 35v9M4 24h9M35 24h9" fill="none" stroke="currentColor" stroke-width="2" />
      </svg>
      <strong>{t('card.empty')}</strong>
      <span>{t('card.empty_hint')}</span>
      <span class="hint">{t('card.empty_search')}</span>
    </div>
  );
}

function Filled(props: { card: Card }) {
  const desk = useDesk();
  const [chosen, setChosen] = createSignal(0);
  // Another thing starts with its first series again.
  createEffect(on([() => props.card.target.kind, () => props.card.target.id], () => setChosen(0)));
  const main = createMemo(() => props.card.series[chosen()] ?? props.card.series[0]);
  const severity = () =>
    props.card.event?.severity ??
    props.card.series.reduce((worst, series) => worse(worst, series.severity), 'normal' as SeriesDto['severity']);
  const isUnreal = () => props.card.event !== null && !isReal(props.card.event);
  const name = () =>
    props.card.name === '' ? t('card.unnamed', { kind: word('kind', props.card.kind) }) : props.card.name;
  return (
    <>
      <div>
        <Show when={desk.past()}>
          <p class="card-past num" classList={{ branch: desk.branch() !== undefined }}>
            <strong>{pastKind(desk)}</strong> {moment(desk.shown())} · {knowingWords(desk)}
          </p>
        </Show>
        <header class="card-head" classList={{ unreal: isUnreal() }}>
          <div class="card-title">
            <Show when={props.card.series.length > 0 || props.card.event !== null}>
              <Shape severity={severity()} unreal={isUnreal()} />
            </Show>
            <h2 title={name()}>
              <Show when={isUnreal() && props.card.event}>
                {(event) => <span class="unreal-word">{markOf(event())}</span>}
              </Show>
              {name()}
            </h2>
            <button
              type="button"
              class="quiet card-close"
              aria-label={t('card.close')}
              title={t('card.close')}
              onClick={() => desk.select(undefined)}
            >
              <svg viewBox="0 0 16 16" aria-hidden="true">
                <path d="m3 3 10 10M13 3 3 13" stroke="currentColor" stroke-width="1.6" />
              </svg>
            </button>
          </div>
          <div class="card-under">
            <span>{word('kind', props.card.kind)}</span>
            <Code code={props.card.code} />
            <button type="button" class="card-fly" onClick={() => desk.flyTo(props.card.target)}>
              {t('card.fly')}
            </button>
          </div>
        </header>
      </div>
      <div class="card-body scrolls">
        <Show when={main()}>{(series) => <Reading series={series()} />}</Show>
        <Show when={desk.branch() !== undefined && main()}>{(series) => <Assume series={series()} />}</Show>
        <Show when={props.card.series.length > 1}>
          <div class="card-series" role="tablist" aria-label={t('card.series')}>
            <For each={props.card.series}>
              {(series, i) => (
                <button type="button" role="tab" aria-selected={i() === chosen()} onClick={() => setChosen(i())}>
                  {series.name}
                  <span class="num value">{series.value === null ? '—' : quantity(series.value)}</span>
                </button>
              )}
            </For>
          </div>
        </Show>
        <Show when={props.card.event}>{(event) => <EventFacts event={event()} />}</Show>
        <Show when={props.card.camera}>
          {(camera) => <CameraFacts id={props.card.target.id} name={name()} camera={camera()} />}
        </Show>
        <Show when={main()}>
          {(series) => (
            <Section name="trend" title={t('card.trend')}>
              <TrendChart series={series()} device={name()} />
            </Section>
          )}
        </Show>
        <Show when={props.card.target.kind !== 'camera'}>
          <Section name="cameras" title={t('card.cameras')}>
            <CamerasNearby cameras={props.card.cameras} />
          </Section>
        </Show>
        <Section name="attributes" title={t('card.attributes')}>
          <dl class="facts">
            <dt>{t('card.position')}</dt>
            <dd class="num">
              {props.card.lon.toFixed(5)}, {props.card.lat.toFixed(5)}
            </dd>
            <For each={props.card.attributes}>
              {(pair) => (
                <>
                  <dt>{pair[0]}</dt>
                  <dd>{pair[1]}</dd>
                </>
              )}
            </For>
          </dl>
          <Show when={props.card.attributes.length === 0}>
            <p class="hint">{t('card.attributes_empty')}</p>
          </Show>
        </Section>
        <Show when={props.card.related.length > 0}>
          <Section name="related" title={t('card.related')}>
            <div class="near">
              <For each={props.card.related}>
                {(one) => (
                  <button type="button" class="quiet related-row" onClick={() => desk.selectAndFly(one.target)}>
                    <span class="ellipsis">
                      {one.name === '' ? `${word('kind', one.kind)} ${one.target.id}` : one.name}
                    </span>
                    <span class="hint">{one.is_whole ? t('card.whole') : t('card.part')}</span>
                  </button>
                )}
              </For>
            </div>
          </Section>
        </Show>
        <Show when={props.card.origin}>{(origin) => <Origin origin={origin()} />}</Show>
      </div>
    </>
  );
}

/** Where what is known comes from, how old it is, and how fine. */
function Origin(props: { origin: OriginDto }) {
  const unknown = () => t('card.unknown');
  return (
    <Section name="origin" title={t('card.origin')}>
      <dl class="facts">
        <dt>{t('card.source')}</dt>
        <dd>{props.origin.source || unknown()}</dd>
        <dt>{t('card.epoch')}</dt>
        <dd class="num">{props.origin.epoch || unknown()}</dd>
        <dt>{t('card.cim_level')}</dt>
        <dd>{props.origin.cim_level}</dd>
        <dt>{t('card.crs')}</dt>
        <dd>{props.origin.crs || unknown()}</dd>
        <dt>{t('card.licence')}</dt>
        <dd>{props.origin.licence || unknown()}</dd>
      </dl>
      <Show when={props.origin.is_synthetic}>
        <p class="hint">{t('card.synthetic')}</p>
      </Show>
    </Section>
  );
}
