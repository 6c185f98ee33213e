// The top bar's words on hub and sources, each a door to its half of the drawer: the connection with the worst source,
// what waits for the hub, and who else is there.

import { createMemo, Show } from 'solid-js';
import type { ConnectionDto } from '../../generated/wire';
import { SourceMark } from '../../parts/SourceMark';
import { useDesk } from '../../state/desk';
import { useHistory } from '../../state/history';
import { troubles } from '../../state/standing';
import { useSync } from '../../state/sync';
import { t, word } from '../../state/texts';
import { age, duration } from '../../state/time';

export function ConnectionPill() {
  const desk = useDesk();
  const history = useHistory();
  const worst = createMemo(() => troubles(desk.update.sources)[0]);
  const newest = () =>
    // Where something is wrong, that is the word to read.
    desk.update.newest === null || desk.update.connection.state !== 'live' || worst() !== undefined
      ? undefined
      : age(desk.now(), desk.update.newest);
  return (
    <button
      type="button"
      class="quiet topbar-connection"
      data-state={desk.update.connection.state}
      aria-expanded={history.drawer() === 'sources'}
      aria-keyshortcuts="D"
      title={`${t('sources.open')} (D)`}
      onClick={() => history.toggle('sources')}
    >
      <span class="link-mark" />
      <span>{connectionWords(desk.update.connection, desk.now())}</span>
      <Show when={newest()}>
        {(words) => <span class="hint num topbar-newest">{t('connection.newest', { age: words() })}</span>}
      </Show>
      <Show when={worst()}>
        {(one) => (
          <span class="source-worst num">
            <SourceMark state={one().state} />
            {t('sources.worst', { state: word('source_state', one().state), n: one().count })}
          </span>
        )}
      </Show>
    </button>
  );
}

/** How the desk stands with its hub, in a few words. */
export function connectionWords(connection: ConnectionDto, now: number): string {
  switch (connection.state) {
    case 'connecting':
      return t('connection.connecting');
    case 'catching_up':
      return connection.total === 0
        ? t('connection.catching_up_unknown', { phase: word('phase', connection.phase), done: connection.done })
        : t('connection.catching_up', { phase: word('phase', connection.phase), percent: percentOf(connection) });
    case 'live':
      return t('connection.live');
    case 'offline':
      return t('connection.offline', { age: duration(now - connection.since) });
    case 'no_hub':
      return t('connection.no_hub');
  }
}

/** Never 100 before it is done. */
export function percentOf(progress: { done: number; total: number }): number {
  return progress.total === 0 ? 0 : Math.min(99, Math.floor((progress.done / progress.total) * 100));
}

/** What was done here and is not settled; nothing when everything is with the hub. */
export function OutboxPill() {
  const desk = useDesk();
  const history = useHistory();
  const sync = useSync();
  const outbox = () => desk.update.outbox;
  const isShown = () => sync.isWaiting() || outbox().refused > 0 || outbox().conflicts > 0;
  return (
    <Show when={isShown()}>
      <button
        type="button"
        class="quiet topbar-outbox"
        aria-expanded={history.drawer() === 'outbox'}
        aria-keyshortcuts="Shift+D"
        title={`${t('drawer.outbox')} (Shift+D)`}
        onClick={() => history.toggle('outbox')}
      >
        <Show when={sync.isWaiting()}>
          <span class="num">{t('outbox.pill_waiting', { n: outbox().waiting })}</span>
        </Show>
        <Show when={outbox().refused > 0}>
          <span class="num loud">{t('outbox.pill_refused', { n: outbox().refused })}</span>
        </Show>
        <Show when={outbox().conflicts > 0}>
          <span class="num loud">{t('outbox.pill_conflicts', { n: outbox().conflicts })}</span>
        </Show>
      </button>
    </Show>
  );
}

export function DesksPill() {
  const desk = useDesk();
  const history = useHistory();
  return (
    <Show when={desk.update.presence.length > 1}>
      <button
        type="button"
        class="quiet topbar-desks num"
        aria-expanded={history.drawer() === 'desks'}
        aria-keyshortcuts="P"
        title={`${t('drawer.desks')} (P)`}
        onClick={() => history.toggle('desks')}
      >
        {t('desks.pill', { n: desk.update.presence.length })}
      </button>
    </Show>
  );
}
