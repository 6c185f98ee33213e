// The page of an alarm: what, where and how bad, its trend with limits, what was done, and what is around it.

import { createEffect, createMemo, createSignal, For, on, Show } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { AlarmDetailDto, ApiError, Card, SeriesDto } from '../../generated/wire';
import { Shape } from '../../parts/Shape';
import { useActs } from '../../state/acts';
import { ALL_ALARMS } from '../../state/alarm_query';
import { ACT_KEYS, ACTS, aboutWords, type BarAct, WAY_BACK } from '../../state/alarm_words';
import { useAlarms } from '../../state/alarms';
import { everyAtMost, useDesk } from '../../state/desk';
import { isReal, markOf } from '../../state/standing';
import { language, t, word } from '../../state/texts';
import { duration, moment, plainNumber, quantity, unitWords } from '../../state/time';
import { AlarmBefore, AlarmNear, AlarmSteps } from './AlarmAround';
import { AlarmPast, AlarmPlans, MakeEvent } from './AlarmPast';
import { SeeingCameras } from './Cameras';
import { Code, Reading } from './Reading';
import { Section } from './Section';
import { TrendChart } from './TrendChart';

/** How often the page is read again. */
const READ_MILLIS = 1000;
/** From where an area is looked at that has no symbol to fly to, metres and degrees. */
const LOOK = { distance_m: 600, pitch_deg: 50 } as const;

export function AlarmCard(props: { id: string; card: Card | undefined }) {
  const desk = useDesk();
  const alarms = useAlarms();
  const [held, setHeld] = createStore<{ detail?: AlarmDetailDto }>({});
  const [failure, setFailure] = createSignal<ApiError>();
  let asked = 0;
  let shown: string | undefined;

  function read(): void {
    asked += 1;
    const mine = asked;
    const id = props.id;
    void desk.backend.alarm(id).then((result) => {
      // An answer about another alarm, or overtaken by a newer one, is dropped.
      if (mine !== asked) {
        return;
      }
      setFailure(result.ok ? undefined : result.error);
      if (result.ok) {
        setHeld('detail', reconcile(result.value, { key: 'id' }));
        if (shown !== id) {
          shown = id;
          lookAt(result.value);
        }
      }
    });
  }
  /** An alarm of a device is flown to as the device; one of an area has only a place. */
  function lookAt(detail: AlarmDetailDto): void {
    if (detail.row.target === null && detail.position !== null) {
      const [lon, lat] = detail.position;
      desk.attempt(
        desk.backend.goToPlace({ target: [lon, lat, 0], heading_deg: Math.round(desk.twin.heading()), ...LOOK }),
      );
    }
  }
  createEffect(
    on([() => props.id, language], () => {
      setFailure(undefined);
      read();
    }),
  );
  everyAtMost(READ_MILLIS, () => [desk.update.now, desk.update.alarm_board.revision], read);

  const detail = () => (held.detail?.row.id === props.id ? held.detail : undefined);
  function leave(): void {
    alarms.close();
    desk.select(undefined);
  }
  return (
    <Show
      when={detail()}
      fallback={
        <Show
          when={failure()}
          fallback={
            <div class="blank" aria-busy="true">
              <span class="hint">{t('card.loading')}</span>
            </div>
          }
        >
          {(error) => (
            <div class="blank" role="alert">
              <strong>
                {error().code === 'not_found'
                  ? t('alarm_card.gone')
                  : t('alarm_card.failed', { message: error().message })}
              </strong>
              <span class="hint">{t('alarm_card.gone_hint')}</span>
              <button type="button" onClick={leave}>
                {t('card.close')}
              </button>
            </div>
          )}
        </Show>
      }
    >
      {(known) => (
        <>
          <Head detail={known()} card={props.card} onLeave={leave} />
          <Body detail={known()} card={props.card} />
        </>
      )}
    </Show>
  );
}

function Head(props: { detail: AlarmDetailDto; card: Card | undefined; onLeave: () => void }) {
  const desk = useDesk();
  const alarms = useAlarms();
  const row = () => props.detail.row;
  return (
    <div>
      <header class="card-head" classList={{ unreal: !isReal(row()) }}>
        <div class="card-title">
          <Shape severity={row().severity} unreal={!isReal(row())} />
          <h2 title={row().name}>
            <Show when={!isReal(row())}>
              <span class="unreal-word">{markOf(row())}</span>
            </Show>
            {row().name}
          </h2>
          <button
            type="button"
            class="quiet card-close"
            aria-label={t('card.close')}
            title={t('card.close')}
            onClick={() => props.onLeave()}
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="m3 3 10 10M13 3 3 13" stroke="currentColor" stroke-width="1.6" />
            </svg>
          </button>
        </div>
        <div class="card-under">
          <span>{aboutWords(row())}</span>
          <Code code={props.card?.code ?? ''} />
          <Show when={row().target}>
            {(target) => (
              <>
                <button type="button" class="card-fly" onClick={() => desk.flyTo({ ...target() })}>
                  {t('card.fly')}
                </button>
                <button type="button" title={t('alarm_card.device_hint')} onClick={() => alarms.close()}>
                  {t('alarm_card.device')}
                </button>
              </>
            )}
          </Show>
        </div>
      </header>
      <Acts detail={props.detail} />
    </div>
  );
}

/** What is allowed now, each with its key. */
function Acts(props: { detail: AlarmDetailDto }) {
  const acts = useActs();
  const alarms = useAlarms();
  const isAllowed = (act: string) => props.detail.allowed.includes(act);
  const back = (act: BarAct) => {
    const way = WAY_BACK[act];
    return way !== undefined && isAllowed(way) ? way : undefined;
  };
  const offered = () => ACTS.filter((act) => isAllowed(act) || back(act) !== undefined);
  return (
    <div class="alarm-card-acts">
      <p class="alarm-card-state">
        <span classList={{ blinks: props.detail.row.is_blinking }}>{word('alarm_state', props.detail.row.state)}</span>
        <Show when={props.detail.row.acknowledged_by}>
          {(name) => <span class="hint ellipsis">{t('alarm.acknowledged_by', { name: name() })}</span>}
        </Show>
      </p>
      <div class="tool-acts">
        <For each={offered()} fallback={<span class="hint">{t('alarm_card.no_act')}</span>}>
          {(act) => (
            <button
              type="button"
              disabled={alarms.busy()}
              aria-keyshortcuts={ACT_KEYS[act]}
              onClick={() => {
                // What an act asks for is asked beside the list.
                acts.setTab('alarms');
                alarms.actOn(props.detail.row, act);
              }}
            >
              {t(`alarm_act.${back(act) ?? act}`)} <kbd>{ACT_KEYS[act]}</kbd>
            </button>
          )}
        </For>
        <MakeEvent detail={props.detail} />
      </div>
    </div>
  );
}

function Body(props: { detail: AlarmDetailDto; card: Card | undefined }) {
  const series = createMemo(() => seriesOf(props.detail, props.card));
  return (
    <div class="card-body scrolls">
      <Show when={series()}>{(one) => <Reading series={one()} />}</Show>
      <Facts detail={props.detail} />
      {/* High up: a picture opens by itself only where it can be seen. */}
      <Section name="cameras" title={t('card.cameras')}>
        <SeeingCameras target={{ kind: 'alarm', id: props.detail.row.id }} rows={props.detail.cameras} />
      </Section>
      <Show when={series()}>
        {(one) => (
          <Section name="trend" title={t('card.trend')}>
            <TrendChart series={one()} device={props.detail.row.name} />
          </Section>
        )}
      </Show>
      <Section name="alarm_plans" title={t('alarm_card.plans')}>
        <AlarmPlans detail={props.detail} />
      </Section>
      <Section name="alarm_steps" title={t('alarm_card.steps')}>
        <AlarmSteps steps={props.detail.steps} />
      </Section>
      <Consequences detail={props.detail} />
      <Section name="alarm_network" title={t('alarm_card.network')}>
        <h3 class="near-head">{t('alarm_card.upstream')}</h3>
        <AlarmNear rows={props.detail.upstream} empty={t('alarm_card.upstream_none')} />
        <h3 class="near-head">{t('alarm_card.downstream')}</h3>
        <AlarmNear rows={props.detail.downstream} empty={t('alarm_card.downstream_none')} />
      </Section>
      <Section name="alarm_forces" title={t('alarm_card.forces')}>
        <AlarmNear rows={props.detail.forces} empty={t('alarm_card.forces_none')} />
      </Section>
      <Section name="alarm_neighbours" title={t('alarm_card.neighbours')}>
        <AlarmNear rows={props.detail.neighbours} empty={t('alarm_card.neighbours_none')} />
      </Section>
      <Section name="alarm_before" title={t('alarm_card.before')}>
        <AlarmBefore rows={props.detail.before} />
      </Section>
      <Section name="alarm_past" title={t('alarm_card.past')}>
        <AlarmPast id={props.detail.row.id} />
      </Section>
    </div>
  );
}

/** The series of the alarm as the device knows it; as much of it as the alarm says where the device says nothing. */
function seriesOf(detail: AlarmDetailDto, card: Card | undefined): SeriesDto | undefined {
  const { row } = detail;
  if (detail.series === '') {
    return undefined;
  }
  const known = card?.series.find((one) => one.id === detail.series);
  return (
    known ?? {
      id: detail.series,
      name: aboutWords(row),
      unit: row.unit,
      value: row.value,
      happened_at: row.value === null ? null : (row.cleared_at ?? row.since),
      freshness: row.freshness,
      severity: row.severity,
      limits: row.limit === null ? [] : [{ value: row.limit, severity: row.severity }],
      quality: 'good',
      known_at: null,
    }
  );
}

function Facts(props: { detail: AlarmDetailDto }) {
  const desk = useDesk();
  const alarms = useAlarms();
  const row = () => props.detail.row;
  const withUnit = (words: string) => `${words} ${unitWords(row().unit)}`.trim();
  const facts = (): [string, string][] => {
    const { value, limit, cleared_at: cleared, shelved_until: until } = row();
    const rows: [string, string | undefined][] = [
      [
        t('alarm_card.value'),
        value === null || limit === null
          ? undefined
          : t('alarm_card.value_of', {
              value: withUnit(quantity(value)),
              limit: withUnit(plainNumber(limit)),
            }),
      ],
      [t('alarm_card.since'), `${moment(row().since)} · ${duration((cleared ?? desk.now()) - row().since)}`],
      [t('alarm_card.cleared'), cleared === null ? undefined : moment(cleared)],
      [t('alarm_card.shelved_until'), until === null ? undefined : moment(until)],
      [t('alarm_card.rule'), row().rule === '' ? t('alarm_card.own_limits') : row().rule],
      [t('alarm_card.about'), props.detail.about === '' ? undefined : props.detail.about],
      [t('alarm_card.area'), row().area === '' ? undefined : row().area],
      [t('alarm_card.groups'), row().groups.length === 0 ? undefined : row().groups.join(t('groups.and'))],
    ];
    return rows.filter((one): one is [string, string] => one[1] !== undefined);
  };
  return (
    <>
      <dl class="facts card-facts">
        <For each={facts()}>
          {([name, value]) => (
            <>
              <dt>{name}</dt>
              <dd class="num">{value}</dd>
            </>
          )}
        </For>
      </dl>
      <Show when={row().cause}>
        {(cause) => (
          <p class="alarm-cause">
            {t('alarm_card.caused')}{' '}
            <button type="button" onClick={() => alarms.openById(cause())}>
              {t('alarm_card.show_cause')}
            </button>
          </p>
        )}
      </Show>
    </>
  );
}

function Consequences(props: { detail: AlarmDetailDto }) {
  const acts = useActs();
  const alarms = useAlarms();
  return (
    <Show when={props.detail.row.consequences > 0 || props.detail.consequences.length > 0}>
      <Section
        name="alarm_consequences"
        title={t('alarm_card.consequences', { n: quantity(props.detail.row.consequences, 0) })}
      >
        <AlarmNear rows={props.detail.consequences} empty={t('alarm_card.consequences_none')} />
        <button
          type="button"
          class="tool-wide"
          onClick={() => {
            acts.setTab('alarms');
            alarms.list.setQuery({ ...ALL_ALARMS, cause: props.detail.row.id });
          }}
        >
          {t('alarm_card.consequences_list')}
        </button>
      </Section>
    </Show>
  );
}
