// How much the alarms ask of the people here: figures against EEMUA 191 and ISA-18.2, for the shift leader.

import './load.css';
import { createEffect, createSignal, For, type JSX, on, Show } from 'solid-js';
import type { AlarmLoadDto, LoadTopDto } from '../../generated/wire';
import { Shape } from '../../parts/Shape';
import { barPath, barTop, FLOOD_LIMIT, loadLines, MIX_TARGET, percent, SPANS } from '../../state/alarm_load';
import { everyAtMost, useDesk } from '../../state/desk';
import { ALARMING } from '../../state/severity';
import { language, t, word } from '../../state/texts';
import { MINUTE, quantity, stretch } from '../../state/time';

/** Figures of hours do not change by the second. */
const READ_MILLIS = 30_000;
const BARS_HEIGHT = 60;

/** The span chosen last. */
const [span, setSpan] = createSignal<number>(SPANS[0].millis);

export function LoadPanel() {
  const desk = useDesk();
  const [load, setLoad] = createSignal<AlarmLoadDto>();
  const [failure, setFailure] = createSignal<string>();
  let asked = 0;

  function read(): void {
    asked += 1;
    const mine = asked;
    const to = Math.round(desk.shown());
    void desk.backend.alarmLoad({ from: to - span(), to }).then((result) => {
      if (mine !== asked) {
        return;
      }
      setFailure(result.ok ? undefined : result.error.message);
      setLoad(result.ok ? result.value : undefined);
    });
  }
  createEffect(
    on([span, language], () => {
      setLoad(undefined);
      read();
    }),
  );
  everyAtMost(READ_MILLIS, () => Math.floor(desk.update.now / MINUTE), read);

  return (
    <div class="drawer-page load-page scrolls">
      <div class="load-head">
        <fieldset class="choices-row load-spans">
          <legend class="hidden-words">{t('load.span')}</legend>
          <For each={SPANS}>
            {(one) => (
              <button type="button" aria-pressed={span() === one.millis} onClick={() => setSpan(one.millis)}>
                {t(one.words)}
              </button>
            )}
          </For>
        </fieldset>
        <Show when={load()}>{(known) => <span class="hint num">{stretch(known().from, known().to)}</span>}</Show>
        <span class="hint">{t('load.source')}</span>
      </div>
      <Show
        when={load()}
        fallback={
          <Show
            when={failure()}
            fallback={
              <div class="blank" aria-busy="true">
                <span class="hint">{t('load.loading')}</span>
              </div>
            }
          >
            {(message) => (
              <div class="blank" role="alert">
                <strong>{t('load.failed', { message: message() })}</strong>
                <span class="hint">{t('load.failed_hint')}</span>
                <button type="button" onClick={read}>
                  {t('app.retry')}
                </button>
              </div>
            )}
          </Show>
        }
      >
        {(known) => (
          <Show
            when={known().before.count > 0}
            fallback={
              <div class="blank">
                <strong>{t('load.empty')}</strong>
                <span class="hint">{t('load.empty_hint')}</span>
              </div>
            }
          >
            <Figures load={known()} />
            <Bars load={known()} />
            <Mix load={known()} />
            <Top title={t('load.top')} rows={known().top} empty={t('load.top_none')} />
            <Top title={t('load.chattering_list')} rows={known().chattering} empty={t('load.chattering_none')} />
            <Top title={t('load.stale_list')} rows={known().stale} empty={t('load.stale_none')} />
          </Show>
        )}
      </Show>
    </div>
  );
}

function Figures(props: { load: AlarmLoadDto }) {
  return (
    <section aria-label={t('load.figures')}>
      <table class="load-table num">
        <thead>
          <tr>
            <th scope="col">{t('load.figures')}</th>
            <th scope="col">{t('load.before')}</th>
            <th scope="col">{t('load.after')}</th>
            <th scope="col">{t('load.target')}</th>
            <th scope="col">{t('load.verdict')}</th>
          </tr>
        </thead>
        <tbody>
          <For each={loadLines(props.load)}>
            {(line) => (
              <tr data-verdict={line.verdict}>
                <th scope="row">{line.name}</th>
                <td>{line.before}</td>
                <td class="load-after">{line.after}</td>
                <td>{line.target}</td>
                <td>{line.verdict === 'none' ? '' : word('load_verdict', line.verdict)}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </section>
  );
}

/** Ten minutes a bar; what lies above the limit is told by its height, its place and its pattern. */
function Bars(props: { load: AlarmLoadDto }) {
  const bins = () => props.load.ten_minutes;
  const top = () => barTop([...bins(), ...props.load.ten_minutes_before]);
  const line = () => BARS_HEIGHT * (1 - FLOOD_LIMIT / top());
  const over = () => bins().filter((n) => n > FLOOD_LIMIT).length;
  return (
    <section class="load-wide" aria-label={t('load.bars')}>
      <h3>{t('load.bars')}</h3>
      <svg
        class="load-bars"
        viewBox={`0 0 ${Math.max(1, bins().length)} ${BARS_HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t('load.bars_words', {
          n: bins().length,
          over: over(),
          limit: FLOOD_LIMIT,
          most: Math.max(0, ...bins()),
        })}
      >
        <path class="load-bar-before" d={barPath(props.load.ten_minutes_before, top(), BARS_HEIGHT, () => true)} />
        <path class="load-bar" d={barPath(bins(), top(), BARS_HEIGHT, (n) => n <= FLOOD_LIMIT)} />
        <path class="load-bar-over" d={barPath(bins(), top(), BARS_HEIGHT, (n) => n > FLOOD_LIMIT)} />
        <path class="load-limit" d={`M0 ${line()}H${Math.max(1, bins().length)}`} />
      </svg>
      <p class="hint num load-legend">
        <span>
          <i class="load-swatch load-swatch-after" /> {t('load.after')}
        </span>
        <span>
          <i class="load-swatch load-swatch-over" /> {t('load.over', { n: over(), limit: FLOOD_LIMIT })}
        </span>
        <span>
          <i class="load-swatch load-swatch-before" /> {t('load.before')}
        </span>
        <span>{t('load.most', { n: quantity(Math.max(0, ...bins()), 0) })}</span>
      </p>
    </section>
  );
}

/** Priorities, the worst first, each against its share. */
function Mix(props: { load: AlarmLoadDto }) {
  return (
    <section aria-label={t('load.mix')}>
      <h3>{t('load.mix')}</h3>
      <ul class="load-mix num">
        <For each={ALARMING}>
          {(severity, i) => (
            <li>
              <Shape severity={severity} quiet />
              <span>{word('severity', severity)}</span>
              <MixBar share={props.load.after.mix[i()] ?? 0} target={MIX_TARGET[i()] ?? 0} />
              <span>{percent(props.load.after.mix[i()] ?? 0)}</span>
              <span class="hint">{t('load.mix_target', { share: percent(MIX_TARGET[i()] ?? 0) })}</span>
            </li>
          )}
        </For>
      </ul>
    </section>
  );
}

function MixBar(props: { share: number; target: number }): JSX.Element {
  return (
    <svg class="load-mix-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <path class="load-bar" d={`M0 2H${(props.share * 100).toFixed(1)}V8H0Z`} />
      <path class="load-limit" d={`M${(props.target * 100).toFixed(1)} 0V10`} />
    </svg>
  );
}

function Top(props: { title: string; rows: readonly LoadTopDto[]; empty: string }) {
  const desk = useDesk();
  const name = (row: LoadTopDto) => (row.rule === '' ? row.name : `${row.name} · ${row.rule}`);
  return (
    <section aria-label={props.title}>
      <h3>{props.title}</h3>
      <ol class="load-top num">
        <For each={props.rows} fallback={<li class="hint">{props.empty}</li>}>
          {(row) => (
            <li>
              <Show when={row.target} fallback={<span class="ellipsis">{name(row)}</span>}>
                {(target) => (
                  <button
                    type="button"
                    class="quiet ellipsis"
                    title={name(row)}
                    onClick={() => desk.selectAndFly({ ...target() })}
                  >
                    {name(row)}
                  </button>
                )}
              </Show>
              <span>{quantity(row.count, 0)}</span>
              <span class="hint">{percent(row.share)}</span>
            </li>
          )}
        </For>
      </ol>
    </section>
  );
}
