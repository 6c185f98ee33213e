// One line in words under the top bar when the desk does not show the city live: offline, or a recording without hub.

import { Show } from 'solid-js';
import type { ConnectionDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { t } from '../../state/texts';
import { clockTime, duration, moment } from '../../state/time';

export function DeskBar() {
  const desk = useDesk();
  return (
    <>
      <Show when={desk.update.connection.state === 'offline'}>
        <div class="desk-bar" data-kind="offline" role="status">
          <span class="bar-mark" />
          <span class="num">{offlineWords()}</span>
          <span class="next num">{nextTry()}</span>
          <Show when={desk.update.queued > 0}>
            <span class="next num">{t('offline.queued', { n: desk.update.queued })}</span>
          </Show>
        </div>
      </Show>
      <Show when={desk.mode === 'planner' && !desk.hasHub()}>
        <div class="desk-bar" role="status">
          <span class="bar-mark" />
          <span>{t('planner.title')}</span>
          <span class="next num">
            {t('planner.span', { from: moment(desk.start.history_from), to: moment(desk.end()) })}
          </span>
          <span class="next">{t('planner.hint')}</span>
        </div>
      </Show>
    </>
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
  function nextTry(): string {
    const left = (offline()?.next_try ?? 0) - desk.now();
    return left < 1000 ? t('offline.trying') : t('offline.next_try', { age: duration(left) });
  }
}
