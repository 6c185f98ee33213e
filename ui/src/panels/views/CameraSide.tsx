// What is done with the picture of the current cell: kept, steered, laid over the city, and what is known of its stream.

import { createEffect, createSignal, For, on, onCleanup, Show } from 'solid-js';
import type { ViewStateDto } from '../../generated/wire';
import { createAsked } from '../../state/asked';
import { useCoverage } from '../../state/coverage';
import { useDesk } from '../../state/desk';
import { language, t, word } from '../../state/texts';
import { joined, moment, quantity } from '../../state/time';
import { percent } from '../../state/video_words';
import type { Cell } from '../../state/view_cells';
import type { Feed } from '../../state/view_feed';
import { useViews } from '../../state/views';
import { Presets } from './Presets';
import { PtzPad } from './PtzPad';

const REASON_MOST = 120;

export function CameraSide() {
  const views = useViews();
  const cell = () => views.cells[views.current()];
  const feed = () => views.feeds[views.current()];
  return (
    <Show
      when={(cell()?.camera ?? '') !== '' && cell()}
      fallback={
        <p class="views-blank">
          {t('view.camera_none')} <span class="hint">{t('view.camera_none_hint')}</span>
        </p>
      }
    >
      {(one) => <Show when={feed()}>{(its) => <Sheet cell={one()} feed={its()} />}</Show>}
    </Show>
  );
}

function Sheet(props: { cell: Cell; feed: Feed }) {
  const desk = useDesk();
  const views = useViews();
  const coverage = useCoverage();
  const name = () => props.cell.name || props.cell.camera;
  const stand = () => views.stand(props.feed.view());
  const isOpen = () => props.feed.view() !== undefined;
  const channel = createAsked(
    () => [props.cell.camera, language(), desk.update.video.desk_revision],
    () => desk.backend.videoChannel(props.cell.camera),
  );
  const known = () => (channel.value()?.row.id === props.cell.camera ? channel.value() : undefined);
  const canPtz = () => props.feed.opened()?.can_ptz === true && desk.live();
  return (
    <>
      <h3 class="views-name">{name()}</h3>
      <div class="tool-acts">
        <button type="button" onClick={() => desk.selectAndFly({ kind: 'camera', id: props.cell.camera })}>
          {t('view.fly')}
        </button>
        <VolumeSwitch camera={props.cell.camera} />
        <button
          type="button"
          onClick={() => {
            coverage.calibrateCamera({ camera: props.cell.camera, name: name() });
            views.show('coverage');
          }}
        >
          {t('view.calibrate')}
        </button>
      </div>
      <Keep feed={props.feed} />
      <section class="views-part" aria-label={t('view.in_twin')}>
        <h4>{t('view.in_twin')}</h4>
        <div class="tool-acts">
          <button
            type="button"
            disabled={!isOpen()}
            aria-pressed={views.pinned(props.cell.id).drape}
            title={t('view.drape_hint')}
            onClick={() => views.pin(props.cell.id, { drape: !views.pinned(props.cell.id).drape })}
          >
            {t('view.drape')}
          </button>
          <button
            type="button"
            disabled={!isOpen()}
            aria-pressed={views.pinned(props.cell.id).above}
            title={t('view.above_hint')}
            onClick={() => views.pin(props.cell.id, { above: !views.pinned(props.cell.id).above })}
          >
            {t('view.above')}
          </button>
        </div>
      </section>
      <section class="views-part" aria-label={t('view.ptz')}>
        <h4>{t('view.ptz')}</h4>
        <Show when={canPtz()} fallback={<p class="hint">{desk.past() ? t('view.ptz_past') : t('view.ptz_none')}</p>}>
          <PtzPad camera={props.cell.camera} />
          <Show when={props.cell.camera} keyed>
            {(camera) => (
              <Presets camera={camera} presets={known()?.presets ?? []} volume={known()?.volume ?? undefined} />
            )}
          </Show>
        </Show>
      </section>
      <Show when={stand()}>{(one) => <Stream stand={one()} />}</Show>
    </>
  );
}

/** What the camera can see at most, drawn in the twin for as long as it is wanted. */
function VolumeSwitch(props: { camera: string }) {
  const desk = useDesk();
  const views = useViews();
  const [drawn, setDrawn] = createSignal<string>();
  const isOn = () => drawn() === props.camera;
  function set(camera: string | undefined): void {
    setDrawn(camera);
    void views.acted(desk.backend.showVolumes(camera === undefined ? [] : [camera])).then((came) => {
      if (camera !== undefined && came?.changed === 0) {
        desk.say(t('video.volume_none'));
      }
      if (came === undefined || came.changed === 0) {
        setDrawn(undefined);
      }
    });
  }
  // A camera that was turned sees something else.
  createEffect(
    on(
      () => [desk.update.video.catalogue_revision, desk.update.video.obstacles.kind],
      () => {
        const camera = drawn();
        if (camera !== undefined) {
          set(camera);
        }
      },
      { defer: true },
    ),
  );
  onCleanup(() => {
    if (drawn() !== undefined) {
      set(undefined);
    }
  });
  return (
    <button
      type="button"
      aria-pressed={isOn()}
      title={t('view.volume_hint')}
      onClick={() => set(isOn() ? undefined : props.camera)}
    >
      {t('view.volume')}
    </button>
  );
}

/** A picture, or the last seconds, as a file; who kept it and why is written down. */
function Keep(props: { feed: Feed }) {
  const views = useViews();
  const [reason, setReason] = createSignal('');
  const [busy, setBusy] = createSignal(false);
  let field: HTMLInputElement | undefined;
  const may = () => props.feed.view() !== undefined && props.feed.pictures() > 0 && !busy();
  const canSnapshot = () => props.feed.opened()?.can_snapshot === true;
  async function run(work: () => Promise<unknown>): Promise<void> {
    setBusy(true);
    const came = await work();
    setBusy(false);
    if (came !== undefined && came !== false) {
      setReason('');
      if (field !== undefined) {
        field.value = '';
      }
    }
  }
  return (
    <section class="views-part" aria-label={t('view.keep')}>
      <h4>{t('view.keep')}</h4>
      <input
        type="text"
        class="strip-field"
        maxlength={REASON_MOST}
        autocomplete="off"
        aria-label={t('view.reason')}
        placeholder={t('view.reason')}
        ref={(element) => {
          field = element;
        }}
        onInput={(event) => setReason(event.currentTarget.value)}
      />
      <div class="tool-acts">
        <button
          type="button"
          disabled={!may() || !canSnapshot()}
          onClick={() => void run(() => views.snapshot(props.feed, reason().trim()))}
        >
          {t('view.snapshot')} <kbd>S</kbd>
        </button>
        <button
          type="button"
          disabled={!may() || reason().trim() === ''}
          title={reason().trim() === '' ? t('view.clip_reason') : undefined}
          onClick={() => void run(() => views.saveClip(props.feed, reason().trim()))}
        >
          {t('view.save_clip')}
        </button>
      </div>
      <p class="hint">{canSnapshot() ? t('view.keep_hint') : t('view.snapshot_denied')}</p>
    </section>
  );
}

/** What is masked in pictures that are kept of it. */
function maskWords(stand: ViewStateDto): string {
  return stand.masks.length === 0 ? t('view.masks_none') : joined(stand.masks.map((mask) => word('view.mask', mask)));
}

/** Where the pictures come from, and what holds the program that decodes them. */
function Stream(props: { stand: ViewStateDto }) {
  const facts = (): [string, string][] => {
    const one = props.stand;
    const rows: [string, string][] = [
      [t('view.source'), [one.source, one.codec].filter((part) => part !== '').join(' · ')],
      [t('view.shows'), one.at === null ? t('view.live') : moment(one.at)],
      [t('view.pictures'), quantity(one.pictures, 0)],
      [t('view.decoder'), t('view.decoder_of', { mib: quantity(one.memory_mib, 0), cpu: percent(one.cpu_share) })],
      [t('view.sandbox'), joined(one.sandbox)],
      [t('view.sandbox_missing'), joined(one.sandbox_missing)],
      [t('view.masks'), maskWords(one)],
    ];
    return rows.filter(([, value]) => value !== '');
  };
  return (
    <section class="views-part" aria-label={t('view.stream')}>
      <h4>{t('view.stream')}</h4>
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
    </section>
  );
}
