import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { GestureDto } from '../../generated/wire';
import { followGestures, GestureBatch, notchesOf, pinchOf, type Region } from './gestures';

let element: HTMLDivElement;
let sent: GestureDto[][];
let regions: (Region | undefined)[];
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  element = document.createElement('div');
  element.setPointerCapture = vi.fn();
  document.body.append(element);
  sent = [];
  regions = [];
  stop = followGestures(element, (gestures) => sent.push(gestures), { onRegion: (region) => regions.push(region) });
});
afterEach(() => {
  stop();
  element.remove();
});

const pointer = (type: string, x: number, y: number, more: PointerEventInit = {}) =>
  element.dispatchEvent(
    new PointerEvent(type, { clientX: x, clientY: y, pointerId: 1, bubbles: true, cancelable: true, ...more }),
  );
const frame = () => vi.advanceTimersByTime(20);

test('a drag pans once per frame, from where the last frame ended', () => {
  pointer('pointerdown', 10, 10);
  pointer('pointermove', 20, 10);
  pointer('pointermove', 30, 15);
  frame();
  pointer('pointermove', 40, 20);
  frame();
  expect(sent).toEqual([
    [{ kind: 'pan', from: [10, 10], to: [30, 15] }],
    [{ kind: 'pan', from: [30, 15], to: [40, 20] }],
  ]);
});

test('the secondary button and Ctrl turn', () => {
  pointer('pointerdown', 0, 0, { button: 2 });
  pointer('pointermove', 8, 4);
  pointer('pointermove', 10, 4);
  pointer('pointerup', 10, 4, { button: 2 });
  frame();
  pointer('pointerdown', 0, 0, { ctrlKey: true });
  pointer('pointermove', 6, 0, { ctrlKey: true });
  frame();
  expect(sent).toEqual([[{ kind: 'orbit', by: [10, 4] }], [{ kind: 'orbit', by: [6, 0] }]]);
});

test('a press that hardly moved picks', () => {
  pointer('pointerdown', 100, 50);
  pointer('pointermove', 102, 51);
  pointer('pointerup', 102, 51);
  frame();
  expect(sent).toEqual([[{ kind: 'pick', at: [102, 51] }]]);
});

test('a float on the picture keeps its clicks', () => {
  const float = document.createElement('button');
  float.dataset.float = '';
  element.append(float);
  float.dispatchEvent(new PointerEvent('pointerdown', { pointerId: 1, bubbles: true }));
  float.dispatchEvent(new PointerEvent('pointerup', { pointerId: 1, bubbles: true }));
  frame();
  expect(sent).toEqual([]);
});

test('the wheel zooms at the pointer, whatever its unit, and never too far in a frame', () => {
  expect(notchesOf({ deltaY: -100, deltaMode: 0 })).toBe(1);
  expect(notchesOf({ deltaY: 3, deltaMode: 1 })).toBe(-1);
  const batch = new GestureBatch();
  for (let i = 0; i < 9; i += 1) {
    batch.zoom([i, 0], 1);
  }
  expect(batch.take()).toEqual([{ kind: 'zoom', at: [8, 0], notches: 5 }]);
});

test('the context menu stays away', () => {
  const event = new MouseEvent('contextmenu', { cancelable: true });
  element.dispatchEvent(event);
  expect(event.defaultPrevented).toBe(true);
});

test('two fingers pan, zoom and turn by the shorter way round', () => {
  const spread = pinchOf(
    [
      [100, 100],
      [200, 100],
    ],
    [
      [100, 110],
      [300, 110],
    ],
  );
  expect(spread).toEqual({ from: [150, 100], to: [200, 110], scale: 2, turn_deg: 0 });
  const turned = pinchOf(
    [
      [0, 0],
      [-100, 1],
    ],
    [
      [0, 0],
      [-100, -1],
    ],
  );
  expect(Math.abs(turned?.turn_deg ?? 90)).toBeLessThan(2);
  expect(
    pinchOf(
      [
        [5, 5],
        [5, 5],
      ],
      [
        [0, 0],
        [9, 9],
      ],
    ),
  ).toBeUndefined();
});

test('pinches of one frame become one', () => {
  const batch = new GestureBatch();
  batch.pinch({ from: [0, 0], to: [5, 0], scale: 2, turn_deg: 10 });
  batch.pinch({ from: [5, 0], to: [9, 0], scale: 1.5, turn_deg: -4 });
  expect(batch.take()).toEqual([{ kind: 'pinch', from: [0, 0], to: [9, 0], scale: 3, turn_deg: 6 }]);
});

test('Shift and a drag select a box, which is shown while it is drawn', () => {
  pointer('pointerdown', 10, 10, { shiftKey: true });
  pointer('pointermove', 60, 40, { shiftKey: true });
  expect(regions).toEqual([{ kind: 'box', from: [10, 10], to: [60, 40] }]);
  pointer('pointerup', 60, 40, { shiftKey: true, altKey: true });
  frame();
  expect(sent).toEqual([[{ kind: 'select_box', from: [10, 10], to: [60, 40], add: true }]]);
  expect(regions.at(-1)).toBeUndefined();
});

test('Ctrl, Shift and a drag draw a lasso; one of two corners selects nothing', () => {
  const keys = { shiftKey: true, ctrlKey: true };
  pointer('pointerdown', 0, 0, keys);
  pointer('pointermove', 40, 0, keys);
  pointer('pointermove', 41, 0, keys);
  pointer('pointermove', 40, 40, keys);
  pointer('pointerup', 40, 40, keys);
  frame();
  const points = [
    [0, 0],
    [40, 0],
    [40, 40],
  ];
  expect(sent).toEqual([[{ kind: 'select_lasso', points, add: false }]]);
  pointer('pointerdown', 0, 0, keys);
  pointer('pointermove', 40, 0, keys);
  pointer('pointerup', 40, 0, keys);
  frame();
  expect(sent).toHaveLength(1);
});

test('a very long lasso keeps a bounded number of corners', () => {
  const keys = { shiftKey: true, ctrlKey: true };
  pointer('pointerdown', 0, 0, keys);
  for (let i = 1; i <= 4000; i += 1) {
    pointer('pointermove', 300 * Math.cos(i / 40), 300 * Math.sin(i / 40), keys);
  }
  pointer('pointerup', 0, 0, keys);
  frame();
  const [lasso] = sent[0] ?? [];
  expect(lasso?.kind === 'select_lasso' && lasso.points.length > 100 && lasso.points.length <= 512).toBe(true);
});

test('Escape gives a region up', () => {
  pointer('pointerdown', 10, 10, { shiftKey: true });
  pointer('pointermove', 60, 40, { shiftKey: true });
  const pressed = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true });
  element.dispatchEvent(pressed);
  pointer('pointerup', 60, 40, { shiftKey: true });
  frame();
  expect(pressed.defaultPrevented).toBe(true);
  expect(sent).toEqual([]);
  expect(regions.at(-1)).toBeUndefined();
});

test('the right button without a move, the menu key and a finger that rests ask what is there', () => {
  pointer('pointerdown', 30, 20, { button: 2 });
  pointer('pointerup', 30, 20, { button: 2 });
  frame();
  pointer('pointermove', 50, 60);
  element.dispatchEvent(new KeyboardEvent('keydown', { key: 'ContextMenu', bubbles: true, cancelable: true }));
  frame();
  pointer('pointerdown', 70, 80, { pointerType: 'touch' });
  vi.advanceTimersByTime(600);
  pointer('pointerup', 70, 80, { pointerType: 'touch' });
  frame();
  const asked = sent.flat().filter((gesture) => gesture.kind !== 'hover');
  expect(asked).toEqual([
    { kind: 'here', at: [30, 20] },
    { kind: 'here', at: [50, 60] },
    { kind: 'here', at: [70, 80] },
  ]);
});
