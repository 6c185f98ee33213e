// The bar across the desk while anything but now is shown: what it is, when, with whose knowledge, and what happens now.

import { For, Show } from 'solid-js';
import type { KnowledgeDto } from '../../generated/wire';
import { Shape } from '../../parts/Shape';
import { useDesk } from '../../state/desk';
import { useHistory } from '../../state/history';
import { pastHow, pastKind } from '../../state/past';
import { ALARMING } from '../../state/severity';
import { t } from '../../state/texts';
import { clockTime, dateWords } from '../../state/time';

export function PastBar() {
  const desk = useDesk();
  const history = useHistory();
  return (
    <Show when={desk.past()}>
      <section
        class="desk-bar past-bar"
        classList={{ branch: desk.branch() !== undefined }}
        data-kind="past"
        aria-label={t('moment.region')}
      >
        <strong class="past-kind">
          {pastKind(desk)} {history.branchTitle()}
        </strong>
        <span class="num past-when">
          {dateWords(desk.shown())} <strong>{clockTime(desk.shown())}</strong>
        </span>
        <span class="num past-how">{pastHow(desk)}</span>
        <Knowing />
        <span class="past-space" />
        <Show when={desk.hasHub()}>
          <LiveAlarms />
        </Show>
      </section>
    </Show>
  );
}

const KNOWING = ['then', 'now'] as const satisfies readonly KnowledgeDto[];

/** What was known then, or what is known now; and how much lies between. */
function Knowing() {
  const desk = useDesk();
  return (
    <div class="knowing">
      <fieldset class="knowing-choice">
        <legend class="hidden-words">{t('knowing.choice')}</legend>
        <For each={KNOWING}>
          {(one) => (
            <button
              type="button"
              aria-pressed={desk.knowledge() === one}
              aria-keyshortcuts="Shift+K"
              title={`${t(`knowing.${one}_hint`)} (Shift+K)`}
              onClick={() => desk.setKnowledge(one)}
            >
              {t(`knowing.${one}`)}
            </button>
          )}
        </For>
      </fieldset>
      <span class="num" role="status">
        {desk.update.learnt_later === 0
          ? t('knowing.same')
          : t('knowing.learnt_later', { n: desk.update.learnt_later })}
      </span>
    </div>
  );
}

/** What alarms now, while the past is shown; a click goes back to it. */
function LiveAlarms() {
  const desk = useDesk();
  const count = () => desk.update.live_alarms.counts.reduce((sum, n) => sum + n, 0);
  const newest = () => desk.update.live_alarms.newest;
  return (
    <button
      type="button"
      class="live-alarms"
      disabled={count() === 0}
      title={t('alarm.live_hint')}
      onClick={() => {
        const row = newest();
        desk.returnToLive();
        if (row !== null) {
          desk.selectAndFly({ kind: 'thing', id: row.thing_id });
        }
      }}
    >
      <span>{t('alarm.live', { n: count() })}</span>
      <For each={ALARMING}>
        {(severity, i) => (
          <Show when={(desk.update.live_alarms.counts[i()] ?? 0) > 0}>
            <span class="num live-count">
              <Shape severity={severity} /> {desk.update.live_alarms.counts[i()]}
            </span>
          </Show>
        )}
      </For>
      <Show when={newest()}>{(row) => <span class="ellipsis">{row().name}</span>}</Show>
    </button>
  );
}
