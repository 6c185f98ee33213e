// Geofences: drawn by clicks into the picture, named, listed, dropped.

import { createSignal, For, onMount, Show } from 'solid-js';
import type { FenceDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { FENCE_NAME_MOST } from '../../state/fences';
import { useLayers } from '../../state/layers';
import { t } from '../../state/texts';
import { quantity } from '../../state/time';
import { useTools } from '../../state/tools';
import { Sketching } from '../tools/parts';

const MINUTE_S = 60;
/** A day. */
const DWELL_MOST_MIN = 1440;

export function FencePanel() {
  const desk = useDesk();
  const tools = useTools();
  const { fences } = useLayers();
  onMount(() => fences.read());
  return (
    <section class="layer-fences" aria-label={t('fence.title')}>
      <h3>{t('fence.title')}</h3>
      <Show
        when={tools.fenceRing()}
        fallback={
          <Show
            when={tools.drawsFence()}
            fallback={
              <button
                type="button"
                class="tool-wide"
                disabled={desk.twin.failure() !== undefined}
                onClick={() => tools.startFence()}
              >
                {t('fence.draw')}
              </button>
            }
          >
            <Sketching words={t('fence.hint')} />
          </Show>
        }
      >
        {(ring) => <FenceForm ring={ring()} />}
      </Show>
      <Show when={fences.failure()}>
        {(message) => <p class="tool-failure">{t('fence.unread', { message: message() })}</p>}
      </Show>
      <ul>
        <For
          each={fences.list()}
          fallback={
            <Show when={fences.failure() === undefined}>
              <li class="hint">{t('fence.none')}</li>
            </Show>
          }
        >
          {(fence) => <FenceRow fence={fence} />}
        </For>
      </ul>
      <p class="hint">{t('fence.notes')}</p>
    </section>
  );
}

function FenceForm(props: { ring: [number, number][] }) {
  const tools = useTools();
  const { fences } = useLayers();
  const [name, setName] = createSignal('');
  const [minutes, setMinutes] = createSignal<number>();
  const [refusal, setRefusal] = createSignal<string>();
  const isTaken = () => fences.list().some((fence) => fence.name === name().trim());

  async function keep(): Promise<void> {
    const wanted = name().trim();
    if (wanted === '') {
      return;
    }
    const dwell = minutes();
    const fence = { name: wanted, ring: props.ring, dwell_s: dwell === undefined ? null : dwell * MINUTE_S };
    const refused = await fences.keep(fence);
    setRefusal(refused);
    if (refused === undefined) {
      tools.cancel();
    }
  }

  return (
    <form
      class="tool-form fence-form"
      onSubmit={(event) => {
        event.preventDefault();
        void keep();
      }}
    >
      <p class="hint num" role="status">
        {t('fence.drawn', { n: props.ring.length })}
      </p>
      <label class="tool-field">
        <span>{t('fence.name')}</span>
        <input
          type="text"
          maxlength={FENCE_NAME_MOST}
          autocomplete="off"
          value={name()}
          ref={(element) => queueMicrotask(() => element.focus({ preventScroll: true }))}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <label class="tool-field">
        <span>{t('fence.dwell')}</span>
        <input
          type="number"
          class="num"
          min={1}
          max={DWELL_MOST_MIN}
          step={1}
          value={minutes() ?? ''}
          onInput={(event) => {
            const value = event.currentTarget.valueAsNumber;
            setMinutes(Number.isFinite(value) ? value : undefined);
          }}
        />
      </label>
      <Show when={refusal()}>
        {(message) => (
          <p class="tool-failure" role="alert">
            {t('fence.refused', { message: message() })}
          </p>
        )}
      </Show>
      <div class="tool-acts">
        <button type="submit" disabled={name().trim() === ''}>
          {isTaken() ? t('fence.replace') : t('fence.keep')} <kbd>Enter</kbd>
        </button>
        <button type="button" onClick={() => tools.cancel()}>
          {t('tool.cancel')} <kbd>Esc</kbd>
        </button>
      </div>
    </form>
  );
}

function FenceRow(props: { fence: FenceDto }) {
  const { fences } = useLayers();
  const facts = () => {
    const { dwell_s, ring } = props.fence;
    const corners = t('fence.corners', { n: ring.length });
    const minutes = dwell_s === null ? 0 : dwell_s / MINUTE_S;
    return minutes > 0
      ? `${corners} · ${t('fence.stay', { n: quantity(minutes, Number.isInteger(minutes) ? 0 : 1) })}`
      : corners;
  };
  return (
    <li class="tool-item">
      <span class="layer-set">
        <span class="ellipsis" title={props.fence.name}>
          {props.fence.name}
        </span>
        <span class="hint num">{facts()}</span>
      </span>
      <button
        type="button"
        class="quiet"
        aria-label={t('fence.drop_name', { name: props.fence.name })}
        onClick={() => fences.drop(props.fence)}
      >
        ×
      </button>
    </li>
  );
}
