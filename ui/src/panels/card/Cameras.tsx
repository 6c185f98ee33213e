// Cameras of a card: those that see what it is about, with the best one's picture; the nearest ones of a thing; one camera's own
// facts. Whether a camera sees a place is said as far as it is known: with what stands in the way, or without.

import { createEffect, createSignal, For, on, Show } from 'solid-js';
import type { AlarmNearDto, CameraDto, ClipDto, NearCameraDto, SightDto, SightTargetDto } from '../../generated/wire';
import { KeptRows } from '../../parts/KeptRows';
import { createAsked } from '../../state/asked';
import { useDesk } from '../../state/desk';
import { language, t } from '../../state/texts';
import { clockTime, distance } from '../../state/time';
import { videoRefusalWords } from '../../state/video_words';
import { createFeed, type Wanted } from '../../state/view_feed';
import { useViews } from '../../state/views';
import { CameraPicture } from '../views/CameraPicture';
import { SightMark } from '../views/SightMark';
import { AlarmNear } from './AlarmAround';

const WIDTH_PX = 640;
const FPS = 12;
/** Cameras that a card lists; the rest are in the answer of the coverage. */
const MOST_ROWS = 6;

/**
 * The cameras that see an event or an alarm, the best first. In the present the best one's picture opens by itself; in the past
 * each look is asked for. `rows` stand where nobody can say who sees it.
 */
export function SeeingCameras(props: { target: SightTargetDto; rows: readonly AlarmNearDto[] }) {
  const desk = useDesk();
  const [wanted, setWanted] = createSignal<string>();
  const key = () => JSON.stringify(props.target);
  const sights = createAsked(
    () => [key(), desk.update.video.catalogue_revision, desk.update.video.obstacles.kind, desk.past(), language()],
    () => desk.backend.whoSees(props.target),
  );
  // Another event is asked about at once, not at the next beat.
  createEffect(
    on(
      key,
      () => {
        setWanted(undefined);
        sights.read();
      },
      { defer: true },
    ),
  );
  const answer = () => sights.value();
  const rows = () => (answer()?.rows ?? []).slice(0, MOST_ROWS);
  /** One that looks there comes before one that has to be turned first. */
  const best = () => {
    const able = rows().filter((row) => row.is_clear && row.is_healthy && row.can_look);
    return desk.live() ? (able.find((row) => row.preset === null) ?? able[0])?.id : undefined;
  };
  const open = () => wanted() ?? best();
  const refused = () => answer()?.refused ?? undefined;
  return (
    <Show
      when={rows().length > 0}
      fallback={
        <>
          <Show when={refused()}>{(why) => <p class="hint">{videoRefusalWords(why())}</p>}</Show>
          <Show when={answer()?.is_with_obstacles === true && !refused()}>
            <p class="near-none">{t('card.cameras_none_see')}</p>
          </Show>
          <AlarmNear rows={props.rows} empty={`${t('card.cameras_empty')} ${t('card.cameras_empty_hint')}`} />
        </>
      }
    >
      <ul class="near">
        <KeptRows rows={rows()} keyOf={(row) => row.id}>
          {(row) => (
            <li>
              <NearRow
                id={row().id}
                name={row().name}
                sees={row().is_clear}
                words={sightWords(row())}
                distanceM={row().distance_m}
                isOpen={open() === row().id}
                onToggle={() => setWanted(open() === row().id ? '' : row().id)}
              />
              <Show when={open() === row().id}>
                <CardPicture camera={row().id} name={row().name} clips={[]} isForEvent />
              </Show>
            </li>
          )}
        </KeptRows>
      </ul>
      <p class="hint near-note">
        {answer()?.is_with_obstacles === true ? t('sight.with_obstacles') : t('card.in_view_note')}
        <Show when={(answer()?.denied ?? 0) > 0}> · {t('sight.sees_denied', { n: answer()?.denied ?? 0 })}</Show>{' '}
        <LinesButton target={props.target} />
      </p>
    </Show>
  );
}

/** Draws the lines of sight in the twin. */
function LinesButton(props: { target: SightTargetDto }) {
  const desk = useDesk();
  const views = useViews();
  const [isOn, setOn] = createSignal(false);
  // The lines of another event are another answer.
  createEffect(
    on(
      () => JSON.stringify(props.target),
      () => setOn(false),
      { defer: true },
    ),
  );
  return (
    <button
      type="button"
      class="quiet"
      aria-pressed={isOn()}
      onClick={() => {
        const next = !isOn();
        void views.acted(desk.backend.showSightLines(next ? props.target : undefined)).then((came) => {
          setOn(next && came !== undefined);
        });
      }}
    >
      {t('sight.lines')}
    </button>
  );
}

/** The cameras near a thing; one of them is looked through on demand. */
export function CamerasNearby(props: { cameras: NearCameraDto[] }) {
  const [open, setOpen] = createSignal<string>();
  const isKnown = () => props.cameras.some((near) => near.sight !== 'unknown');
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
              <NearRow
                id={near.id}
                name={near.name}
                sees={near.sight === 'clear' || (near.sight === 'unknown' && near.in_view)}
                words={nearWords(near)}
                distanceM={near.distance_m}
                isOpen={open() === near.id}
                onToggle={() => setOpen(open() === near.id ? undefined : near.id)}
              />
              <Show when={open() === near.id}>
                <CardPicture camera={near.id} name={near.name} clips={near.camera.clips} />
              </Show>
            </li>
          )}
        </For>
      </ul>
      <p class="hint near-note">{isKnown() ? t('sight.with_obstacles') : t('card.in_view_note')}</p>
    </Show>
  );
}

function NearRow(props: {
  id: string;
  name: string;
  sees: boolean;
  words: string;
  distanceM: number;
  isOpen: boolean;
  onToggle: () => void;
}) {
  return (
    <button
      type="button"
      class="quiet near-row"
      aria-expanded={props.isOpen}
      title={props.isOpen ? t('view.hide') : t('view.look')}
      onClick={() => props.onToggle()}
    >
      <span class="near-view" classList={{ sees: props.sees }}>
        <SightMark isClear={props.sees} />
      </span>
      <span class="ellipsis near-name">{props.name}</span>
      <span class="near-words ellipsis">{props.words}</span>
      <span class="num near-distance">{distance(props.distanceM)}</span>
    </button>
  );
}

/** Sees it, by what it is blocked, or offline; before obstacles are known only whether it lies within the view. */
function nearWords(near: NearCameraDto): string {
  if (!near.camera.on) {
    return t('card.camera_off');
  }
  if (!near.can_look) {
    return t('view.cell_denied');
  }
  switch (near.sight) {
    case 'clear':
      return t('sight.clear');
    case 'blocked':
      // What looks elsewhere is not hidden by anything.
      return near.in_view ? t('sight.blocked') : t('card.out_of_view');
    case 'unknown':
      return near.in_view ? t('card.in_view') : t('card.out_of_view');
  }
}

function sightWords(row: SightDto): string {
  if (!row.is_healthy) {
    return t('sight.unhealthy');
  }
  if (row.is_clear && !row.can_look) {
    return t('view.cell_denied');
  }
  if (row.is_clear) {
    return row.preset === null
      ? t('sight.clear')
      : row.preset === 0
        ? t('sight.by_turning')
        : t('sight.by_preset', { n: row.preset });
  }
  const by = row.blocked_by_name || row.blocked_by;
  return by === '' ? t('sight.blocked') : t('sight.blocked_by', { name: by });
}

/** A camera's picture in a card: now, at the moment shown, or at the beginning of a clip. */
function CardPicture(props: { camera: string; name: string; clips: readonly ClipDto[]; isForEvent?: boolean }) {
  const desk = useDesk();
  const views = useViews();
  const [clip, setClip] = createSignal<ClipDto>();
  const at = () => clip()?.from ?? views.anchor().at;
  const wanted = (): Wanted => ({
    camera: props.camera,
    at: at(),
    isStill: clip() === undefined && views.anchor().isStill,
    width: WIDTH_PX,
    fps: FPS,
    purpose: props.isForEvent === true ? views.eventPurpose() : views.purpose(),
  });
  const feed = createFeed(desk.backend, wanted);
  return (
    <div class="card-picture">
      <CameraPicture feed={feed} name={props.name} at={at()} />
      <div class="tool-acts">
        <button type="button" onClick={() => views.look({ camera: props.camera, name: props.name })}>
          {t('view.to_mosaic')}
        </button>
        <Show when={clip()}>
          <button type="button" onClick={() => setClip(undefined)}>
            {desk.past() ? t('view.back_to_clock') : t('view.back_to_live')}
          </button>
        </Show>
        <For each={props.clips.slice(0, 3)}>
          {(one) => (
            <button type="button" class="num" aria-pressed={clip() === one} onClick={() => setClip(() => one)}>
              {t('card.clip', { from: clockTime(one.from), to: clockTime(one.to) })}
            </button>
          )}
        </For>
      </div>
    </div>
  );
}

/** One camera's own facts; its picture opens with a click, because every look is written down. */
export function CameraFacts(props: { id: string; name: string; camera: CameraDto }) {
  const [isOpen, setOpen] = createSignal(false);
  createEffect(
    on(
      () => props.id,
      () => setOpen(false),
      { defer: true },
    ),
  );
  return (
    <>
      <div class="card-look">
        <button type="button" aria-expanded={isOpen()} onClick={() => setOpen(!isOpen())}>
          {isOpen() ? t('view.hide') : t('view.look')}
        </button>
      </div>
      <Show when={isOpen()}>
        <CardPicture camera={props.id} name={props.name} clips={props.camera.clips} />
      </Show>
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
