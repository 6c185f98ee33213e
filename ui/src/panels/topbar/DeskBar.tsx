// Lines in words under the top bar when the desk does not show the city live, or cannot keep what it hears.

import { Show } from 'solid-js';
import type { ConnectionDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { useHistory } from '../../state/history';
import { t } from '../../state/texts';
import { clockTime, duration, moment, quantity } from '../../state/time';
import { PastBar } from './PastBar';
import { SyncBars } from './SyncBars';

export function DeskBar() {
  const desk = useDesk();
  const history = useHistory();
  return (
    <div class="bars">
      <PastBar />
      <SyncBars />
      <Show when={desk.update.history.memory_only}>
        <div class="desk-bar" data-kind="disk" role="alert">
          <span class="bar-mark" />
          <span class="num">
            {t('history.memory_only', {
              reason: desk.update.history.reason,
              n: quantity(desk.update.history.waiting),
            })}
          </span>
        </div>
      </Show>
      <Show when={desk.update.connection.state === 'offline'}>
        <div class="desk-bar" data-kind="offline" role="status">
          <span class="bar-mark" />
          <span class="num">{offlineWords()}</span>
          <span class="next num">{nextTry()}</span>
          <span class="next ellipsis" title={offline()?.reason}>
            {why()}
          </span>
          <Show when={desk.update.queued > 0}>
            <button type="button" class="quiet next num" onClick={() => history.toggle('outbox')}>
              {t('offline.queued', { n: desk.update.queued })}
            </button>
          </Show>
        </div>
      </Show>
      <Show when={desk.mode === 'planner' && !desk.hasHub()}>
        <div class="desk-bar" role="status">
          <span class="bar-mark" />
          <span>{t('planner.title')}</span>
          <span class="next num">{t('planner.span', { from: moment(desk.oldest()), to: moment(desk.end()) })}</span>
          <span class="next ellipsis">{t('planner.hint')}</span>
        </div>
      </Show>
    </div>
  );

  function offline(): Extract<ConnectionDto, { state: 'offline' }> | undefined {
    return desk.update.connection.state === 'offline' ? desk.update.connection : undefined;
  }
  function offlineWords(): string {
    const passed = duration(desk.now() - (offline()?.since ?? desk.now()));
    const newest = desk.update.newest;
    return newest === null
      ? t('offline.bar_empty', { age: passed })
      : t('offline.bar', { age: passed, time: clockTime(newest) });
  }
  /** What keeps the hub away; where something must be set, in the desk's language. */
  function why(): string {
    const reason = offline()?.reason ?? '';
    // The switch's name is the one word of that refusal that no other reason has.
    return reason.includes('--plain-text') ? t('offline.plain_text') : reason;
  }
  function nextTry(): string {
    const left = (offline()?.next_try ?? 0) - desk.now();
    return left < 1000 ? t('offline.trying') : t('offline.next_try', { age: duration(left) });
  }
}
