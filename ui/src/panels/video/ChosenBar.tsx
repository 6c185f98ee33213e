// What is done to the channels that are chosen: graded, tagged, given for a while.

import { createSignal, For, Match, Show, Switch } from 'solid-js';
import type { VideoActedDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { t, word } from '../../state/texts';
import { quantity } from '../../state/time';
import { useVideo } from '../../state/video';
import { OneOf } from './parts';

const TAG_MOST = 40;

type Form = 'grade' | 'tag';

export function ChosenBar() {
  const desk = useDesk();
  const video = useVideo();
  const { list } = video;
  const [form, setForm] = createSignal<Form>();
  const count = () => list.chosen().size;
  const toggle = (wanted: Form) => setForm(form() === wanted ? undefined : wanted);
  return (
    <Show when={count() > 0}>
      <section class="chosen-bar" aria-label={t('video.chosen_acts')}>
        <p class="num" role="status">
          <strong>{t('video.chosen', { n: quantity(count(), 0) })}</strong>
          <Show when={(list.total() ?? 0) > count()}>
            <button type="button" class="quiet" onClick={() => void list.chooseAll()}>
              {t('video.choose_all', { n: quantity(list.total() ?? 0, 0) })}
            </button>
          </Show>
          <button type="button" class="quiet" onClick={() => list.clear()}>
            {t('alarms.clear')} <kbd>Esc</kbd>
          </button>
        </p>
        <Show when={desk.live()} fallback={<span class="hint">{t('video.past')}</span>}>
          <div class="tool-acts">
            <button type="button" aria-expanded={form() === 'grade'} onClick={() => toggle('grade')}>
              {t('video.grade_do')}
            </button>
            <button type="button" aria-expanded={form() === 'tag'} onClick={() => toggle('tag')}>
              {t('video.tag_do')}
            </button>
            <button type="button" onClick={() => video.grantFor([...list.chosen()])}>
              {t('video.grant_do')}
            </button>
          </div>
          <Switch>
            <Match when={form() === 'grade'}>
              <GradeForm onDone={() => setForm(undefined)} />
            </Match>
            <Match when={form() === 'tag'}>
              <TagForm onDone={() => setForm(undefined)} />
            </Match>
          </Switch>
        </Show>
      </section>
    </Show>
  );
}

/** What came of it, told to the person; `undefined` is a refusal, which was told already. */
function createTelling(onDone: () => void) {
  const desk = useDesk();
  return (acted: VideoActedDto | undefined) => {
    if (acted === undefined) {
      return;
    }
    const done = t('video.changed', { n: quantity(acted.changed, 0) });
    desk.say(
      acted.left.length === 0
        ? done
        : t('video.changed_but', {
            done,
            n: quantity(acted.left.length, 0),
            why: word('video.left', acted.left[0]?.[1] ?? ''),
          }),
    );
    onDone();
  };
}

function GradeForm(props: { onDone: () => void }) {
  const desk = useDesk();
  const video = useVideo();
  const [category, setCategory] = createSignal('');
  const [grade, setGrade] = createSignal('');
  const tell = createTelling(() => props.onDone());
  // What is not chosen stays: both decide who may look.
  const numberOf = (code: string) => (code === '' ? null : Number(code));
  const isIdle = () => category() === '' && grade() === '';
  const ungraded = () => ({ code: '0', name: t('video.ungraded') });
  function send(): void {
    if (isIdle()) {
      return;
    }
    const ids = [...video.list.chosen()];
    void video.act(desk.backend.gradeChannels(ids, numberOf(category()), numberOf(grade()))).then(tell);
  }
  return (
    <form
      class="chosen-form"
      aria-label={t('video.grade_do')}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <OneOf
        label={t('video.category')}
        none={t('video.stays')}
        value={category()}
        options={[...(video.tables()?.categories ?? []), ungraded()]}
        onChoose={setCategory}
      />
      <OneOf
        label={t('video.grade')}
        none={t('video.stays')}
        value={grade()}
        options={[...(video.tables()?.grades ?? []), ungraded()]}
        onChoose={setGrade}
      />
      <button type="submit" disabled={video.busy() || isIdle()}>
        {t('video.grade_run')} <kbd>Enter</kbd>
      </button>
    </form>
  );
}

function TagForm(props: { onDone: () => void }) {
  const desk = useDesk();
  const video = useVideo();
  const [tag, setTag] = createSignal('');
  const tell = createTelling(() => props.onDone());
  function send(isAdded: boolean): void {
    const name = tag().trim();
    if (name === '') {
      return;
    }
    const ids = [...video.list.chosen()];
    const [add, remove]: [string[], string[]] = isAdded ? [[name], []] : [[], [name]];
    void video.act(desk.backend.tagChannels(ids, add, remove)).then(tell);
  }
  return (
    <form
      class="chosen-form"
      aria-label={t('video.tag_do')}
      onSubmit={(event) => {
        event.preventDefault();
        send(true);
      }}
    >
      <label class="tool-field">
        <span>{t('video.tag')}</span>
        <input
          type="text"
          autocomplete="off"
          maxlength={TAG_MOST}
          list="video-tags"
          value={tag()}
          onInput={(event) => setTag(event.currentTarget.value)}
        />
        <datalist id="video-tags">
          <For each={video.tables()?.tags ?? []}>{(name) => <option value={name} />}</For>
        </datalist>
      </label>
      <button type="submit" disabled={video.busy() || tag().trim() === ''}>
        {t('video.tag_add')} <kbd>Enter</kbd>
      </button>
      <button type="button" disabled={video.busy() || tag().trim() === ''} onClick={() => send(false)}>
        {t('video.tag_remove')}
      </button>
    </form>
  );
}
