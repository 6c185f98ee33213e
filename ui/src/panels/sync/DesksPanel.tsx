// Who is at the hub, and whose view can be followed.

import './sync.css';
import { For, Show } from 'solid-js';
import type { PresenceDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { useSync } from '../../state/sync';
import { t, word } from '../../state/texts';
import { age } from '../../state/time';

export function DesksPanel() {
  const desk = useDesk();
  const sync = useSync();
  return (
    <div class="drawer-page sync-page sync-halves">
      <section class="sync-half" aria-label={t('desks.title')}>
        <h3>{t('desks.title')}</h3>
        <ul class="drawer-list scrolls" aria-label={t('desks.title')}>
          <For each={desk.update.presence} fallback={<li class="hint">{t('desks.empty')}</li>}>
            {(one) => <Present one={one} />}
          </For>
        </ul>
      </section>
      <section class="sync-half" aria-label={t('shared.title')}>
        <h3>{t('shared.title')}</h3>
        <p class="desk-share">
          <button
            type="button"
            role="switch"
            aria-checked={sync.sharing()}
            disabled={desk.update.connection.state !== 'live'}
            onClick={() => sync.share(!sync.sharing())}
          >
            {sync.sharing() ? t('shared.stop') : t('shared.start')}
          </button>{' '}
          <span class="hint">{sync.sharing() ? t('shared.on_hint') : t('shared.hint')}</span>
        </p>
        <ul class="drawer-list scrolls" aria-label={t('shared.title')}>
          <For each={sync.views()} fallback={<li class="hint">{t('shared.empty')}</li>}>
            {(view) => (
              <li class="fact" data-state={view.followed ? 'followed' : 'shared'}>
                <span class="fact-main">
                  <span class="ellipsis">{view.by}</span>
                  <span class="fact-words hint num">
                    {view.name} · {age(desk.now(), view.at)}
                  </span>
                </span>
                <button
                  type="button"
                  aria-pressed={view.followed}
                  aria-label={
                    view.followed
                      ? t('shared.unfollow_name', { name: view.by })
                      : t('shared.follow_name', { name: view.by })
                  }
                  onClick={() => sync.follow(view.followed ? undefined : view.name)}
                >
                  {view.followed ? t('shared.unfollow') : t('shared.follow')}
                </button>
              </li>
            )}
          </For>
        </ul>
      </section>
    </div>
  );
}

/** The last two Chinese characters of a name, or the first letters of its words: enough to tell colleagues apart. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  return /[\u3400-\u9fff]/.test(name)
    ? [...name.trim()].slice(-2).join('')
    : words
        .map((one) => [...one][0] ?? '')
        .join('')
        .slice(0, 2)
        .toUpperCase();
}

function Present(props: { one: PresenceDto }) {
  const desk = useDesk();
  return (
    <li class="fact" data-state="present">
      <span class="initials" aria-hidden="true">
        {initials(props.one.operator)}
      </span>
      <span class="fact-main">
        <span class="ellipsis">
          {props.one.operator}
          <Show when={props.one.is_self}> {t('desks.self')}</Show>
        </span>
        <span class="fact-words hint num">
          {word('mode', props.one.mode)} · {props.one.desk} ·{' '}
          {t('desks.since', { time: age(desk.now(), props.one.since) })}
        </span>
      </span>
    </li>
  );
}
