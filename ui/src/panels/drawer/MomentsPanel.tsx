// Marked moments as a list: go there, give another name, remove.

import { createSignal, For, onMount, Show } from 'solid-js';
import type { MomentDto } from '../../generated/wire';
import { useHistory } from '../../state/history';
import { t } from '../../state/texts';
import { moment } from '../../state/time';

export function MomentsPanel() {
  const history = useHistory();
  const [edited, setEdited] = createSignal<string>();
  onMount(() => history.readMoments());
  return (
    <div class="drawer-page scrolls">
      <p class="drawer-acts">
        <button type="button" onClick={() => history.setForm('mark')}>
          {t('moments.mark')} <kbd>Shift+M</kbd>
        </button>
      </p>
      <ul class="drawer-list" aria-label={t('drawer.moments')}>
        <For each={[...history.moments()].reverse()} fallback={<li class="hint">{t('moments.empty')}</li>}>
          {(one) => (
            <Show when={edited() === one.id} fallback={<Row one={one} onEdit={() => setEdited(one.id)} />}>
              <Rename one={one} onDone={() => setEdited(undefined)} />
            </Show>
          )}
        </For>
      </ul>
    </div>
  );
}

function Row(props: { one: MomentDto; onEdit: () => void }) {
  const history = useHistory();
  return (
    <li class="drawer-row">
      <button type="button" class="quiet drawer-main" onClick={() => history.goTo(props.one)}>
        <span class="moment-picture">
          <Show when={props.one.thumbnail}>{(picture) => <img src={picture()} alt="" draggable={false} />}</Show>
        </span>
        <span class="ellipsis">{props.one.title}</span>
        <span class="num hint">{moment(props.one.time)}</span>
        <span class="hint">{props.one.author}</span>
      </button>
      <button
        type="button"
        class="quiet"
        aria-label={t('moments.rename_name', { title: props.one.title })}
        onClick={() => props.onEdit()}
      >
        {t('moments.rename')}
      </button>
      <button
        type="button"
        class="quiet"
        aria-label={t('moments.remove_name', { title: props.one.title })}
        onClick={() => history.remove(props.one)}
      >
        {t('moments.remove')}
      </button>
    </li>
  );
}

function Rename(props: { one: MomentDto; onDone: () => void }) {
  const history = useHistory();
  const [title, setTitle] = createSignal(props.one.title);
  return (
    <li class="drawer-row">
      <form
        class="drawer-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (title().trim() !== '') {
            history.rename(props.one, title().trim());
            props.onDone();
          }
        }}
      >
        <input
          type="text"
          class="strip-field"
          maxlength={80}
          aria-label={t('moments.title')}
          value={title()}
          ref={(element) => queueMicrotask(() => element.focus())}
          onInput={(event) => setTitle(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') {
              event.preventDefault();
              props.onDone();
            }
          }}
        />
        <button type="submit">{t('moments.save')}</button>
        <button type="button" class="quiet" onClick={() => props.onDone()}>
          {t('range.cancel')}
        </button>
      </form>
    </li>
  );
}
