// Everything about one channel: its identity in parts, every field with its word, where it stands in the trees, what it can see,
// how it does, and what the person may do with it.

import { createSignal, For, type JSX, Show } from 'solid-js';
import type { VideoChannelDto, VideoFieldDto, VideoRightDto, VideoRowDto } from '../../generated/wire';
import { useCoverage } from '../../state/coverage';
import { useDesk } from '../../state/desk';
import { t } from '../../state/texts';
import { age, distance, joined, moment, quantity, stretch } from '../../state/time';
import { useVideo } from '../../state/video';
import { actionName, assumedWords, fieldName, gradeWords, rightWords, standWords } from '../../state/video_words';
import { useViews } from '../../state/views';
import { StandMark, VideoRead } from './parts';

/** So many clips are listed. */
const MOST_CLIPS = 12;

export function ChannelSheet() {
  const video = useVideo();
  const name = () => video.detail.value()?.row.name ?? t('video.sheet');
  return (
    <section class="channel-sheet" aria-label={name()}>
      <VideoRead
        isKnown={video.detail.value() !== undefined}
        failure={video.detail.failure()}
        onRetry={video.detail.read}
      >
        <Show when={video.detail.value()}>
          {(channel) => (
            <>
              <Head channel={channel()} />
              <div class="sheet-body scrolls" role="region" tabindex="0" aria-label={t('video.sheet')}>
                <Rights channel={channel()} />
                <Health channel={channel()} />
                <Identity channel={channel()} />
                <Paths channel={channel()} />
                <Volume channel={channel()} />
                <Fields channel={channel()} />
                <Clips channel={channel()} />
              </div>
            </>
          )}
        </Show>
      </VideoRead>
    </section>
  );
}

function Head(props: { channel: VideoChannelDto }) {
  const desk = useDesk();
  const video = useVideo();
  const row = () => props.channel.row;
  function copy(): void {
    void navigator.clipboard.writeText(row().id).then(
      () => desk.say(t('card.copied')),
      () => desk.say(t('card.copy_failed')),
    );
  }
  return (
    <header class="sheet-head">
      <div class="sheet-title">
        <StandMark row={row()} quiet />
        <h3 title={row().name}>{row().name}</h3>
        <button type="button" class="quiet" onClick={() => video.openChannel(undefined)}>
          {t('app.close')}
        </button>
      </div>
      <p class="sheet-line num">
        <button type="button" class="quiet sheet-code" title={t('card.copy')} onClick={copy}>
          {row().id}
        </button>
        <span>{standWords(row())}</span>
        <span class="hint">{gradeWords(row(), video.tables())}</span>
        <Show when={row().is_secret}>
          <span class="row-tag">{t('video.secret')}</span>
        </Show>
        <For each={row().tags}>{(tag) => <span class="row-tag">{tag}</span>}</For>
      </p>
      <Acts row={row()} />
    </header>
  );
}

function Acts(props: { row: VideoRowDto }) {
  const desk = useDesk();
  const video = useVideo();
  const views = useViews();
  const coverage = useCoverage();
  const camera = () => ({ camera: props.row.id, name: props.row.name });
  const cannotLook = () => props.row.denied.includes('live') && props.row.denied.includes('playback');
  function calibrate(): void {
    coverage.calibrateCamera(camera());
    video.show('coverage');
  }
  return (
    <div class="tool-acts">
      <button
        type="button"
        disabled={cannotLook()}
        title={cannotLook() ? t('video.denied_live') : undefined}
        onClick={() => views.look(camera())}
      >
        {t('video.look')}
      </button>
      <Show when={props.row.place !== null}>
        <button type="button" onClick={() => desk.selectAndFly({ kind: 'camera', id: props.row.id })}>
          {t('video.fly')}
        </button>
        <button type="button" disabled={!desk.live()} onClick={calibrate}>
          {t('video.calibrate')}
        </button>
      </Show>
      <button type="button" onClick={() => video.showAudit(props.row.id)}>
        {t('video.audit_of')}
      </button>
    </div>
  );
}

/** A part of the sheet that folds. */
function Part(props: { title: string; isClosed?: boolean; children: JSX.Element }) {
  return (
    <details class="sheet-part" open={props.isClosed !== true}>
      <summary>{props.title}</summary>
      {props.children}
    </details>
  );
}

/** Names and values; what nobody delivered is marked. */
function FieldList(props: { fields: readonly VideoFieldDto[] }) {
  return (
    <dl class="facts video-facts">
      <For each={props.fields}>
        {(field) => (
          <>
            <dt title={field.field}>{field.label === field.field ? fieldName(undefined, field.field) : field.label}</dt>
            <dd class="num" title={field.raw}>
              {field.value}
              <Show when={field.value !== field.raw && field.raw !== ''}>
                {' '}
                <span class="hint">{field.raw}</span>
              </Show>
              <Show when={field.is_assumed}>
                {' '}
                <span class="row-tag">{t('video.assumed')}</span>
              </Show>
            </dd>
          </>
        )}
      </For>
    </dl>
  );
}

function Rights(props: { channel: VideoChannelDto }) {
  const { tables } = useVideo();
  return (
    <Part title={t('video.rights')}>
      <ul class="sheet-rights">
        <For each={props.channel.rights}>
          {(right) => (
            <li classList={{ denied: !right.is_allowed }}>
              <span class="right-mark" aria-hidden="true">
                {right.is_allowed ? '✓' : '×'}
              </span>
              <span>{actionName(tables(), right.action)}</span>
              <span class="right-why">
                <span class="hidden-words">{right.is_allowed ? t('video.allowed') : t('video.denied')} </span>
                {rightWords(right)}
              </span>
            </li>
          )}
        </For>
      </ul>
      <Asking channel={props.channel} />
    </Part>
  );
}

/** What a purpose would change: asked of the host, nothing is done. */
function Asking(props: { channel: VideoChannelDto }) {
  const desk = useDesk();
  const { tables } = useVideo();
  const [answer, setAnswer] = createSignal<VideoRightDto>();
  const [purpose, setPurpose] = createSignal('');
  const needs = () => props.channel.rights.some((right) => right.needs_purpose);
  function ask(wanted: string): void {
    setPurpose(wanted);
    setAnswer(undefined);
    if (wanted === '') {
      return;
    }
    void desk.backend.askRight(props.channel.row.id, 'live', wanted).then((result) => {
      if (result.ok && purpose() === wanted) {
        setAnswer(result.value);
      }
    });
  }
  return (
    <Show when={needs()}>
      <label class="sheet-ask">
        <span class="hint">{t('video.with_purpose')}</span>
        <select value={purpose()} onChange={(event) => ask(event.currentTarget.value)}>
          <option value="">{t('video.no_purpose')}</option>
          <For each={tables()?.purposes ?? []}>{(one) => <option value={one.code}>{one.name}</option>}</For>
        </select>
        <Show when={answer()}>
          {(right) => (
            <span role="status">
              {right().is_allowed ? t('video.allowed') : t('video.denied')} {rightWords(right())}
            </span>
          )}
        </Show>
      </label>
    </Show>
  );
}

function Health(props: { channel: VideoChannelDto }) {
  const desk = useDesk();
  const health = () => props.channel.health;
  const since = () => health().since;
  const heard = () => health().heard_at;
  const movedBy = () => health().moved_m;
  return (
    <Part title={t('video.tab.health')}>
      <dl class="facts video-facts">
        <dt>{t('card.status')}</dt>
        <dd class="num">
          {standWords(health())}
          <Show when={since() !== null}>
            {' '}
            <span class="hint">{t('video.since', { time: moment(since() ?? 0).slice(0, 11) })}</span>
          </Show>
        </dd>
        <Show when={heard() !== null}>
          <dt>{t('video.heard')}</dt>
          <dd class="num">{age(desk.now(), heard() ?? 0)}</dd>
        </Show>
        <dt>{t('video.outages')}</dt>
        <dd class="num">{t('video.times', { n: health().outages })}</dd>
        <Show when={movedBy() !== null}>
          <dt>{t('video.moved_by')}</dt>
          <dd class="num">{distance(movedBy() ?? 0)}</dd>
        </Show>
      </dl>
    </Part>
  );
}

function Identity(props: { channel: VideoChannelDto }) {
  return (
    <Part title={t('video.identity')}>
      <Show when={props.channel.code.length > 0} fallback={<p class="hint">{t('video.identity_other')}</p>}>
        <FieldList fields={props.channel.code} />
      </Show>
      <p class="hint">{t('video.comes_from', { sources: joined(props.channel.sources) })}</p>
    </Part>
  );
}

function Paths(props: { channel: VideoChannelDto }) {
  const { list } = useVideo();
  return (
    <Part title={t('video.paths')}>
      <For each={props.channel.paths} fallback={<p class="hint">{t('video.paths_none')}</p>}>
        {(path) => (
          <p class="sheet-path">
            <span class="hint">{t(`video.tree.${path.tree}`)}</span>
            <For each={path.nodes}>
              {([id, name]) => (
                <button type="button" class="quiet" onClick={() => list.under({ id, name }, path.tree)}>
                  {name}
                </button>
              )}
            </For>
          </p>
        )}
      </For>
    </Part>
  );
}

function Volume(props: { channel: VideoChannelDto }) {
  const desk = useDesk();
  const video = useVideo();
  const views = useViews();
  const row = () => props.channel.row;
  const [drawn, setDrawn] = createSignal<string>();
  // What is drawn of one camera is not drawn of the next one.
  const isShown = () => drawn() === row().id;
  const degrees = (value: number) => `${quantity(value, 1)}°`;
  function show(on: boolean): void {
    setDrawn(on ? row().id : undefined);
    void video.act(desk.backend.showVolumes(on ? [row().id] : []));
  }
  function undoCalibration(): void {
    const { id, name } = row();
    void views.acted(desk.backend.undoCalibration(id)).then((came) => {
      if (came !== undefined) {
        desk.say(t('sight.calibration_undone', { name }));
      }
    });
  }
  return (
    <Part title={t('video.volume')}>
      <Show when={props.channel.volume} fallback={<p class="hint">{t('video.volume_none')}</p>}>
        {(volume) => (
          <>
            <dl class="facts video-facts">
              <dt>{t('card.azimuth')}</dt>
              <dd class="num">{degrees(volume().azimuth_deg)}</dd>
              <dt>{t('video.volume.tilt')}</dt>
              <dd class="num">{degrees(volume().tilt_deg)}</dd>
              <dt>{t('card.fov')}</dt>
              <dd class="num">
                {degrees(volume().fov_h_deg)} × {degrees(volume().fov_v_deg)}
              </dd>
              <dt>{t('card.camera_range')}</dt>
              <dd class="num">{distance(volume().range_m)}</dd>
              <dt>{t('video.volume.resolution')}</dt>
              <dd class="num">
                {volume().width_px} × {volume().height_px}
              </dd>
            </dl>
            <Show when={volume().assumed.length > 0}>
              <p class="hint">{t('video.volume_assumed', { fields: assumedWords(volume()) })}</p>
            </Show>
            <Show when={volume().is_calibrated}>
              <p class="hint">{t('video.calibrated')}</p>
            </Show>
            <div class="tool-acts">
              <button type="button" aria-pressed={isShown()} onClick={() => show(!isShown())}>
                {t('video.volume_show')}
              </button>
              <Show when={volume().is_calibrated && desk.live()}>
                <button type="button" onClick={undoCalibration}>
                  {t('video.calibration_undo')}
                </button>
              </Show>
            </div>
          </>
        )}
      </Show>
      <Show when={props.channel.presets.length > 0}>
        <h4>{t('video.presets')}</h4>
        <ul class="sheet-presets">
          <For each={props.channel.presets}>
            {(preset) => (
              <li class="num">
                {preset.number} · {preset.name} <span class="hint">{degrees(preset.azimuth_deg)}</span>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </Part>
  );
}

function Fields(props: { channel: VideoChannelDto }) {
  return (
    <Part title={t('video.fields', { n: props.channel.fields.length })} isClosed>
      <FieldList fields={props.channel.fields} />
    </Part>
  );
}

function Clips(props: { channel: VideoChannelDto }) {
  const desk = useDesk();
  const views = useViews();
  const row = () => props.channel.row;
  /** The clock goes there, and the picture follows it. */
  function look(at: number): void {
    desk.goTo(at);
    views.setFollows('clock');
    views.look({ camera: row().id, name: row().name });
  }
  return (
    <Part title={t('video.clips')} isClosed>
      <ul class="sheet-clips">
        <For each={props.channel.clips.slice(0, MOST_CLIPS)} fallback={<li class="hint">{t('video.clips_none')}</li>}>
          {([from, to]) => (
            <li>
              <span class="num">{stretch(from, to)}</span>
              <button
                type="button"
                class="quiet"
                disabled={row().denied.includes('playback')}
                onClick={() => look(from)}
              >
                {t('video.look_then')}
              </button>
            </li>
          )}
        </For>
      </ul>
    </Part>
  );
}
