// What history holds, what it may take, and what of it cannot be read.

import { createEffect, createSignal, For, on, Show } from 'solid-js';
import { useDesk } from '../../state/desk';
import { t } from '../../state/texts';
import { bytesText, moment, quantity, stretch } from '../../state/time';

const GIB = 2 ** 30;
/** What can be asked for: days, and GiB. */
const DAYS = { least: 1, most: 3650 } as const;
const SIZE = { least: 1, most: 16_384 } as const;

export function HistoryPanel() {
  const desk = useDesk();
  const held = () => desk.update.history;
  const facts = (): [string, string][] => [
    [t('history.from'), held().from === null ? t('age.none') : moment(held().from ?? 0)],
    [t('history.days'), t('history.days_of', { n: held().days, of: held().keep_days })],
    [t('history.size'), t('history.size_of', { n: bytesText(held().bytes), of: bytesText(held().keep_bytes) })],
  ];
  return (
    <div class="drawer-page history-page scrolls">
      <section>
        <h3>{t('history.holds')}</h3>
        <dl class="facts">
          <For each={facts()}>
            {([name, value]) => (
              <>
                <dt>{name}</dt>
                <dd class="num">{value}</dd>
              </>
            )}
          </For>
        </dl>
        <progress
          class="history-share"
          max="1"
          value={held().keep_bytes === 0 ? 0 : Math.min(1, held().bytes / held().keep_bytes)}
        />
      </section>
      <Limits />
      <section>
        <h3>{t('history.damaged')}</h3>
        <ul class="drawer-list">
          <For each={held().damaged} fallback={<li class="hint">{t('history.sound')}</li>}>
            {(one) => (
              <li class="num">
                {stretch(one.from, one.to)} · {t('history.damaged_series', { n: quantity(one.series) })}
                <Show when={one.reason !== ''}> · {one.reason}</Show>
              </li>
            )}
          </For>
        </ul>
        <Show when={held().damaged.length > 0}>
          <p class="hint">{t('history.damaged_hint')}</p>
        </Show>
      </section>
    </div>
  );
}

function Limits() {
  const desk = useDesk();
  const [days, setDays] = createSignal('');
  const [gib, setGib] = createSignal('');
  // What the host keeps is shown until somebody types.
  createEffect(
    on(
      () => [desk.update.history.keep_days, desk.update.history.keep_bytes],
      ([keepDays = 0, keepBytes = 0]) => {
        setDays(String(keepDays));
        setGib(String(Math.round((keepBytes / GIB) * 10) / 10));
      },
    ),
  );
  const within = (text: string, { least, most }: { least: number; most: number }) =>
    text.trim() !== '' && Number(text) >= least && Number(text) <= most;
  const isGood = () => within(days(), DAYS) && within(gib(), SIZE);
  const isLess = () => Number(days()) < desk.update.history.days || Number(gib()) * GIB < desk.update.history.bytes;
  return (
    <section>
      <h3>{t('history.keep')}</h3>
      <form
        class="history-limits"
        onSubmit={(event) => {
          event.preventDefault();
          if (isGood()) {
            desk.attempt(desk.backend.setHistoryLimits(Math.round(Number(days())), Math.round(Number(gib()) * GIB)));
          }
        }}
      >
        <label>
          <span>{t('history.keep_days')}</span>
          <input
            type="number"
            class="strip-field num"
            min={DAYS.least}
            max={DAYS.most}
            value={days()}
            onInput={(event) => setDays(event.currentTarget.value)}
          />
        </label>
        <label>
          <span>{t('history.keep_size')}</span>
          <input
            type="number"
            class="strip-field num"
            min={SIZE.least}
            max={SIZE.most}
            step="any"
            value={gib()}
            onInput={(event) => setGib(event.currentTarget.value)}
          />
        </label>
        <button type="submit" disabled={!isGood()}>
          {t('history.apply')}
        </button>
      </form>
      <p class="hint" role="status">
        {isGood() ? (isLess() ? t('history.less') : t('history.keep_hint')) : t('history.refused')}
      </p>
    </section>
  );
}
