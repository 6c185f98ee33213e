// Steering a camera: it moves while a button or a key is held, and stops when it is let go.

import { For, onCleanup } from 'solid-js';
import type { PtzActDto } from '../../generated/wire';
import { type TextKey, t } from '../../state/texts';
import { useViews } from '../../state/views';

/** The hub stops a camera by itself after a while: a move that is held is told again. */
const REPEAT_MILLIS = 800;
/** Half of the speed that a camera has: fast enough to follow, slow enough to aim. */
const SPEED = 0.5;

type Move = Pick<Extract<PtzActDto, { kind: 'move' }>, 'pan' | 'tilt' | 'zoom'>;

interface PadButton {
  name: string;
  words: TextKey;
  sign: string;
  move: Move;
  key: string | undefined;
}

const move = (pan: number, tilt: number, zoom: number): Move => ({
  pan: pan * SPEED,
  tilt: tilt * SPEED,
  zoom: zoom * SPEED,
});

const BUTTONS: readonly PadButton[] = [
  { name: 'up', words: 'view.ptz_up', sign: '▲', move: move(0, 1, 0), key: 'ArrowUp' },
  { name: 'left', words: 'view.ptz_left', sign: '◀', move: move(-1, 0, 0), key: 'ArrowLeft' },
  { name: 'right', words: 'view.ptz_right', sign: '▶', move: move(1, 0, 0), key: 'ArrowRight' },
  { name: 'down', words: 'view.ptz_down', sign: '▼', move: move(0, -1, 0), key: 'ArrowDown' },
  { name: 'nearer', words: 'view.ptz_nearer', sign: '+', move: move(0, 0, 1), key: '+' },
  { name: 'wider', words: 'view.ptz_wider', sign: '−', move: move(0, 0, -1), key: '-' },
];

export function PtzPad(props: { camera: string }) {
  const views = useViews();
  let timer: ReturnType<typeof setInterval> | undefined;
  let moving: { name: string; camera: string } | undefined;
  function begin(one: PadButton): void {
    if (moving?.name === one.name) {
      return;
    }
    clearInterval(timer);
    const camera = props.camera;
    moving = { name: one.name, camera };
    const tell = () => views.steer(camera, { kind: 'move', ...one.move });
    tell();
    timer = setInterval(tell, REPEAT_MILLIS);
  }
  function end(): void {
    clearInterval(timer);
    const was = moving;
    moving = undefined;
    // The camera of the cell may be another one by now.
    if (was !== undefined) {
      views.steer(was.camera, { kind: 'stop' });
    }
  }
  onCleanup(end);
  function keyed(event: KeyboardEvent): PadButton | undefined {
    const key = event.key === '=' ? '+' : event.key;
    return BUTTONS.find((one) => one.key === key);
  }
  return (
    <div
      class="ptz"
      role="group"
      aria-label={t('view.ptz_pad')}
      onKeyDown={(event) => {
        const one = keyed(event);
        if (one !== undefined) {
          event.preventDefault();
          begin(one);
        }
      }}
      onKeyUp={(event) => {
        if (keyed(event) !== undefined) {
          end();
        }
      }}
      onFocusOut={(event) => {
        if (!(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget))) {
          end();
        }
      }}
    >
      <For each={BUTTONS}>
        {(one) => (
          <button
            type="button"
            data-way={one.name}
            aria-label={t(one.words)}
            title={t(one.words)}
            onPointerDown={(event) => {
              event.currentTarget.setPointerCapture(event.pointerId);
              begin(one);
            }}
            onPointerUp={end}
            onPointerCancel={end}
          >
            {one.sign}
          </button>
        )}
      </For>
      <p class="hint">{t('view.ptz_hint')}</p>
    </div>
  );
}
