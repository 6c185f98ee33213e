// The wall's small source board: how many sources in which trouble, and the worst of them by name.

import { createMemo, For, Show } from 'solid-js';
import { SourceMark } from '../../parts/SourceMark';
import { useDesk } from '../../state/desk';
import { sortedSources, troubles } from '../../state/standing';
import { useSync } from '../../state/sync';
import { t, word } from '../../state/texts';
import { age } from '../../state/time';

/** More rows than this would take room from what happens in the city. */
const MOST_ROWS = 2;
/** More kinds of trouble do not fit beside the heading. */
const MOST_COUNTS = 3;

export function WallSources() {
  const desk = useDesk();
  const list = useSync().watchSources();
  const bad = createMemo(() => troubles(desk.update.sources));
  const rows = createMemo(() =>
    sortedSources(list.rows)
      .filter((one) => bad().some(({ state }) => state === one.state))
      .slice(0, MOST_ROWS),
  );
  return (
    <section class="wall-sources" aria-label={t('drawer.sources')}>
      <h2>
        <span>{t('drawer.sources')}</span>
        <For
          each={bad().slice(0, MOST_COUNTS)}
          fallback={<span class="wall-count num none">{t('wall.sources_good', { n: desk.update.sources.total })}</span>}
        >
          {(one) => (
            <span class="wall-count num">
              <SourceMark state={one.state} />
              {one.count}
              <span class="hidden-words">{word('source_state', one.state)}</span>
            </span>
          )}
        </For>
      </h2>
      <Show when={rows().length > 0}>
        <ul class="wall-source-rows">
          <For each={rows()}>
            {(source) => (
              <li>
                <SourceMark state={source.state} />
                <span class="ellipsis">{source.name}</span>
                <span class="num">{word('source_state', source.state)}</span>
                <span class="num wall-source-age">
                  {source.last_arrival === null ? t('age.none') : age(desk.now(), source.last_arrival)}
                </span>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </section>
  );
}
