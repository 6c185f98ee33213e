// How far the long work is.

import { Show } from 'solid-js';
import { useDesk } from '../../state/desk';
import { t, word } from '../../state/texts';

export function TaskLine() {
  const desk = useDesk();
  return (
    <Show when={desk.update.task} fallback={<span class="task" />}>
      {(task) => {
        const share = () => (task().total === 0 ? 0 : Math.min(1, task().done / task().total));
        return (
          <span class="task num" role="status">
            <span class="ellipsis">
              {t('task.words', { what: word('task', task().what), name: task().name, n: Math.round(share() * 100) })}
            </span>
            <progress max="1" value={share()} />
          </span>
        );
      }}
    </Show>
  );
}
