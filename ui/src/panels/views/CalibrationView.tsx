// How exactly a camera looks: a point in its image, then the same point in the twin, four to eight times.

import { createEffect, createSignal, For, Show } from 'solid-js';
import type { CalibrationDto } from '../../generated/wire';
import { PAIRS, type Pair } from '../../state/calibration';
import { useCoverage } from '../../state/coverage';
import { useDesk } from '../../state/desk';
import { t, word } from '../../state/texts';
import { quantity } from '../../state/time';
import { createFeed, type Wanted } from '../../state/view_feed';
import { useViews } from '../../state/views';
import { CameraPicture } from './CameraPicture';
import { PickSide } from './PickSide';
import { useSketcher } from './sketch';

const WIDTH_PX = 1280;
const FPS = 5;
/** Points that fit to fewer pixels than this fit well. */
const GOOD_PX = 8;

export function CalibrationView() {
  const { calibration } = useCoverage();
  return (
    <Show when={calibration.camera()} keyed fallback={<Choose />}>
      {(camera) => <Dialog name={camera.name} camera={camera.camera} />}
    </Show>
  );
}

/** Without a camera one is taken from what is selected, or from the mosaic. */
function Choose() {
  const desk = useDesk();
  const views = useViews();
  const { calibration } = useCoverage();
  const choices = () => views.cells.filter((cell) => cell.camera !== '');
  const selected = () => {
    const target = desk.selected();
    return target?.kind === 'camera' ? target.id : undefined;
  };
  return (
    <div class="calibration-choose">
      <div class="blank">
        <strong>{t('sight.calibrate_empty')}</strong>
        <span class="hint">{t('sight.calibrate_hint')}</span>
        <div class="tool-acts">
          <Show when={selected()}>
            {(id) => (
              <button type="button" onClick={() => calibration.begin({ camera: id(), name: id() })}>
                {t('sight.calibrate_selected')}
              </button>
            )}
          </Show>
          <For each={choices()}>
            {(cell) => (
              <button
                type="button"
                onClick={() => calibration.begin({ camera: cell.camera, name: cell.name || cell.camera })}
              >
                {cell.name || cell.camera}
              </button>
            )}
          </For>
        </div>
      </div>
      <PickSide onPick={calibration.begin} />
    </div>
  );
}

function Dialog(props: { camera: string; name: string }) {
  const desk = useDesk();
  const views = useViews();
  const { calibration } = useCoverage();
  const sketcher = useSketcher();
  // Where points are marked nothing may move: the picture stands from the first of them on, once it is there.
  const [hasPicture, setHasPicture] = createSignal(false);
  const isHeld = () => calibration.pairs.length > 0 && hasPicture();
  const moment = () => ({ at: views.anchor().at, isStill: views.anchor().isStill });
  const wanted = (): Wanted | undefined =>
    isHeld() ? undefined : { camera: props.camera, ...moment(), width: WIDTH_PX, fps: FPS, purpose: views.purpose() };
  const feed = createFeed(desk.backend, wanted);
  createEffect(() => setHasPicture(feed.pictures() > 0));
  function onClick(event: MouseEvent & { currentTarget: HTMLElement }): void {
    const area = event.currentTarget.getBoundingClientRect();
    if (feed.pictures() === 0 || area.width === 0) {
      return;
    }
    const share = (at: number, from: number, length: number) => Math.min(1, Math.max(0, (at - from) / length));
    mark(share(event.clientX, area.left, area.width), share(event.clientY, area.top, area.height));
  }
  /** After the point in the image comes the same in the twin. */
  function mark(x: number, y: number): void {
    calibration.mark(x, y);
    if (calibration.open() !== undefined) {
      sketcher.point('pair', calibration.place);
    }
  }
  return (
    <div class="calibration" role="group" aria-label={t('sight.calibrate_of', { name: props.name })}>
      <div class="calibration-image">
        <CameraPicture feed={feed} name={props.name} at={views.anchor().at} />
        <button
          type="button"
          class="calibration-plane"
          aria-label={t('sight.calibrate_image')}
          onClick={onClick}
          onKeyDown={(event) => {
            // A click by key has no place in the image.
            if (event.key === 'Enter' || event.key === ' ') {
              event.preventDefault();
            }
          }}
        >
          <For each={calibration.pairs}>
            {(pair, i) => (
              <span
                class="calibration-point num"
                classList={{ open: pair.place === undefined }}
                style={{ left: `${pair.x * 100}%`, top: `${pair.y * 100}%` }}
              >
                {i() + 1}
              </span>
            )}
          </For>
        </button>
      </div>
      <div class="calibration-side scrolls" role="region" tabindex="0" aria-label={t('sight.calibrate_points')}>
        <p role="status">{stepWords(calibration.pairs, calibration.open())}</p>
        <ol class="calibration-pairs">
          <For each={calibration.pairs}>{(pair, i) => <PairRow pair={pair} index={i()} />}</For>
        </ol>
        <Show when={calibration.words()}>{(words) => <p role="alert">{words()}</p>}</Show>
        <Show when={calibration.result()}>{(result) => <Result result={result()} />}</Show>
        <div class="tool-acts">
          <button
            type="button"
            disabled={calibration.result() === undefined || calibration.busy() || desk.past()}
            onClick={() => calibration.save()}
          >
            {t('sight.calibrate_keep')}
          </button>
          <Show when={calibration.result()?.can_undo ?? true}>
            <button type="button" disabled={desk.past()} onClick={() => calibration.undo()}>
              {t('sight.calibrate_undo')}
            </button>
          </Show>
          <button type="button" class="quiet" onClick={() => calibration.begin(undefined)}>
            {t('sight.calibrate_other')}
          </button>
        </div>
      </div>
    </div>
  );
}

function PairRow(props: { pair: Pair; index: number }) {
  const { calibration } = useCoverage();
  /** Residuals are those of complete pairs, in their order. */
  const residual = () => {
    const complete = calibration.pairs.filter((pair) => pair.place !== undefined);
    const at = complete.findIndex((pair) => pair.id === props.pair.id);
    return at < 0 ? undefined : calibration.result()?.residuals_px[at];
  };
  return (
    <li>
      <span class="num">{props.index + 1}</span>
      <span class="num hint">
        {Math.round(props.pair.x * 100)}%, {Math.round(props.pair.y * 100)}%
      </span>
      <Show when={props.pair.place} fallback={<span>{t('sight.pair_open')}</span>}>
        {(at) => (
          <span class="num">
            {at()[0].toFixed(6)}, {at()[1].toFixed(6)} · {quantity(at()[2], 1)} m
          </span>
        )}
      </Show>
      <Show when={residual()}>
        {(px) => (
          <span class="num" classList={{ 'sight-unsure': px() > GOOD_PX }}>
            {t('sight.residual', { px: quantity(px(), 1) })}
          </span>
        )}
      </Show>
      <button
        type="button"
        class="quiet"
        aria-label={t('sight.pair_drop', { n: props.index + 1 })}
        onClick={() => calibration.drop(props.pair.id)}
      >
        ×
      </button>
    </li>
  );
}

function Result(props: { result: CalibrationDto }) {
  return (
    <>
      <p class="num" classList={{ 'sight-unsure': props.result.rms_px > GOOD_PX }}>
        {t('sight.rms', { px: quantity(props.result.rms_px, 1) })}
        {' · '}
        {props.result.rms_px > GOOD_PX ? t('sight.rms_poor') : t('sight.rms_good')}
      </p>
      <table class="page-table">
        <thead>
          <tr>
            <th scope="col">{t('sight.field')}</th>
            <th scope="col">{t('sight.before')}</th>
            <th scope="col">{t('sight.after')}</th>
          </tr>
        </thead>
        <tbody>
          <For each={props.result.fields}>
            {(field) => (
              <tr>
                <th scope="row">
                  {word('sight.field_of', field.field)}
                  <Show when={field.is_held}>
                    <span class="hint"> {t('sight.held')}</span>
                  </Show>
                </th>
                <td class="num">{amount(field.field, field.before)}</td>
                <td class="num">{amount(field.field, field.after)}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </>
  );
}

function amount(field: string, value: number): string {
  const isLength = field === 'east' || field === 'north' || field === 'up';
  return isLength ? `${quantity(value, 2)} m` : `${quantity(value, 1)}°`;
}

function stepWords(pairs: readonly Pair[], open: Pair | undefined): string {
  if (open !== undefined) {
    return t('sight.step_twin', { n: pairs.length });
  }
  if (pairs.length < PAIRS.least) {
    return t('sight.step_image', { n: pairs.length + 1, of: PAIRS.least });
  }
  return pairs.length < PAIRS.most ? t('sight.step_more') : t('sight.step_full');
}
