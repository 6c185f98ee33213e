// Recordings on this machine: make one of the marked range, check, remove.

import { createSignal, For, onMount, Show } from 'solid-js';
import type { RecordingDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { useHistory } from '../../state/history';
import { t } from '../../state/texts';
import { bytesText, duration, quantity, stretch } from '../../state/time';

export function RecordingsPanel() {
  const desk = useDesk();
  const history = useHistory();
  const [name, setName] = createSignal('');
  onMount(() => history.readRecordings());
  return (
    <div class="drawer-page scrolls">
      <Show when={desk.range()} fallback={<p class="hint drawer-acts">{t('recordings.how')}</p>}>
        {(range) => (
          <form
            class="drawer-form drawer-acts"
            onSubmit={(event) => {
              event.preventDefault();
              if (name().trim() !== '') {
                history.record(range(), name().trim());
                setName('');
              }
            }}
          >
            <span class="num">
              {stretch(range().from, range().to)} · {duration(range().to - range().from)}
            </span>
            <input
              type="text"
              class="strip-field"
              maxlength={80}
              autocomplete="off"
              aria-label={t('recordings.name')}
              placeholder={t('recordings.name')}
              value={name()}
              onInput={(event) => setName(event.currentTarget.value)}
            />
            <button type="submit" disabled={history.busy() || name().trim() === ''}>
              {t('recordings.make')}
            </button>
          </form>
        )}
      </Show>
      <ul class="drawer-list" aria-label={t('drawer.recordings')}>
        <For each={history.recordings()} fallback={<li class="hint">{t('recordings.empty')}</li>}>
          {(one) => <Row one={one} />}
        </For>
      </ul>
    </div>
  );
}

function Row(props: { one: RecordingDto }) {
  const history = useHistory();
  const [asking, setAsking] = createSignal(false);
  const state = () => {
    if (props.one.problems.length > 0) {
      return t('recordings.problems', { n: props.one.problems.length });
    }
    return props.one.is_verified ? t('recordings.sound') : t('recordings.unverified');
  };
  return (
    <li class="drawer-row recording">
      <span class="drawer-main" title={props.one.path}>
        <strong class="ellipsis">{props.one.name}</strong>
        <span class="num">
          {stretch(props.one.from, props.one.to)} · {duration(props.one.to - props.one.from)}
        </span>
        <span class="num hint">
          {bytesText(props.one.bytes)} · {t('recordings.observations', { n: quantity(props.one.observations) })}
        </span>
        <span class="recording-state" classList={{ wrong: props.one.problems.length > 0 }}>
          {state()}
        </span>
      </span>
      <button
        type="button"
        class="quiet"
        disabled={history.busy()}
        aria-label={t('recordings.verify_name', { name: props.one.name })}
        onClick={() => history.verify(props.one)}
      >
        {t('recordings.verify')}
      </button>
      <Show
        when={asking()}
        fallback={
          <button
            type="button"
            class="quiet"
            disabled={history.busy()}
            aria-label={t('recordings.remove_name', { name: props.one.name })}
            onClick={() => setAsking(true)}
          >
            {t('recordings.remove')}
          </button>
        }
      >
        <span class="asking" role="alert">
          {t('recordings.remove_sure')}
          <button type="button" class="danger" onClick={() => history.removeRecording(props.one)}>
            {t('recordings.remove')}
          </button>
          <button type="button" onClick={() => setAsking(false)}>
            {t('range.cancel')}
          </button>
        </span>
      </Show>
      <Show when={props.one.problems.length > 0}>
        <ul class="recording-problems">
          <For each={props.one.problems}>{(problem) => <li>{problem}</li>}</For>
        </ul>
      </Show>
    </li>
  );
}
