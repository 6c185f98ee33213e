// The top bar: which city, what time, how the desk stands with its sources, who sits here.

import './topbar.css';
import { createSignal, For, Show } from 'solid-js';
import { useActs } from '../../state/acts';
import { cover } from '../../state/covers';
import { useDesk } from '../../state/desk';
import { either, language, t } from '../../state/texts';
import { age, clockTime, dateWords, quantity } from '../../state/time';
import { DutyDue } from '../duty/DutyDue';
import { WindowsMenu } from '../torn/WindowsMenu';
import { ActorChooser } from './ActorChooser';
import { SoundControl } from './SoundControl';
import { ConnectionPill, DesksPill, OutboxPill } from './SyncPills';

export function TopBar() {
  const desk = useDesk();
  const acts = useActs();
  return (
    <header class="topbar">
      <h1 class="topbar-city">{either({ zh: desk.start.city_zh, en: desk.start.city_en })}</h1>
      <Show when={desk.start.is_synthetic}>
        <span class="synthetic" title={t('card.synthetic')}>
          {t('topbar.synthetic')}
        </span>
      </Show>
      <div class="topbar-clock" classList={{ aside: desk.past() }}>
        <Show when={desk.past()}>
          <span class="topbar-now">{t('time.now')}</span>
        </Show>
        <time class="topbar-time num">{clockTime(desk.now())}</time>
        <span class="topbar-date num">{dateWords(desk.now())}</span>
      </div>
      <span class="topbar-mode">{t(`mode.${desk.mode}`)}</span>
      <ConnectionPill />
      <SourceHealth />
      <OutboxPill />
      <span class="topbar-space" />
      <button type="button" class="topbar-search" aria-keyshortcuts="Control+K" onClick={() => acts.setSearching(true)}>
        <span>{t('search.button')}</span>
        <kbd>Ctrl+K</kbd>
      </button>
      <SoundControl />
      <DesksPill />
      <WindowsMenu />
      <DutyDue />
      <ActorChooser />
      <fieldset class="topbar-languages">
        <legend class="hidden-words">{t('topbar.language')}</legend>
        <For each={[['zh-CN', '中'] as const, ['en', 'EN'] as const]}>
          {([code, label]) => (
            <button
              type="button"
              lang={code}
              aria-pressed={language() === code}
              onClick={() => desk.changeLanguage(code)}
            >
              {label}
            </button>
          )}
        </For>
      </fieldset>
      <button
        type="button"
        class="quiet topbar-help"
        title={t('topbar.help_open')}
        onClick={() => acts.setHelping(!acts.helping())}
      >
        {t('topbar.help')} <kbd>?</kbd>
      </button>
    </header>
  );
}

function SourceHealth() {
  const desk = useDesk();
  const [open, setOpen] = createSignal(false);
  let wrapper: HTMLSpanElement | undefined;
  const facts = (): [string, string][] => [
    [t('health.devices'), quantity(desk.update.things)],
    [t('health.devices_late'), quantity(desk.update.things_late)],
    [t('health.rate_label'), quantity(desk.update.observations_per_second)],
    [t('health.newest'), desk.update.newest === null ? t('age.none') : age(desk.now(), desk.update.newest)],
    [t('health.queued'), quantity(desk.update.queued)],
    [t('health.tiles'), `${desk.update.tiles[0]} / ${desk.update.tiles[1]}`],
  ];
  const close = (event: FocusEvent) => {
    if (!(event.relatedTarget instanceof Node && wrapper?.contains(event.relatedTarget))) {
      setOpen(false);
    }
  };
  return (
    <span
      class="health"
      ref={(element) => {
        wrapper = element;
      }}
      onFocusOut={close}
    >
      <button
        type="button"
        class="quiet health-button"
        aria-expanded={open()}
        title={t('health.open')}
        onClick={() => setOpen(!open())}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && open()) {
            event.preventDefault();
            setOpen(false);
          }
        }}
      >
        <span class="hint">{t('health.title')}</span>
        <span class="num">{t('health.summary', { n: quantity(desk.update.things) })}</span>
        <Show when={desk.update.things_late > 0}>
          <span class="num health-late">{t('health.late', { n: quantity(desk.update.things_late) })}</span>
        </Show>
        <span class="num health-rate">{t('health.rate', { n: quantity(desk.update.observations_per_second) })}</span>
        <Show when={desk.update.problems.length > 0}>
          <span class="num health-problems">{t('health.problems', { n: desk.update.problems.length })}</span>
        </Show>
      </button>
      <Show when={open()}>
        <section class="health-popover" ref={cover} aria-label={t('health.title')} tabindex="-1">
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
          <h2>{t('health.problems_title')}</h2>
          <ul class="health-list scrolls">
            <For each={desk.update.problems} fallback={<li class="hint">{t('health.no_problems')}</li>}>
              {(problem) => (
                <li>
                  <p>
                    <span class="hint num">{clockTime(problem.at)}</span> {problem.reason}
                  </p>
                  <p class="hint ellipsis">
                    {problem.source} · {problem.place}
                  </p>
                </li>
              )}
            </For>
          </ul>
        </section>
      </Show>
    </span>
  );
}
