// Conflicts: two people changed the same field. Both versions side by side, which one holds, and by what rule.

import { createMemo, For, Show } from 'solid-js';
import type { ChoiceDto, ConflictDto, VersionDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { useSync } from '../../state/sync';
import { t, word } from '../../state/texts';
import { age, clockTime } from '../../state/time';
import { Subject, valueWords } from './OutboxPanel';

const CHOICES = ['keep', 'mine', 'theirs'] as const satisfies readonly ChoiceDto[];

export function Conflicts() {
  const desk = useDesk();
  const list = useSync().watchConflicts();
  // What nobody has looked at comes first; the host's order otherwise.
  const rows = createMemo(() => [...list.rows].sort((a, b) => Number(a.seen) - Number(b.seen)));
  return (
    <section class="sync-half" aria-label={t('conflicts.title')}>
      <h3>
        {t('conflicts.title')}{' '}
        <Show when={desk.update.outbox.conflicts > 0}>
          <span class="num badge">{t('conflicts.unseen', { n: desk.update.outbox.conflicts })}</span>
        </Show>
      </h3>
      <p class="hint">{t('conflicts.rule')}</p>
      <Show when={list.failure()}>
        {(message) => (
          <p class="hint" role="alert">
            {t('outbox.failed', { message: message() })}
          </p>
        )}
      </Show>
      <ul class="drawer-list scrolls" aria-label={t('conflicts.title')}>
        <For
          each={rows()}
          fallback={<li class="hint">{list.known() ? t('conflicts.empty') : t('sources.loading')}</li>}
        >
          {(conflict) => <Conflict conflict={conflict} />}
        </For>
      </ul>
    </section>
  );
}

function Conflict(props: { conflict: ConflictDto }) {
  const desk = useDesk();
  const sync = useSync();
  const fields = createMemo(() =>
    [...new Set([...props.conflict.mine.changes, ...props.conflict.theirs.changes].map((one) => one.field))].sort(),
  );
  const worded = (version: VersionDto, field: string) => {
    const change = version.changes.find((one) => one.field === field);
    return change === undefined ? '—' : valueWords(change);
  };
  /** A field that only one of them changed holds as it was changed. */
  const holds = (field: string, side: 'mine' | 'theirs') => {
    const isIn = (version: VersionDto) => version.changes.some((one) => one.field === field);
    const { mine, theirs } = props.conflict;
    if (isIn(mine) !== isIn(theirs)) {
      return side === 'mine' ? isIn(mine) : isIn(theirs);
    }
    if (props.conflict.holds !== 'mixed') {
      return props.conflict.holds === side;
    }
    // The rule itself: the later one holds, by identity when they are of one moment.
    const isMineLater =
      mine.happened_at === theirs.happened_at ? mine.id > theirs.id : mine.happened_at > theirs.happened_at;
    return isMineLater === (side === 'mine');
  };
  return (
    <li class="conflict" classList={{ seen: props.conflict.seen }}>
      <div class="conflict-head">
        <Subject name={props.conflict.subject_name || props.conflict.subject} target={props.conflict.target} />
        <span class="num hint">{age(desk.now(), props.conflict.at)}</span>
        <span>{t(`conflicts.holds_${props.conflict.holds}`)}</span>
      </div>
      <table class="conflict-table">
        <thead>
          <tr>
            <th scope="col">{t('conflicts.field')}</th>
            <Version version={props.conflict.mine} word={t('conflicts.mine')} />
            <Version version={props.conflict.theirs} word={t('conflicts.theirs')} />
          </tr>
        </thead>
        <tbody>
          <For each={fields()}>
            {(field) => (
              <tr>
                <th scope="row">{word('field', field)}</th>
                <Cell value={worded(props.conflict.mine, field)} holds={holds(field, 'mine')} />
                <Cell value={worded(props.conflict.theirs, field)} holds={holds(field, 'theirs')} />
              </tr>
            )}
          </For>
        </tbody>
      </table>
      <Show when={!props.conflict.seen} fallback={<p class="hint">{t('conflicts.settled')}</p>}>
        <div class="fact-acts">
          <For each={CHOICES}>
            {(choice) => (
              <button
                type="button"
                title={t(`conflicts.${choice}_hint`)}
                onClick={() => sync.settle(props.conflict, choice)}
              >
                {t(`conflicts.use_${choice}`)}
              </button>
            )}
          </For>
        </div>
      </Show>
    </li>
  );
}

function Version(props: { version: VersionDto; word: string }) {
  return (
    <th scope="col">
      {props.word}{' '}
      <span class="num hint">
        {props.version.author} · {props.version.desk} · {clockTime(props.version.happened_at)}
      </span>
    </th>
  );
}

function Cell(props: { value: string; holds: boolean }) {
  return (
    <td classList={{ holds: props.holds }}>
      {props.value}
      <Show when={props.holds && props.value !== '—'}>
        {' '}
        <span class="hint">{t('conflicts.holds')}</span>
      </Show>
    </td>
  );
}
