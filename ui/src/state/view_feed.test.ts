import { createRoot, createSignal } from 'solid-js';
import { beforeEach, expect, test, vi } from 'vitest';
import type { ViewFrame } from '../backend/video_frame';
import type { OpenedViewDto } from '../generated/wire';
import { createFeed, hasReached, pauseAfter, type Wanted } from './view_feed';

beforeEach(() => {
  vi.useFakeTimers();
});

const WANTED: Wanted = { camera: 'c1', at: undefined, isStill: false, width: 640, fps: 10, purpose: '' };

function opened(change: Partial<OpenedViewDto>): OpenedViewDto {
  return { view: 1, camera: 'c1', name: '甲', can_ptz: false, can_snapshot: true, refused: null, ...change };
}

/** A feed over a host that answers `answer` and has a new picture each time; what was asked of it is listed. */
async function open(answer: OpenedViewDto, first: Wanted | undefined = WANTED) {
  const calls: string[] = [];
  let seq = 0;
  const backend = {
    openView: (draft: { camera: string; at: number | null }) => {
      calls.push(`open ${draft.camera} ${draft.at ?? 'live'}`);
      return Promise.resolve({ ok: true as const, value: answer });
    },
    viewFrame: () => {
      seq += 1;
      const frame: ViewFrame = {
        seq,
        pictureAt: 1000 * seq,
        state: 'playing',
        width: 2,
        height: 2,
        restartInMs: 0,
        jpeg: new Uint8Array([1]),
      };
      return Promise.resolve({ ok: true as const, value: frame });
    },
    closeView: (view: number) => {
      calls.push(`close ${view}`);
      return Promise.resolve({ ok: true as const, value: undefined });
    },
  };
  const [wanted, setWanted] = createSignal<Wanted | undefined>(first);
  const { feed, dispose } = createRoot((end) => {
    const made = createFeed(backend, wanted);
    const canvas = document.createElement('canvas');
    document.body.append(canvas);
    made.show(canvas, () => '王建国');
    return { feed: made, dispose: end };
  });
  await vi.advanceTimersByTimeAsync(1000);
  return { feed, calls, setWanted, dispose };
}

test('a picture is followed no faster than was asked for, and closed with whoever looked', async () => {
  const { feed, calls, dispose } = await open(opened({}));
  expect(calls).toEqual(['open c1 live']);
  expect(feed.state()).toBe('playing');
  expect(feed.pictures()).toBeGreaterThan(5);
  expect(feed.pictures()).toBeLessThanOrEqual(11);
  dispose();
  await vi.advanceTimersByTimeAsync(3000);
  expect(calls).toEqual(['open c1 live', 'close 1']);
});

test('another moment closes the view before and opens another', async () => {
  const { calls, setWanted, dispose } = await open(opened({}));
  setWanted({ ...WANTED, at: 5000 });
  await vi.advanceTimersByTimeAsync(500);
  expect(calls).toEqual(['open c1 live', 'close 1', 'open c1 5000']);
  dispose();
});

test('while the clock stands the picture of that moment stays', async () => {
  const { feed, dispose } = await open(opened({}), { ...WANTED, at: 3000, isStill: true });
  expect(feed.pictures()).toBe(3);
  await vi.advanceTimersByTimeAsync(5000);
  expect(feed.pictures()).toBe(3);
  dispose();
});

test('a refusal is told and nothing is followed; asking again asks the host', async () => {
  const refused = { code: 'denied', what: 'live', rule: 'no_right', message: 'no' };
  const { feed, calls, dispose } = await open(opened({ view: null, refused }));
  expect(feed.state()).toBe('refused');
  expect(feed.refused()?.code).toBe('denied');
  feed.retry();
  await vi.advanceTimersByTimeAsync(100);
  expect(calls).toEqual(['open c1 live', 'open c1 live']);
  dispose();
});

test('a recording has reached a moment when its picture is at it or after it', () => {
  expect(hasReached({ pictureAt: 4700 }, { at: 5000 })).toBe(false);
  expect(hasReached({ pictureAt: 4900 }, { at: 5000 })).toBe(true);
  expect(hasReached({ pictureAt: undefined }, { at: 5000 })).toBe(true);
});

test('a stream that failed is asked about once a second', () => {
  expect(pauseAfter({ state: 'failed' }, false, 25, 0)).toBe(1000);
  expect(pauseAfter({ state: 'playing' }, true, 25, 10)).toBe(30);
  expect(pauseAfter({ state: 'playing' }, false, 25, 900)).toBe(15);
});
