// The presets of a camera: going to one, and writing down where one looks. The camera keeps them itself; what is written down here
// tells which of them shows a place.

import { createSignal, For, Show } from 'solid-js';
import type { VideoPresetDto, VideoVolumeDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { t } from '../../state/texts';
import { useViews } from '../../state/views';
import { formKeys } from '../plans/parts';

const NAME_MOST = 40;
const NUMBER_MOST = 255;
const FOV = { least: 0.1, most: 150 } as const;

export function Presets(props: {
  camera: string;
  presets: readonly VideoPresetDto[];
  volume: VideoVolumeDto | undefined;
}) {
  const desk = useDesk();
  const views = useViews();
  const [isAdding, setAdding] = createSignal(false);
  async function drop(preset: VideoPresetDto): Promise<void> {
    const { camera } = props;
    const kept = { ...preset };
    if ((await views.acted(desk.backend.deletePreset(camera, kept.number))) !== undefined) {
      desk.say(t('view.preset_deleted', { n: kept.number }), {
        words: t('tool.undo'),
        run: () => void views.acted(desk.backend.savePreset(camera, kept)),
      });
    }
  }
  return (
    <>
      <Show when={props.presets.length > 0} fallback={<p class="hint">{t('view.presets_none')}</p>}>
        <div class="tool-acts" role="group" aria-label={t('view.presets')}>
          <For each={props.presets}>
            {(preset) => (
              <span class="preset">
                <button
                  type="button"
                  class="ellipsis"
                  onClick={() => views.steer(props.camera, { kind: 'preset', number: preset.number })}
                >
                  <span class="num">{preset.number}</span> {preset.name}
                </button>
                <button
                  type="button"
                  class="quiet"
                  aria-label={t('view.preset_delete', { n: preset.number })}
                  title={t('view.preset_delete', { n: preset.number })}
                  onClick={() => void drop(preset)}
                >
                  ×
                </button>
              </span>
            )}
          </For>
        </div>
      </Show>
      <Show
        when={isAdding()}
        fallback={
          <div class="tool-acts">
            <button type="button" aria-expanded="false" onClick={() => setAdding(true)}>
              {t('view.preset_add')}
            </button>
          </div>
        }
      >
        <PresetForm
          camera={props.camera}
          presets={props.presets}
          volume={props.volume}
          onClose={() => setAdding(false)}
        />
      </Show>
    </>
  );
}

/** It begins with where the camera looks now, as far as that is known. */
function PresetForm(props: {
  camera: string;
  presets: readonly VideoPresetDto[];
  volume: VideoVolumeDto | undefined;
  onClose: () => void;
}) {
  const desk = useDesk();
  const views = useViews();
  const free = () => {
    const used = new Set(props.presets.map((preset) => preset.number));
    let number = 1;
    while (used.has(number) && number < NUMBER_MOST) {
      number += 1;
    }
    return number;
  };
  const tenths = (value: number | undefined) => (value === undefined ? '' : String(Math.round(value * 10) / 10));
  const [number, setNumber] = createSignal(String(free()));
  const [name, setName] = createSignal('');
  const [azimuth, setAzimuth] = createSignal(tenths(props.volume?.azimuth_deg));
  const [tilt, setTilt] = createSignal(tenths(props.volume?.tilt_deg));
  const [fov, setFov] = createSignal(tenths(props.volume?.fov_h_deg));
  /** What is typed, when all of it makes sense. */
  const preset = (): VideoPresetDto | undefined => {
    const texts = [number(), azimuth(), tilt(), fov()];
    const values = texts.map((text) => (text.trim() === '' ? Number.NaN : Number(text)));
    const [which = 0, to = 0, down = 0, wide = 0] = values;
    const isSound =
      values.every((value) => Number.isFinite(value)) &&
      Number.isInteger(which) &&
      which >= 1 &&
      which <= NUMBER_MOST &&
      Math.abs(down) <= 90 &&
      wide >= FOV.least &&
      wide <= FOV.most;
    return isSound
      ? { number: which, name: name().trim(), azimuth_deg: ((to % 360) + 360) % 360, tilt_deg: down, fov_h_deg: wide }
      : undefined;
  };
  async function send(): Promise<void> {
    const wanted = preset();
    if (wanted === undefined) {
      return;
    }
    if ((await views.acted(desk.backend.savePreset(props.camera, wanted))) !== undefined) {
      desk.say(t('view.preset_kept', { n: wanted.number }));
      props.onClose();
    }
  }
  return (
    <div
      class="preset-form"
      role="group"
      aria-label={t('view.preset_add')}
      onKeyDown={formKeys(
        () => void send(),
        () => props.onClose(),
      )}
    >
      <label class="tool-field preset-wide">
        <span>{t('view.preset_name')}</span>
        <input
          type="text"
          autocomplete="off"
          maxlength={NAME_MOST}
          aria-label={t('view.preset_name')}
          ref={(element) => queueMicrotask(() => element.focus())}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <Angle label={t('view.preset_number')} value={number()} onType={setNumber} />
      <Angle label={`${t('card.azimuth')} °`} value={azimuth()} onType={setAzimuth} />
      <Angle label={`${t('video.volume.tilt')} °`} value={tilt()} onType={setTilt} />
      <Angle label={`${t('video.volume.fov')} °`} value={fov()} onType={setFov} />
      <p class="hint preset-wide">{t('view.preset_hint')}</p>
      <div class="tool-acts preset-wide">
        <button type="button" disabled={preset() === undefined} onClick={() => void send()}>
          {t('view.preset_save')} <kbd>Enter</kbd>
        </button>
        <button type="button" class="quiet" onClick={() => props.onClose()}>
          {t('tool.cancel')} <kbd>Esc</kbd>
        </button>
      </div>
    </div>
  );
}

function Angle(props: { label: string; value: string; onType: (text: string) => void }) {
  return (
    <label class="tool-field">
      <span>{props.label}</span>
      <input
        type="text"
        inputmode="decimal"
        class="num"
        autocomplete="off"
        aria-label={props.label}
        value={props.value}
        onInput={(event) => props.onType(event.currentTarget.value)}
      />
    </label>
  );
}
