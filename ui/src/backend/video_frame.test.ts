import { expect, test } from 'vitest';
import { frameBytes, frameOf, type ViewFrame } from './video_frame';

const FRAME: ViewFrame = {
  seq: 41,
  pictureAt: 1_795_241_007_250,
  state: 'playing',
  width: 768,
  height: 432,
  restartInMs: 0,
  jpeg: new Uint8Array([0xff, 0xd8, 0xff, 0xd9]),
};

test('a picture arrives as it was written', () => {
  expect(frameOf(frameBytes(FRAME))).toEqual(FRAME);
});

test('a stream that does not say when has no time', () => {
  expect(frameOf(frameBytes({ ...FRAME, pictureAt: undefined }))?.pictureAt).toBeUndefined();
});

test('a state without a picture is read too', () => {
  const stalled = frameOf(frameBytes({ ...FRAME, state: 'restarting', restartInMs: 400, jpeg: new Uint8Array(0) }));
  expect(stalled).toMatchObject({ state: 'restarting', restartInMs: 400 });
  expect(stalled?.jpeg.length).toBe(0);
});

test('bytes that are no picture are none', () => {
  expect(frameOf(new ArrayBuffer(8))).toBeUndefined();
  expect(frameOf(new ArrayBuffer(64))).toBeUndefined();
  const short = frameBytes(FRAME).slice(0, 34);
  expect(frameOf(short)).toBeUndefined();
});
