// All keys on one card.

import './help.css';
import { For, onCleanup, Show } from 'solid-js';
import { useActs } from '../../state/acts';
import { cover } from '../../state/covers';
import { type TextKey, t, word } from '../../state/texts';
import { TOOL_KEYS } from '../../state/tool_keys';
import { PANELS } from '../../state/tools';

const KEYS: [string[], TextKey][] = [
  [['Ctrl+K'], 'help.search'],
  [['J', 'K', '↑', '↓'], 'help.move'],
  [['Enter'], 'help.go'],
  [['A'], 'help.acknowledge'],
  [['1', '2'], 'help.tabs'],
  [['L'], 'help.layers'],
  [['Alt+↑', 'Alt+↓'], 'help.layer_move'],
  [['F2'], 'help.layers_page'],
  [['F3'], 'help.performance'],
  [['N'], 'help.north'],
  [['G'], 'help.minimap'],
  [['D'], 'help.sources'],
  [['Shift+D'], 'help.outbox'],
  [['P'], 'help.desks'],
  [['Esc'], 'help.clear'],
  [['?'], 'help.help'],
];

/** The clock and history. */
const TIME: [string[], TextKey][] = [
  [['Space'], 'help.play'],
  [['Shift+Space'], 'help.reverse'],
  [['[', ']'], 'help.rate'],
  [['Home', 'R'], 'help.live'],
  [[',', '.'], 'help.step_event'],
  [['Shift+,', 'Shift+.'], 'help.step_alarm'],
  [['←', '→'], 'help.time'],
  [['PgDn', 'PgUp'], 'help.pages'],
  [['+', '−'], 'help.timeline_zoom'],
  [['Shift+G'], 'help.go_time'],
  [['Shift+L'], 'help.loop'],
  [['Shift+K'], 'help.knowing'],
  [['Shift+M'], 'help.mark'],
  [['Shift+B'], 'help.brush'],
  [['Shift+S'], 'help.silence'],
  [['T'], 'help.trend'],
  [['Shift+T'], 'help.drawer'],
];

/** While the picture has the focus, and while points are collected. */
const PICTURE: [string[], TextKey][] = [
  [['←', '→', '↑', '↓'], 'help.step'],
  [['Shift', '←', '→', '↑', '↓'], 'help.look'],
  [['+', '−'], 'help.zoom'],
  [['Home'], 'help.overview'],
  [['Shift+F10'], 'help.here'],
  [['Enter'], 'help.finish'],
  [['Ctrl+Z', '⌫'], 'help.undo'],
];

const MOUSE: [TextKey, TextKey][] = [
  ['help.drag', 'help.pan'],
  ['help.right_drag', 'help.orbit'],
  ['help.wheel', 'help.zoom'],
  ['help.click', 'help.pick'],
  ['help.right_click', 'help.here'],
  ['help.box_drag', 'help.box'],
  ['help.lasso_drag', 'help.lasso'],
  ['help.brush_drag', 'help.brush'],
  ['help.double', 'help.finish'],
  ['help.two_fingers', 'help.pinch'],
];

export function HelpOverlay() {
  const acts = useActs();
  return (
    <Show when={acts.helping()}>
      <HelpCard />
    </Show>
  );
}

function HelpCard() {
  const acts = useActs();
  const before = document.activeElement;
  onCleanup(() => {
    if (before instanceof HTMLElement && before.isConnected) {
      before.focus({ preventScroll: true });
    }
  });
  return (
    <div class="help" role="dialog" aria-label={t('help.title')} ref={cover}>
      <header>
        <h2>{t('help.title')}</h2>
        <button
          type="button"
          class="quiet"
          ref={(element) => queueMicrotask(() => element.focus())}
          onClick={() => acts.setHelping(false)}
        >
          {t('app.close')} <kbd>Esc</kbd>
        </button>
      </header>
      <div class="help-columns">
        <section>
          <h3>{t('help.time_title')}</h3>
          <Keys keys={TIME} />
        </section>
        <section>
          <h3>{t('help.keys')}</h3>
          <Keys keys={KEYS} />
          <h3>{t('help.tools')}</h3>
          <dl>
            <For each={PANELS}>
              {(name) => (
                <>
                  <dt>
                    <kbd>{TOOL_KEYS[name]}</kbd>
                  </dt>
                  <dd>{word('tool', name)}</dd>
                </>
              )}
            </For>
          </dl>
        </section>
        <section>
          <h3>{t('help.picture')}</h3>
          <Keys keys={PICTURE} />
          <h3>{t('help.mouse')}</h3>
          <dl>
            <For each={MOUSE}>
              {([hand, text]) => (
                <>
                  <dt>{t(hand)}</dt>
                  <dd>{t(text)}</dd>
                </>
              )}
            </For>
          </dl>
        </section>
      </div>
    </div>
  );
}

function Keys(props: { keys: [string[], TextKey][] }) {
  return (
    <dl>
      <For each={props.keys}>
        {([keys, text]) => (
          <>
            <dt>
              <For each={keys}>{(key) => <kbd>{key}</kbd>}</For>
            </dt>
            <dd>{t(text)}</dd>
          </>
        )}
      </For>
    </dl>
  );
}
