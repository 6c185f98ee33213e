// Gives rights for a while: to a role or a person, for cameras or an area, what, how long, what for.

import { createSignal, For, Show } from 'solid-js';
import type { VideoGrantDraftDto } from '../../generated/wire';
import { useCases } from '../../state/cases';
import { useDesk } from '../../state/desk';
import { t } from '../../state/texts';
import { HOUR, quantity } from '../../state/time';
import { useVideo } from '../../state/video';
import { withOrWithout } from '../../state/video_list';
import { actionName } from '../../state/video_words';
import { Choices, OneOf } from './parts';

/** What is usually given. */
const USUAL = ['list', 'see_place', 'live', 'playback'];
const HOURS = [1, 2, 4, 8, 24, 72, 168, 720] as const;
const NAME_MOST = 40;
const NOTE_MOST = 300;

export function GrantForm(props: { cameras: readonly string[]; onGiven: () => void }) {
  const desk = useDesk();
  const cases = useCases();
  const video = useVideo();
  const [isPerson, setPerson] = createSignal(false);
  const [role, setRole] = createSignal('');
  const [person, setPersonName] = createSignal('');
  const [actions, setActions] = createSignal<string[]>(USUAL);
  const [hours, setHours] = createSignal(4);
  const [purpose, setPurpose] = createSignal('');
  const [note, setNote] = createSignal('');
  const most = () => video.tables()?.max_grant_hours ?? 0;
  const offered = () => HOURS.filter((one) => most() === 0 || one <= most());
  // The right to grant is not handed on.
  const offeredActions = () =>
    (video.tables()?.actions ?? [])
      .filter((one) => one.code !== 'grant')
      .map(({ code }) => ({ code, name: actionName(video.tables(), code) }));
  const area = () => (props.cameras.length > 0 ? [] : video.list.filter().area);
  const lacks = () => {
    if (props.cameras.length === 0 && area().length === 0) {
      return t('video.grant_lacks_cameras');
    }
    if (isPerson() ? person().trim() === '' : role() === '') {
      return t('video.grant_lacks_to');
    }
    if (actions().length === 0) {
      return t('video.grant_lacks_actions');
    }
    return purpose() === '' ? t('video.grant_lacks_purpose') : undefined;
  };
  const scope = () =>
    props.cameras.length > 0
      ? t('video.n_channels', { n: quantity(props.cameras.length, 0) })
      : area().length > 0
        ? t('video.grant_area', { n: area().length })
        : t('video.grant_lacks_cameras');

  function send(): void {
    if (lacks() !== undefined || video.busy()) {
      return;
    }
    const from = Math.round(desk.now());
    const draft: VideoGrantDraftDto = {
      role: isPerson() ? null : role(),
      person: isPerson() ? person().trim() : null,
      cameras: [...props.cameras],
      area: area(),
      actions: actions(),
      from,
      to: from + hours() * HOUR,
      purpose: purpose(),
      note: note().trim(),
    };
    void video.act(desk.backend.giveGrant(draft)).then((acted) => {
      if (acted !== undefined) {
        desk.say(t('video.given'));
        video.grantFor(undefined);
        props.onGiven();
      }
    });
  }
  return (
    <form
      class="grant-form"
      aria-label={t('video.grant_new')}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <p>
        <span class="hint">{t('video.grant_cameras')}</span> <strong class="num">{scope()}</strong>
      </p>
      <div class="grant-fields">
        <fieldset class="choices">
          <legend>{t('video.grant_to')}</legend>
          <div class="choices-row">
            <button type="button" aria-pressed={!isPerson()} onClick={() => setPerson(false)}>
              {t('video.to_role')}
            </button>
            <button type="button" aria-pressed={isPerson()} onClick={() => setPerson(true)}>
              {t('video.to_person')}
            </button>
          </div>
        </fieldset>
        <Show
          when={isPerson()}
          fallback={
            <OneOf
              label={t('video.role')}
              none={t('video.choose_one')}
              value={role()}
              options={(cases.tables()?.roles ?? []).map((one) => ({ code: one.id, name: one.name }))}
              onChoose={setRole}
            />
          }
        >
          <label class="tool-field">
            <span>{t('video.person')}</span>
            <input
              type="text"
              autocomplete="off"
              maxlength={NAME_MOST}
              value={person()}
              onInput={(event) => setPersonName(event.currentTarget.value)}
            />
          </label>
        </Show>
        <label class="tool-field">
          <span>{t('video.grant_hours')}</span>
          <select value={String(hours())} onChange={(event) => setHours(Number(event.currentTarget.value))}>
            <For each={offered()}>
              {(one) => (
                <option value={String(one)} selected={one === hours()}>
                  {one < 24 ? t('video.hours_n', { n: one }) : t('video.days_n', { n: one / 24 })}
                </option>
              )}
            </For>
          </select>
        </label>
        <OneOf
          label={t('video.purpose')}
          none={t('video.choose_one')}
          value={purpose()}
          options={video.tables()?.purposes ?? []}
          onChoose={setPurpose}
        />
      </div>
      <Choices
        label={t('video.grant_actions')}
        options={offeredActions()}
        chosen={actions()}
        onToggle={(code) => setActions(withOrWithout(actions(), code))}
      />
      <label class="tool-field">
        <span>{t('video.grant_note')}</span>
        <input
          type="text"
          autocomplete="off"
          maxlength={NOTE_MOST}
          value={note()}
          onInput={(event) => setNote(event.currentTarget.value)}
        />
      </label>
      <div class="tool-acts">
        <button type="submit" disabled={lacks() !== undefined || video.busy()}>
          {t('video.give')} <kbd>Enter</kbd>
        </button>
        <button type="button" onClick={() => video.grantFor(undefined)}>
          {t('range.cancel')}
        </button>
        <span class="hint" role="status">
          {lacks() ?? t('video.grant_audited')}
        </span>
      </div>
    </form>
  );
}
