// Lines under the top bar on what goes on between desk and hub: catching up, refused edits, an exercise, a followed view.
//
// They take their room from the desk and never lie on the picture.

import { createEffect, createMemo, createSignal, For, on, Show } from 'solid-js';
import type { ConnectionDto, PhaseDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { useHistory } from '../../state/history';
import { useSync } from '../../state/sync';
import { t, word } from '../../state/texts';
import { quantity } from '../../state/time';
import { percentOf } from './SyncPills';

/** Catching up for less than this is no news. */
const BRIEF_MILLIS = 2000;

/** In this order a first sync goes; later ones fetch `changes` only. */
const PHASES = ['things', 'cameras', 'events', 'history', 'newest'] as const satisfies readonly PhaseDto[];

type CatchingUp = Extract<ConnectionDto, { state: 'catching_up' }>;

export function SyncBars() {
  const desk = useDesk();
  const history = useHistory();
  const sync = useSync();
  const refused = () => desk.update.outbox.refused;
  return (
    <>
      <Show when={desk.update.exercise}>
        {(exercise) => (
          <div class="desk-bar" data-kind="exercise" role="status">
            <strong class="unreal-word">{t('exercise.on')}</strong>
            <span class="ellipsis">{exercise().title}</span>
            <span class="next num">{t('exercise.hint', { n: exercise().events })}</span>
          </div>
        )}
      </Show>
      <CatchingUpBar />
      <Show when={refused() > 0}>
        <div class="desk-bar" data-kind="refused" role="alert">
          <span class="bar-mark" />
          <span class="num">{t('outbox.bar_refused', { n: refused() })}</span>
          <Show when={history.drawer() !== 'outbox'}>
            <button type="button" onClick={() => history.open('outbox')}>
              {t('outbox.bar_open')}
            </button>
          </Show>
        </div>
      </Show>
      <Show when={sync.followed()}>
        {(view) => (
          <div class="desk-bar" data-kind="followed" role="status">
            <span class="bar-mark" />
            <span class="ellipsis">{t('shared.following', { name: view().by })}</span>
            <button type="button" onClick={() => sync.follow(undefined)}>
              {t('shared.unfollow')}
            </button>
          </div>
        )}
      </Show>
    </>
  );
}

function CatchingUpBar() {
  const desk = useDesk();
  const [since, setSince] = createSignal<number>();
  const state = createMemo(() => desk.update.connection.state);
  createEffect(on(state, (now) => setSince(now === 'catching_up' ? desk.now() : undefined)));
  const shown = (): CatchingUp | undefined => {
    const { connection } = desk.update;
    const began = since();
    return connection.state === 'catching_up' && began !== undefined && desk.now() - began >= BRIEF_MILLIS
      ? connection
      : undefined;
  };
  const place = (progress: CatchingUp, phase: PhaseDto) => {
    const at = (PHASES as readonly PhaseDto[]).indexOf(progress.phase);
    const mine = (PHASES as readonly PhaseDto[]).indexOf(phase);
    return at === mine ? 'now' : mine < at ? 'done' : 'later';
  };
  return (
    <Show when={shown()}>
      {(progress) => (
        <div class="desk-bar" data-kind="catching-up">
          <span class="bar-mark" />
          <span role="status">{t('catching.title', { phase: word('phase', progress().phase) })}</span>
          <Show when={progress().total > 0} fallback={<span class="num">{quantity(progress().done)}</span>}>
            <progress
              max={progress().total}
              value={Math.min(progress().done, progress().total)}
              aria-label={t('catching.progress')}
            />
            <span class="num">
              {percentOf(progress())}% · {quantity(progress().done)} / {quantity(progress().total)}
            </span>
          </Show>
          <Show when={progress().phase !== 'changes'}>
            <ol class="catching-phases next">
              <For each={PHASES}>
                {(phase) => <li data-place={place(progress(), phase)}>{word('phase', phase)}</li>}
              </For>
            </ol>
          </Show>
          <span class="next ellipsis catching-hint">{t('catching.hint')}</span>
        </div>
      )}
    </Show>
  );
}
