// The menu of the windows, in the top bar: which panels stand in windows of their own, and on which screen one can be put.

import './torn.css';
import { For, Show } from 'solid-js';
import type { PanelDto, ScreenDto } from '../../generated/wire';
import { cover } from '../../state/covers';
import { PANELS } from '../../state/panels';
import { t } from '../../state/texts';
import { useTorn } from '../../state/torn';
import { WindowMark } from './TearOff';

export function WindowsMenu() {
  const torn = useTorn();
  let wrapper: HTMLSpanElement | undefined;
  let door: HTMLButtonElement | undefined;
  const leave = (event: FocusEvent) => {
    if (!(event.relatedTarget instanceof Node && wrapper?.contains(event.relatedTarget))) {
      torn.setMenuOpen(false);
    }
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && torn.menuOpen()) {
      event.preventDefault();
      torn.setMenuOpen(false);
      door?.focus();
    }
  };
  const words = () =>
    torn.panels().length === 0 ? t('torn.menu') : `${t('torn.menu')} · ${t('torn.count', { n: torn.panels().length })}`;
  return (
    <span
      class="windows"
      ref={(element) => {
        wrapper = element;
      }}
      onFocusOut={leave}
    >
      <button
        type="button"
        class="quiet windows-door"
        aria-label={words()}
        title={`${words()} (Shift+W)`}
        aria-expanded={torn.menuOpen()}
        aria-keyshortcuts="Shift+W"
        ref={(element) => {
          door = element;
        }}
        onClick={() => torn.setMenuOpen(!torn.menuOpen())}
        onKeyDown={onKey}
      >
        <WindowMark />
        <Show when={torn.panels().length > 0}>
          <span class="num">{torn.panels().length}</span>
        </Show>
      </button>
      <Show when={torn.menuOpen()}>
        <Menu onKey={onKey} />
      </Show>
    </span>
  );
}

function Menu(props: { onKey: (event: KeyboardEvent) => void }) {
  const begin = (element: HTMLElement) => {
    cover(element);
    element.addEventListener('keydown', (event) => props.onKey(event));
    // Opened by a key too: the focus goes along, and leaving it closes the menu.
    queueMicrotask(() => element.focus());
  };
  return (
    <section class="windows-menu" aria-label={t('torn.menu')} tabindex="-1" ref={begin}>
      <h2>{t('torn.menu')}</h2>
      <ul class="windows-list">
        <For each={PANELS}>{(panel) => <Row panel={panel} />}</For>
      </ul>
      <p class="hint">{t('torn.menu_hint')}</p>
    </section>
  );
}

function Row(props: { panel: PanelDto }) {
  const torn = useTorn();
  const name = () => t(`torn.panel.${props.panel}`);
  const isElsewhere = () => torn.isElsewhere(props.panel);
  return (
    <li class="windows-row">
      <span class="windows-name">{name()}</span>
      <span class="windows-acts">
        <Show when={torn.screens().length > 1} fallback={<One panel={props.panel} name={name()} />}>
          <For each={torn.screens()}>
            {(screen, i) => (
              <button
                type="button"
                class="quiet"
                aria-label={t('torn.put', { panel: name(), screen: screenName(screen, i()) })}
                title={screenTitle(screen)}
                onClick={() => torn.tearOff(props.panel, screen.id)}
              >
                {screenName(screen, i())}
              </button>
            )}
          </For>
        </Show>
        <Show when={isElsewhere()}>
          <button
            type="button"
            aria-label={t('torn.back_named', { panel: name() })}
            onClick={() => torn.bringBack(props.panel)}
          >
            {t('torn.back')}
          </button>
        </Show>
      </span>
    </li>
  );
}

/** With one screen there is nothing to choose. */
function One(props: { panel: PanelDto; name: string }) {
  const torn = useTorn();
  const isElsewhere = () => torn.isElsewhere(props.panel);
  return (
    <button
      type="button"
      class="quiet"
      aria-label={
        isElsewhere() ? t('torn.show_named', { panel: props.name }) : t('torn.tear_off', { panel: props.name })
      }
      onClick={() => torn.tearOff(props.panel)}
    >
      {isElsewhere() ? t('torn.show') : t('torn.own_window')}
    </button>
  );
}

function screenName(screen: ScreenDto, i: number): string {
  return t(screen.has_main ? 'torn.screen_main' : 'torn.screen', { n: i + 1 });
}

function screenTitle(screen: ScreenDto): string {
  return [screen.name, `${screen.width}×${screen.height}`].filter((part) => part !== '').join(' · ');
}
