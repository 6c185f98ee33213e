// The alarm list of the present: counts, filters, the rows or the lines of a flood, what is hidden, what can be done.

import './alarms.css';
import { For, Match, onCleanup, Show, Switch } from 'solid-js';
import { Shape } from '../../parts/Shape';
import { VirtualRows } from '../../parts/VirtualRows';
import { useActs } from '../../state/acts';
import { ALL_ALARMS, isNarrowed } from '../../state/alarm_query';
import type { Place } from '../../state/alarm_window';
import { useAlarms } from '../../state/alarms';
import { createScale } from '../../state/scale';
import { ALARMING } from '../../state/severity';
import { t } from '../../state/texts';
import { ActBar } from './ActBar';
import { AlarmFilters } from './AlarmFilters';
import { AlarmForm } from './AlarmForm';
import { AlarmLine } from './AlarmLine';
import { AlarmSearch } from './AlarmSearch';
import { FloodHead, FloodLines } from './FloodLines';
import { HiddenLine } from './HiddenLine';

const ROW_DESIGN_PX = 40;

export function AlarmDesk() {
  const acts = useActs();
  const alarms = useAlarms();
  alarms.list.watch();
  acts.listen({
    move: alarms.move,
    go() {
      const line = alarms.lineOfKeys();
      const row = alarms.rowOfKeys();
      if (line !== undefined) {
        alarms.openLine(line);
      } else if (row !== undefined) {
        alarms.setCurrent(row.id);
        alarms.open(row);
      }
    },
    acknowledge: () => alarms.act('acknowledge'),
  });
  return (
    <>
      <Counts />
      <div class="lists-body alarm-desk">
        <AlarmSearch />
        <Show when={alarms.filtersOpen()}>
          <AlarmFilters />
        </Show>
        <Show when={alarms.isFlood()}>
          <FloodHead />
        </Show>
        <Show when={alarms.inLines()} fallback={<Rows />}>
          <FloodLines />
        </Show>
        <Show when={isNarrowed(alarms.list.query()) && alarms.list.total() > 0}>
          <FilterOff />
        </Show>
        <HiddenLine />
        <Show when={alarms.asked()} fallback={<ActBar />}>
          <AlarmForm />
        </Show>
      </div>
    </>
  );
}

function Counts() {
  const alarms = useAlarms();
  return (
    <div class="counts">
      <For each={ALARMING}>
        {(severity, i) => (
          <button
            type="button"
            class="count"
            classList={{ none: alarms.list.counts()[i()] === 0 }}
            aria-pressed={alarms.list.query().severities.includes(severity)}
            aria-keyshortcuts={`Shift+${i() + 1}`}
            title={t('list.filter', { word: t(`severity.${severity}`) })}
            onClick={() => alarms.toggleSeverity(severity)}
          >
            <Shape severity={severity} quiet />
            <span class="count-number num">{alarms.list.counts()[i()]}</span>
            <span class="count-word">{t(`severity.${severity}`)}</span>
          </button>
        )}
      </For>
    </div>
  );
}

function FilterOff() {
  const alarms = useAlarms();
  return (
    <button
      type="button"
      class="quiet lists-foot"
      onClick={() => alarms.list.setQuery({ ...ALL_ALARMS, order: alarms.list.query().order })}
    >
      {t('list.filter_off')}
    </button>
  );
}

function Rows() {
  const { list } = useAlarms();
  return (
    <Switch fallback={<KnownRows />}>
      <Match when={list.total() === 0 && list.failure()}>
        {(message) => (
          <div class="blank" role="alert">
            <strong>{t('alarms.failed', { message: message() })}</strong>
            <span class="hint">{t('alarms.failed_hint')}</span>
            <button type="button" onClick={() => list.read()}>
              {t('app.retry')}
            </button>
          </div>
        )}
      </Match>
      <Match when={!list.answered()}>
        <div class="blank" aria-busy="true">
          <span class="hint">{t('alarms.loading')}</span>
        </div>
      </Match>
      <Match when={list.total() === 0 && isNarrowed(list.query())}>
        <div class="blank">
          <strong>{t('alarms.none_found')}</strong>
          <span class="hint">{t('alarms.none_found_hint')}</span>
          <FilterOff />
        </div>
      </Match>
      <Match when={list.total() === 0}>
        <div class="blank">
          <strong>{t('list.alarms_empty')}</strong>
          <span class="hint">{t('list.alarms_empty_hint')}</span>
        </div>
      </Match>
    </Switch>
  );
}

function KnownRows() {
  const { list } = useAlarms();
  return (
    <>
      <Show when={list.failure()}>
        {(message) => (
          <p class="alarm-failure" role="alert">
            {t('alarms.failed', { message: message() })}
          </p>
        )}
      </Show>
      {/* Another question begins at the top of its list. */}
      <Show when={list.query()} keyed>
        <RowsOf />
      </Show>
    </>
  );
}

function RowsOf() {
  const alarms = useAlarms();
  const { list } = alarms;
  const scale = createScale();
  function leave(): void {
    alarms.point(undefined);
    list.release();
  }
  onCleanup(leave);
  return (
    <div class="alarm-rows">
      <Show when={list.waiting() > 0}>
        <button type="button" class="lists-updates" title={t('list.updates_apply')} onClick={() => list.hold()}>
          <span class="num">{t('list.updates', { n: list.waiting() })}</span>
        </button>
      </Show>
      <VirtualRows<Place>
        label={t('list.alarms')}
        rows={list.places()}
        rowPx={ROW_DESIGN_PX * scale()}
        current={alarms.current()}
        idPrefix="alarm"
        isMany
        onSight={(first, last) => list.see(first, last)}
        onEnter={() => list.hold()}
        onLeave={leave}
      >
        {(place, index) => <AlarmLine place={place} index={index} />}
      </VirtualRows>
    </div>
  );
}
