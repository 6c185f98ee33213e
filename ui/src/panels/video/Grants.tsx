// Temporary grants: who was given what, for which cameras, until when and what for; giving one, and taking one back.

import { createSignal, Show } from 'solid-js';
import type { VideoGrantDto } from '../../generated/wire';
import { KeptRows } from '../../parts/KeptRows';
import { createAsked } from '../../state/asked';
import { useCases } from '../../state/cases';
import { useDesk } from '../../state/desk';
import { language, t, word } from '../../state/texts';
import { duration, joined, quantity, stretch } from '../../state/time';
import { useVideo } from '../../state/video';
import { actionName, named } from '../../state/video_words';
import { GrantForm } from './GrantForm';
import { VideoRead } from './parts';

const REASON_MOST = 200;

export function Grants() {
  const desk = useDesk();
  const video = useVideo();
  const grants = createAsked(
    () => [language(), video.board().desk_revision, Math.floor(desk.update.now / 30_000)],
    () => desk.backend.videoGrants(),
  );
  return (
    <div class="rights-body grants scrolls" role="region" tabindex="0" aria-label={t('video.rights_grants')}>
      <Show
        when={video.granting()}
        fallback={
          <Show when={desk.live()} fallback={<p class="hint">{t('video.past')}</p>}>
            <div class="tool-acts">
              <button type="button" onClick={() => video.grantFor([...video.list.chosen()])}>
                {t('video.grant_new')}
              </button>
              <span class="hint">{t('video.grant_hint')}</span>
            </div>
          </Show>
        }
      >
        {(ids) => <GrantForm cameras={ids()} onGiven={grants.read} />}
      </Show>
      <VideoRead isKnown={grants.value() !== undefined} failure={grants.failure()} onRetry={grants.read}>
        <Show
          when={(grants.value() ?? []).length > 0}
          fallback={
            <div class="blank">
              <strong>{t('video.grants_none')}</strong>
              <span class="hint">{t('video.grants_none_hint')}</span>
            </div>
          }
        >
          <table class="page-table grants-table">
            <thead>
              <tr>
                <th scope="col">{t('card.status')}</th>
                <th scope="col">{t('video.grant_to')}</th>
                <th scope="col">{t('video.grant_cameras')}</th>
                <th scope="col">{t('video.grant_actions')}</th>
                <th scope="col">{t('video.grant_span')}</th>
                <th scope="col">{t('video.purpose')}</th>
                <th scope="col">{t('video.grant_by')}</th>
                <th scope="col">
                  <span class="hidden-words">{t('duty.acts')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              <KeptRows rows={grants.value() ?? []} keyOf={(grant) => grant.id}>
                {(grant) => <Grant grant={grant()} onDone={grants.read} />}
              </KeptRows>
            </tbody>
          </table>
        </Show>
      </VideoRead>
    </div>
  );
}

function Grant(props: { grant: VideoGrantDto; onDone: () => void }) {
  const desk = useDesk();
  const cases = useCases();
  const { tables } = useVideo();
  const [isAsking, setAsking] = createSignal(false);
  const draft = () => props.grant.draft;
  const left = () => draft().to - desk.now();
  const to = () => draft().person ?? cases.roleName(draft().role ?? '');
  const scope = () =>
    draft().cameras.length > 0
      ? t('video.n_channels', { n: quantity(draft().cameras.length, 0) })
      : t('video.grant_area', { n: draft().area.length });
  return (
    <>
      <tr data-state={props.grant.state}>
        <td>
          <strong>{word('video.grant_state', props.grant.state)}</strong>{' '}
          <Show when={props.grant.state === 'holds'}>
            <span class="hint num">{t('video.grant_left', { time: duration(left()) })}</span>
          </Show>
          <Show when={props.grant.state === 'revoked'}>
            <span class="hint">
              {props.grant.revoked_by} {props.grant.revoked_why}
            </span>
          </Show>
        </td>
        <td>
          {to()}{' '}
          <Show when={props.grant.is_mine}>
            <span class="row-tag">{t('video.grant_mine')}</span>
          </Show>
        </td>
        <td class="num" title={draft().cameras.slice(0, 12).join('\n')}>
          {scope()}
        </td>
        <td>{joined(draft().actions.map((action) => actionName(tables(), action)))}</td>
        <td class="num">{stretch(draft().from, draft().to)}</td>
        <td title={draft().note}>{named(tables()?.purposes, draft().purpose)}</td>
        <td>{props.grant.given_by}</td>
        <td class="work-acts">
          <Show when={props.grant.can_revoke && desk.live()}>
            <button type="button" class="quiet" aria-expanded={isAsking()} onClick={() => setAsking(!isAsking())}>
              {t('video.revoke')}
            </button>
          </Show>
        </td>
      </tr>
      <Show when={isAsking()}>
        <Revoke
          id={props.grant.id}
          onDone={() => {
            setAsking(false);
            props.onDone();
          }}
        />
      </Show>
    </>
  );
}

function Revoke(props: { id: string; onDone: () => void }) {
  const desk = useDesk();
  const video = useVideo();
  const [reason, setReason] = createSignal('');
  function send(): void {
    void video.act(desk.backend.revokeGrant(props.id, reason().trim())).then((acted) => {
      if (acted !== undefined) {
        desk.say(t('video.revoked'));
        props.onDone();
      }
    });
  }
  return (
    <tr class="work-note">
      <td colspan={8}>
        <form
          aria-label={t('video.revoke')}
          onSubmit={(event) => {
            event.preventDefault();
            send();
          }}
        >
          <input
            type="text"
            class="strip-field"
            autocomplete="off"
            maxlength={REASON_MOST}
            aria-label={t('duty.reason')}
            placeholder={t('duty.reason')}
            ref={(element) => queueMicrotask(() => element.focus())}
            value={reason()}
            onInput={(event) => setReason(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') {
                event.preventDefault();
                props.onDone();
              }
            }}
          />
          <button type="submit" disabled={video.busy()}>
            {t('video.revoke')} <kbd>Enter</kbd>
          </button>
        </form>
      </td>
    </tr>
  );
}
