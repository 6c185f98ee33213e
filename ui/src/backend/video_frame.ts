// A picture of a view as the host hands it over: 32 bytes that say what it is, then a JPEG or nothing. Little-endian.

import type { ViewStateKindDto } from '../generated/wire';

const MAGIC = 0x31465643;
const HEADER_BYTES = 32;
const STATES = [
  'connecting',
  'playing',
  'stalled',
  'failed',
  'restarting',
  'closed',
] as const satisfies readonly ViewStateKindDto[];

export interface ViewFrame {
  /** Asked for pictures after this one next time. */
  seq: number;
  /** When the picture was taken, UTC milliseconds; `undefined` where the stream does not say. */
  pictureAt: number | undefined;
  state: ViewStateKindDto;
  width: number;
  height: number;
  /** It begins anew in so many milliseconds; 0 where it does not. */
  restartInMs: number;
  /** Empty when no newer picture has come. */
  jpeg: Uint8Array<ArrayBuffer>;
}

/** What a host's answer says; `undefined` for bytes that are no such answer. */
export function frameOf(bytes: ArrayBuffer): ViewFrame | undefined {
  if (bytes.byteLength < HEADER_BYTES) {
    return undefined;
  }
  const view = new DataView(bytes);
  const length = view.getUint32(28, true);
  const state = STATES[view.getUint32(16, true)];
  if (view.getUint32(0, true) !== MAGIC || state === undefined || HEADER_BYTES + length > bytes.byteLength) {
    return undefined;
  }
  const pictureAt = view.getFloat64(8, true);
  return {
    seq: view.getUint32(4, true),
    pictureAt: Number.isFinite(pictureAt) ? pictureAt : undefined,
    state,
    width: view.getUint16(20, true),
    height: view.getUint16(22, true),
    restartInMs: view.getUint32(24, true),
    jpeg: new Uint8Array(bytes, HEADER_BYTES, length),
  };
}

/** The bytes of a picture as a host would write them. */
export function frameBytes(frame: ViewFrame): ArrayBuffer {
  const bytes = new ArrayBuffer(HEADER_BYTES + frame.jpeg.length);
  const view = new DataView(bytes);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, frame.seq, true);
  view.setFloat64(8, frame.pictureAt ?? Number.NaN, true);
  view.setUint32(16, STATES.indexOf(frame.state), true);
  view.setUint16(20, frame.width, true);
  view.setUint16(22, frame.height, true);
  view.setUint32(24, frame.restartInMs, true);
  view.setUint32(28, frame.jpeg.length, true);
  new Uint8Array(bytes).set(frame.jpeg, HEADER_BYTES);
  return bytes;
}
