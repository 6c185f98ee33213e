// The pictures that were kept: masked as they are; what is masked is shown only with a reason, and that is written down.

import { createSignal, For, Show } from 'solid-js';
import type { SnapshotDto, SnapshotTakenDto } from '../../generated/wire';
import { KeptRows } from '../../parts/KeptRows';
import { createAsked } from '../../state/asked';
import { useDesk } from '../../state/desk';
import { t } from '../../state/texts';
import { moment } from '../../state/time';
import { useViews } from '../../state/views';
import { formKeys } from '../plans/parts';

const REASON_MOST = 120;

export function SnapshotSide() {
  const desk = useDesk();
  const [opened, setOpened] = createSignal<string>();
  const list = createAsked(
    () => desk.update.video.desk_revision,
    () => desk.backend.snapshots(undefined),
  );
  return (
    <Show when={list.value()} fallback={<p class="hint">{list.failure() ?? t('card.loading')}</p>}>
      {(rows) => (
        <ul class="snapshots">
          <KeptRows
            rows={rows()}
            keyOf={(one) => one.digest}
            fallback={
              <li class="views-blank">
                {t('view.snapshots_none')} <span class="hint">{t('view.snapshots_none_hint')}</span>
              </li>
            }
          >
            {(one) => (
              <li>
                <button
                  type="button"
                  class="quiet pick-camera"
                  aria-expanded={opened() === one().digest}
                  onClick={() => setOpened(opened() === one().digest ? undefined : one().digest)}
                >
                  <span class="ellipsis">{one().name}</span>
                  <span class="hint num ellipsis">
                    {moment(one().taken_at)} · {one().by}
                  </span>
                </button>
                <Show when={opened() === one().digest}>
                  <Snapshot one={one()} />
                </Show>
              </li>
            )}
          </KeptRows>
        </ul>
      )}
    </Show>
  );
}

function Snapshot(props: { one: SnapshotDto }) {
  const desk = useDesk();
  const views = useViews();
  const [asking, setAsking] = createSignal(false);
  const [revealed, setRevealed] = createSignal<string>();
  // A clip is a file for a player; only pictures are shown here.
  const isClip = () => props.one.path.endsWith('.mp4');
  const picture = createAsked<SnapshotTakenDto | undefined>(
    () => props.one.digest,
    async () => (isClip() ? { ok: true, value: undefined } : desk.backend.snapshotPicture(props.one.digest)),
  );
  const base64 = () => revealed() ?? picture.value()?.base64 ?? '';
  const masked = () =>
    props.one.has_detector ? t('view.masked_n', { n: props.one.masked }) : t('view.snapshot_unmasked');
  const facts = (): [string, string][] => {
    const { one } = props;
    const rows: [string, string][] = [
      [t('view.shows'), one.shows_at === null ? t('view.time_unknown') : moment(one.shows_at)],
      [t('view.reason'), one.reason],
      [t('view.digest'), one.digest.slice(0, 16)],
      [t('view.file'), one.is_here ? one.path : t('view.file_elsewhere')],
      ...one.revealed.map(([by, at]): [string, string] => [t('view.revealed_by'), `${by} · ${moment(at)}`]),
    ];
    return rows.filter(([, value]) => value !== '');
  };
  async function reveal(reason: string): Promise<void> {
    const came = await views.reveal(props.one.digest, reason);
    if (came !== undefined) {
      setRevealed(came.base64);
      setAsking(false);
    }
  }
  return (
    <div class="snapshot">
      <Show when={!isClip()} fallback={<p class="hint">{t('view.clip_is')}</p>}>
        <Show when={base64() !== ''} fallback={<p class="hint">{picture.failure() ?? t('view.picture_elsewhere')}</p>}>
          <img src={`data:image/jpeg;base64,${base64()}`} alt={t('view.picture_of', { name: props.one.name })} />
        </Show>
        <p class="hint">{revealed() === undefined ? masked() : t('view.revealed')}</p>
      </Show>
      <dl class="facts">
        <For each={facts()}>
          {([label, value]) => (
            <>
              <dt>{label}</dt>
              <dd class="num">{value}</dd>
            </>
          )}
        </For>
      </dl>
      <Show when={props.one.masked > 0 && revealed() === undefined}>
        <Show
          when={asking()}
          fallback={
            <Show when={props.one.can_reveal} fallback={<p class="hint">{t('view.reveal_denied')}</p>}>
              <button type="button" onClick={() => setAsking(true)}>
                {t('view.reveal')}
              </button>
            </Show>
          }
        >
          <ReasonForm onSend={(reason) => void reveal(reason)} onClose={() => setAsking(false)} />
        </Show>
      </Show>
    </div>
  );
}

function ReasonForm(props: { onSend: (reason: string) => void; onClose: () => void }) {
  const [reason, setReason] = createSignal('');
  const send = () => {
    if (reason().trim() !== '') {
      props.onSend(reason().trim());
    }
  };
  return (
    <div
      class="plan-form"
      role="dialog"
      aria-label={t('view.reveal')}
      onKeyDown={formKeys(send, () => props.onClose())}
    >
      <input
        type="text"
        class="strip-field"
        maxlength={REASON_MOST}
        autocomplete="off"
        aria-label={t('view.reveal_reason')}
        placeholder={t('view.reveal_reason')}
        ref={(element) => queueMicrotask(() => element.focus())}
        onInput={(event) => setReason(event.currentTarget.value)}
      />
      <p class="hint">{t('view.reveal_hint')}</p>
      <div class="tool-acts">
        <button type="button" disabled={reason().trim() === ''} onClick={send}>
          {t('view.reveal_do')} <kbd>Enter</kbd>
        </button>
        <button type="button" class="quiet" onClick={() => props.onClose()}>
          {t('tool.cancel')} <kbd>Esc</kbd>
        </button>
      </div>
    </div>
  );
}
