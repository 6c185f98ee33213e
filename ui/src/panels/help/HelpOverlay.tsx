// All keys on one card.

import './help.css';
import { For, onCleanup, Show } from 'solid-js';
import { keysOf } from '../../state/actions';
import { useActs } from '../../state/acts';
import { cover } from '../../state/covers';
import { type TextKey, t, word } from '../../state/texts';
import { TOOL_KEYS } from '../../state/tool_keys';
import { PANELS } from '../../state/tools';

const KEYS: [string[], TextKey][] = [
  [['Ctrl+K'], 'help.search'],
  [['J', 'K', '↑', '↓'], 'help.move'],
  [['Enter'], 'help.go'],
  [keysOf('alarms', 'events'), 'help.tabs'],
  [keysOf('board', 'duty', 'analysis', 'plans', 'video'), 'help.boards'],
  [keysOf('layers_card'), 'help.layers'],
  [['Alt+↑', 'Alt+↓'], 'help.layer_move'],
  [keysOf('layers_page'), 'help.layers_page'],
  [keysOf('performance'), 'help.performance'],
  [keysOf('north'), 'help.north'],
  [keysOf('minimap'), 'help.minimap'],
  [keysOf('sources'), 'help.sources'],
  [keysOf('outbox'), 'help.outbox'],
  [keysOf('desks'), 'help.desks'],
  [keysOf('windows'), 'help.windows'],
  [['Esc'], 'help.clear'],
  [keysOf('help'), 'help.help'],
];

/** The alarm list and what is done to its rows. */
const ALARMS: [string[], TextKey][] = [
  [keysOf('acknowledge'), 'help.acknowledge'],
  [keysOf('alarm_comment'), 'alarm_act.comment'],
  [keysOf('alarm_shelve'), 'help.shelve'],
  [keysOf('alarm_confirm'), 'alarm_act.confirm'],
  [keysOf('alarm_out_of_service'), 'help.out_of_service'],
  [keysOf('alarm_reset'), 'help.reset'],
  [['Shift+↑', 'Shift+↓'], 'help.extend'],
  [['Shift+Enter'], 'help.choose'],
  [['Ctrl+A'], 'help.choose_all'],
  [['Ctrl+Z'], 'help.take_back'],
  [keysOf('find_alarm'), 'help.find_alarm'],
  [keysOf('alarm_filters'), 'help.filters'],
  [['Shift+1', '…', '4'], 'help.severity'],
  [['E'], 'help.flood'],
  [keysOf('alarm_load'), 'help.load'],
  [keysOf('alarm_rules'), 'help.rules'],
];

/** The event desk and what is done to its cases. */
const EVENTS: [string[], TextKey][] = [
  [keysOf('new_event'), 'report_form.title'],
  [keysOf('event_next'), 'help.event_next'],
  [keysOf('event_comment'), 'event.move.comment'],
  [keysOf('event_urge'), 'event.move.urge'],
  [keysOf('event_return'), 'event.move.return'],
  [keysOf('event_level'), 'event.move.set_level'],
  [['Shift+1', '…', '4'], 'help.level'],
  [['/', 'Shift+F'], 'help.find_event'],
  [['Ctrl+A'], 'help.choose_all'],
];

/** The clock and history. */
const TIME: [string[], TextKey][] = [
  [keysOf('play'), 'help.play'],
  [keysOf('reverse'), 'help.reverse'],
  [keysOf('slower', 'faster'), 'help.rate'],
  [keysOf('live'), 'help.live'],
  [keysOf('event_before', 'event_after'), 'help.step_event'],
  [keysOf('alarm_before', 'alarm_after'), 'help.step_alarm'],
  [['←', '→'], 'help.time'],
  [['PgDn', 'PgUp'], 'help.pages'],
  [['+', '−'], 'help.timeline_zoom'],
  [keysOf('go_time'), 'help.go_time'],
  [keysOf('loop'), 'help.loop'],
  [keysOf('knowing'), 'help.knowing'],
  [keysOf('mark'), 'help.mark'],
  [keysOf('brush'), 'help.brush'],
  [keysOf('silence'), 'help.silence'],
  [keysOf('trend'), 'help.trend'],
  [keysOf('moments'), 'help.drawer'],
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
      <div class="help-columns scrolls" role="region" aria-label={t('help.keys_all')} tabindex="0">
        <section>
          <h3>{t('help.keys')}</h3>
          <Keys keys={KEYS} />
          <h3>{t('help.picture')}</h3>
          <Keys keys={PICTURE} />
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
          <h3>{t('list.alarms')}</h3>
          <Keys keys={ALARMS} />
          <h3>{t('list.events')}</h3>
          <Keys keys={EVENTS} />
        </section>
        <section>
          <h3>{t('help.time_title')}</h3>
          <Keys keys={TIME} />
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
