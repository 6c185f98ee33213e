// Cameras: the nearest ones of a place, and one camera's own facts, with clips that play in place.

import { createSignal, For, Show } from 'solid-js';
import type { CameraDto, ClipDto, NearCameraDto } from '../../generated/wire';
import { t } from '../../state/texts';
import { clockTime, distance } from '../../state/time';

export function CamerasNearby(props: { cameras: NearCameraDto[] }) {
  // The one that sees the place best plays without asking; the rest wait for a click.
  const [wanted, setWanted] = createSignal<string | undefined>();
  const best = () => props.cameras.find((near) => near.in_view && near.camera.on && near.camera.clips.length > 0)?.id;
  const open = () => wanted() ?? best();
  return (
    <Show
      when={props.cameras.length > 0}
      fallback={
        <p>
          {t('card.cameras_empty')} <span class="hint">{t('card.cameras_empty_hint')}</span>
        </p>
      }
    >
      <ul class="near">
        <For each={props.cameras}>
          {(near) => (
            <li>
              <button
                type="button"
                class="quiet near-row"
                aria-expanded={open() === near.id}
                title={open() === near.id ? t('card.clip_hide') : t('card.clip_show')}
                onClick={() => setWanted(open() === near.id ? '' : near.id)}
              >
                <span class="near-view" classList={{ sees: near.in_view }} title={t('card.in_view_note')}>
                  <ViewMark sees={near.in_view} />
                </span>
                <span class="ellipsis near-name">{near.name}</span>
                <span class="near-words">
                  {near.camera.on ? (near.in_view ? t('card.in_view') : t('card.out_of_view')) : t('card.camera_off')}
                </span>
                <span class="num near-distance">{distance(near.distance_m)}</span>
              </button>
              <Show when={open() === near.id}>
                <Clip clip={near.camera.clips[0]} />
              </Show>
            </li>
          )}
        </For>
      </ul>
      <p class="hint near-note">{t('card.in_view_note')}</p>
    </Show>
  );
}

export function CameraFacts(props: { camera: CameraDto }) {
  return (
    <>
      <Clip clip={props.camera.clips[0]} />
      <dl class="facts card-facts">
        <dt>{t('card.status')}</dt>
        <dd>{props.camera.on ? t('card.camera_on') : t('card.camera_off')}</dd>
        <dt>{t('card.azimuth')}</dt>
        <dd class="num">{Math.round(props.camera.azimuth_deg)}°</dd>
        <dt>{t('card.fov')}</dt>
        <dd class="num">{Math.round(props.camera.fov_deg)}°</dd>
        <dt>{t('card.camera_range')}</dt>
        <dd class="num">{distance(props.camera.range_m)}</dd>
        <dt>{t('card.camera_category')}</dt>
        <dd>{t('card.camera_category_n', { n: props.camera.category })}</dd>
      </dl>
    </>
  );
}

function Clip(props: { clip: ClipDto | undefined }) {
  const [broken, setBroken] = createSignal<string>();
  return (
    <Show
      when={props.clip}
      fallback={
        <p class="clip-words">
          {t('card.no_clip')} <span class="hint">{t('card.no_clip_hint')}</span>
        </p>
      }
    >
      {(clip) => (
        <figure class="clip">
          <Show
            when={broken() !== clip().url}
            fallback={
              <div class="clip-words" role="alert">
                <p>{t('card.clip_failed')}</p>
                <p class="hint clip-address">{t('card.clip_failed_hint', { url: clip().url })}</p>
              </div>
            }
          >
            <video
              src={clip().url}
              controls
              autoplay
              loop
              muted
              playsinline
              preload="metadata"
              onError={() => setBroken(clip().url)}
            />
          </Show>
          <figcaption class="hint num">
            {t('card.clip', { from: clockTime(clip().from), to: clockTime(clip().to) })}
          </figcaption>
        </figure>
      )}
    </Show>
  );
}

function ViewMark(props: { sees: boolean }) {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <path
        d="M2 8 14 3v10Z"
        fill={props.sees ? 'currentColor' : 'none'}
        stroke="currentColor"
        stroke-width="1.4"
        stroke-linejoin="round"
      />
    </svg>
  );
}
