// What has to be repaired, the gravest and longest first: a repair is ordered, and closed when it is done.

import { createEffect, createSignal, Match, Show, Switch } from 'solid-js';
import type { VideoWorkDto } from '../../generated/wire';
import { KeptRows } from '../../parts/KeptRows';
import { createAsked } from '../../state/asked';
import { useDesk } from '../../state/desk';
import { language, t, word } from '../../state/texts';
import { duration, moment, quantity } from '../../state/time';
import { useVideo } from '../../state/video';
import { gradeWords } from '../../state/video_words';
import { VideoRead } from './parts';

const PAGE_ROWS = 100;
const NOTE_MOST = 300;

export function WorkList() {
  const desk = useDesk();
  const video = useVideo();
  const [offset, setOffset] = createSignal(0);
  const works = createAsked(
    () => [offset(), language(), video.board().catalogue_revision, video.board().desk_revision],
    () => desk.backend.videoWorks(offset(), PAGE_ROWS),
  );
  const total = () => works.value()?.total ?? 0;
  // What is repaired leaves the list: where a page is gone, the last one is shown.
  createEffect(() => {
    if (works.value() !== undefined && offset() > 0 && offset() >= total()) {
      setOffset(Math.max(0, Math.floor((total() - 1) / PAGE_ROWS) * PAGE_ROWS));
    }
  });
  return (
    <section class="health-works" aria-label={t('video.works')}>
      <div class="health-head">
        <h3>
          {t('video.works')} <span class="num hint">{quantity(total(), 0)}</span>
        </h3>
        <Show when={total() > PAGE_ROWS}>
          <nav class="num" aria-label={t('duty.pages')}>
            <button
              type="button"
              disabled={offset() === 0}
              onClick={() => setOffset(Math.max(0, offset() - PAGE_ROWS))}
            >
              {t('duty.page_before')}
            </button>
            <button
              type="button"
              disabled={offset() + PAGE_ROWS >= total()}
              onClick={() => setOffset(offset() + PAGE_ROWS)}
            >
              {t('duty.page_after')}
            </button>
          </nav>
        </Show>
      </div>
      <VideoRead isKnown={works.value() !== undefined} failure={works.failure()} onRetry={works.read}>
        <Show
          when={total() > 0}
          fallback={
            <div class="blank">
              <strong>{t('video.works_none')}</strong>
              <span class="hint">{t('video.works_none_hint')}</span>
            </div>
          }
        >
          <div class="health-body scrolls" role="region" tabindex="0" aria-label={t('video.works')}>
            <table class="page-table work-table">
              <thead>
                <tr>
                  <th scope="col">{t('video.work_what')}</th>
                  <th scope="col">{t('video.channel')}</th>
                  <th scope="col">{t('video.work_since')}</th>
                  <th scope="col">{t('video.work_owner')}</th>
                  <th scope="col">{t('card.status')}</th>
                  <th scope="col">
                    <span class="hidden-words">{t('duty.acts')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                <KeptRows rows={works.value()?.rows ?? []} keyOf={(work) => `${work.id} ${work.what}`}>
                  {(work) => <Work work={work()} onDone={works.read} />}
                </KeptRows>
              </tbody>
            </table>
          </div>
        </Show>
      </VideoRead>
    </section>
  );
}

function Work(props: { work: VideoWorkDto; onDone: () => void }) {
  const desk = useDesk();
  const video = useVideo();
  const [isAsking, setAsking] = createSignal(false);
  const isOpened = () => props.work.state === 'opened';
  function open(): void {
    video.openChannel(props.work.id);
    video.setTab('catalogue');
  }
  return (
    <>
      <tr>
        <td>
          <strong>{word('video.work', props.work.what)}</strong>
        </td>
        <td>
          <button type="button" class="quiet work-name" onClick={open}>
            {props.work.name}
          </button>{' '}
          <span class="hint">{gradeWords(props.work, video.tables())}</span>
        </td>
        <td class="num" title={moment(props.work.since)}>
          {duration(desk.now() - props.work.since)}{' '}
          <Show when={props.work.times > 1}>
            <span class="hint">{t('video.work_times', { n: props.work.times })}</span>
          </Show>
        </td>
        <td>{props.work.owner === '' ? props.work.division : props.work.owner}</td>
        <td>
          <Switch>
            <Match when={isOpened()}>
              <span title={props.work.note}>{t('video.work_opened', { by: props.work.by })}</span>
            </Match>
            <Match when={props.work.state === 'closed'}>
              <span title={props.work.note}>{t('video.work_closed', { by: props.work.by })}</span>
            </Match>
            <Match when={props.work.state === 'found'}>
              <span class="hint">{t('video.work_found')}</span>
            </Match>
          </Switch>
        </td>
        <td class="work-acts">
          <Show when={desk.live()}>
            <button type="button" class="quiet" aria-expanded={isAsking()} onClick={() => setAsking(!isAsking())}>
              {isOpened() ? t('video.work_close') : t('video.work_open')}
            </button>
          </Show>
        </td>
      </tr>
      <Show when={isAsking() && desk.live()}>
        <Note
          work={props.work}
          onDone={() => {
            setAsking(false);
            props.onDone();
          }}
        />
      </Show>
    </>
  );
}

function Note(props: { work: VideoWorkDto; onDone: () => void }) {
  const desk = useDesk();
  const video = useVideo();
  const [note, setNote] = createSignal('');
  const opens = () => props.work.state !== 'opened';
  function send(): void {
    const act = { id: props.work.id, what: props.work.what, is_opened: opens(), note: note().trim() };
    void video.act(desk.backend.actOnVideoWork(act)).then((acted) => {
      if (acted !== undefined) {
        props.onDone();
      }
    });
  }
  return (
    <tr class="work-note">
      <td colspan={6}>
        <form
          aria-label={opens() ? t('video.work_open') : t('video.work_close')}
          onSubmit={(event) => {
            event.preventDefault();
            send();
          }}
        >
          <input
            type="text"
            class="strip-field"
            autocomplete="off"
            maxlength={NOTE_MOST}
            aria-label={t('video.work_note')}
            placeholder={t('video.work_note')}
            ref={(element) => queueMicrotask(() => element.focus())}
            value={note()}
            onInput={(event) => setNote(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') {
                event.preventDefault();
                props.onDone();
              }
            }}
          />
          <button type="submit" disabled={video.busy()}>
            {opens() ? t('video.work_open') : t('video.work_close')} <kbd>Enter</kbd>
          </button>
        </form>
      </td>
    </tr>
  );
}
