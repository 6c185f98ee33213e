import { fireEvent, screen } from '@solidjs/testing-library';
import { expect, test } from 'vitest';
import { FAKE_NOW } from '../../backend/fake/city';
import { openDesk } from '../../fixtures/open_desk';
import { DAY, MINUTE } from '../../state/time';

const slider = () => screen.getByRole('slider', { name: '显示的时刻' });

test('an arrow goes a minute back, frames the window and names the moment', async () => {
  const { pass, lastCall } = await openDesk();
  fireEvent.keyDown(slider(), { key: 'ArrowLeft' });
  await pass(600);
  expect(lastCall('setClock')).toMatch(/"mode":"at","time":\d+/);
  expect(document.querySelector('.past-frame')).toBeTruthy();
  expect(screen.getByRole('region', { name: '显示的时刻' }).textContent).toContain('14:02:27');
  expect(screen.getByRole('region', { name: '显示的时刻' }).textContent).toContain('回放');
});

test('returning to live cannot be missed and works by button and by key', async () => {
  const { user, pass, lastCall } = await openDesk();
  expect(screen.queryByRole('button', { name: /返回实时/ })).toBeNull();
  fireEvent.keyDown(slider(), { key: 'ArrowLeft' });
  await pass(600);
  await user.click(screen.getByRole('button', { name: /返回实时/ }));
  await pass(600);
  expect(lastCall('setClock')).toBe('setClock {"mode":"live"}');
  expect(document.querySelector('.past-frame')).toBeNull();

  fireEvent.keyDown(slider(), { key: 'PageDown' });
  await pass(600);
  await user.keyboard('r');
  await pass(600);
  expect(document.querySelector('.past-frame')).toBeNull();
});

test('a drag asks for at most eight moments a second and never loses the last', async () => {
  const { backend, pass, lastCall } = await openDesk();
  const before = backend.calls.length;
  for (let i = 0; i < 60; i += 1) {
    fireEvent.keyDown(slider(), { key: 'ArrowLeft' });
    await pass(16);
  }
  await pass(200);
  const asked = backend.calls.slice(before).filter((call) => call.startsWith('setClock')).length;
  expect(asked).toBeLessThanOrEqual(10);
  const last = JSON.parse(lastCall('setClock')?.slice('setClock '.length) ?? '{}');
  expect(last.time).toBeLessThan(FAKE_NOW - 59 * MINUTE);
});

test('Space pauses, plays at the chosen speed and pauses again', async () => {
  const { user, pass, lastCall } = await openDesk();
  await user.keyboard(' ');
  await pass(600);
  expect(lastCall('setClock')).toContain('"mode":"at"');
  fireEvent.keyDown(slider(), { key: 'PageDown' });
  await pass(600);
  await user.click(screen.getByRole('button', { name: '×1000' }));
  await user.click(screen.getByRole('button', { name: '播放' }));
  await pass(600);
  expect(lastCall('setClock')).toMatch(/"mode":"playing".*"rate":1000/);
  const then = slider().getAttribute('aria-valuenow');
  await pass(1000);
  expect(Number(slider().getAttribute('aria-valuenow'))).toBeGreaterThan(Number(then) + 500_000);
});

test('lists and card show the past moment, not now', async () => {
  const { pass } = await openDesk();
  expect(document.querySelector('.rows')?.textContent).toContain('云龙湖地下管廊 5 段');
  fireEvent.keyDown(slider(), { key: 'PageDown' });
  await pass(800);
  expect(document.querySelector('.rows')?.textContent).not.toContain('云龙湖地下管廊 5 段');
});

test('the planner starts paused at the beginning, says that there is no hub, and plays with Space', async () => {
  const { user, pass, lastCall } = await openDesk({ mode: 'planner' });
  await pass(600);
  expect(lastCall('setClock')).toBe(`setClock {"mode":"at","time":${FAKE_NOW - DAY}}`);
  expect(screen.getByText('没有中枢：打开的是本地录像')).toBeTruthy();
  await user.keyboard(' ');
  await pass(600);
  expect(lastCall('setClock')).toMatch(new RegExp(`"mode":"playing","from":${FAKE_NOW - DAY}`));
  await user.keyboard('r');
  await pass(600);
  expect(lastCall('setClock')).toBe(`setClock {"mode":"at","time":${FAKE_NOW}}`);
});
