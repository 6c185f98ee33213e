// What-ifs: begin one at the moment shown, go into it, leave it, remove it.

import { createSignal, For, onMount, Show } from 'solid-js';
import type { BranchDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { useHistory } from '../../state/history';
import { t } from '../../state/texts';
import { moment, shortTime } from '../../state/time';

export function BranchesPanel() {
  const desk = useDesk();
  const history = useHistory();
  const [title, setTitle] = createSignal('');
  onMount(() => history.readBranches());
  return (
    <div class="drawer-page scrolls">
      <form
        class="drawer-form drawer-acts"
        onSubmit={(event) => {
          event.preventDefault();
          const words = title().trim();
          history.branchHere(words === '' ? t('branch.untitled', { time: shortTime(desk.shown()) }) : words);
          setTitle('');
        }}
      >
        <input
          type="text"
          class="strip-field"
          maxlength={80}
          autocomplete="off"
          aria-label={t('branch.title')}
          placeholder={t('branch.title')}
          value={title()}
          onInput={(event) => setTitle(event.currentTarget.value)}
        />
        <button type="submit" disabled={desk.branch() !== undefined}>
          {t('branch.here', { time: moment(desk.shown()) })}
        </button>
        <Show when={desk.branch() !== undefined}>
          <button type="button" onClick={() => desk.leaveBranch()}>
            {t('branch.leave')}
          </button>
        </Show>
      </form>
      <p class="hint drawer-acts">{desk.branch() === undefined ? t('branch.hint') : t('branch.inside_hint')}</p>
      <ul class="drawer-list" aria-label={t('drawer.branches')}>
        <For each={history.branches()} fallback={<li class="hint">{t('branch.empty')}</li>}>
          {(one) => <Row one={one} />}
        </For>
      </ul>
    </div>
  );
}

function Row(props: { one: BranchDto }) {
  const desk = useDesk();
  const history = useHistory();
  const [asking, setAsking] = createSignal(false);
  return (
    <li class="drawer-row" aria-current={desk.branch() === props.one.id ? 'true' : undefined}>
      <button
        type="button"
        class="quiet drawer-main"
        onClick={() => desk.enterBranch(props.one.id, props.one.from)}
        aria-label={t('branch.enter_name', { title: props.one.title })}
      >
        <span class="ellipsis">{props.one.title}</span>
        <span class="num hint">{t('branch.from', { time: moment(props.one.from) })}</span>
        <span class="hint">{props.one.author}</span>
        <span>{desk.branch() === props.one.id ? t('branch.inside') : ''}</span>
      </button>
      <Show
        when={asking()}
        fallback={
          <button
            type="button"
            class="quiet"
            aria-label={t('branch.remove_name', { title: props.one.title })}
            onClick={() => setAsking(true)}
          >
            {t('branch.remove')}
          </button>
        }
      >
        <span class="asking" role="alert">
          {t('branch.remove_sure')}
          <button type="button" class="danger" onClick={() => history.removeBranch(props.one)}>
            {t('branch.remove')}
          </button>
          <button type="button" onClick={() => setAsking(false)}>
            {t('range.cancel')}
          </button>
        </span>
      </Show>
    </li>
  );
}
