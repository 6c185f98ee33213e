import { fireEvent, screen, within } from '@solidjs/testing-library';
import { expect, test } from 'vitest';
import { FAKE_NOW } from '../../backend/fake/city';
import { openDesk } from '../../fixtures/open_desk';
import { HOUR, MINUTE } from '../../state/time';

const slider = () => screen.getByRole('slider', { name: '显示的时刻' });
const pastBar = () => screen.getByRole('region', { name: '显示的不是现在' });

/** The track as a screen of 1000 px; the last day fills it. */
function wide(): HTMLElement {
  const track = slider();
  track.getBoundingClientRect = () =>
    ({ left: 0, top: 0, width: 1000, height: 110, right: 1000, bottom: 110 }) as DOMRect;
  track.setPointerCapture = () => {};
  return track;
}

test('the past is said in the bar, in the picture, and in the card of what is selected', async () => {
  const { backend, pass } = await openDesk();
  backend.tellTwin({ kind: 'picked', target: { kind: 'thing', id: '3' } });
  fireEvent.keyDown(slider(), { key: 'PageDown' });
  await pass(600);
  expect(pastBar().textContent).toMatch(/回放.*11-21 周六 13:03:27.*已暂停.*当时所知.*现在所知/);
  expect(screen.getByRole('region', { name: '显示的时刻' }).textContent).toContain('当时所知');
  expect(document.querySelector('.card-past')?.textContent).toMatch(/回放 11-21 13:03:27 · 当时所知/);
});

test('Shift+K shows what is known now, with the count of what was learnt since', async () => {
  const { user, pass, lastCall } = await openDesk();
  fireEvent.keyDown(slider(), { key: 'PageDown' });
  for (let i = 0; i < 8; i += 1) {
    fireEvent.keyDown(slider(), { key: 'PageDown' });
  }
  await pass(800);
  expect(pastBar().textContent).toMatch(/此后得知 \d+ 条/);
  await user.keyboard('{Shift>}k{/Shift}');
  await pass(600);
  expect(lastCall('setKnowledge')).toBe('setKnowledge now');
  expect(within(pastBar()).getByRole('button', { name: '现在所知' }).getAttribute('aria-pressed')).toBe('true');
});

test('live alarms go on while the past is shown, and lead back to now', async () => {
  const { user, pass, lastCall } = await openDesk();
  fireEvent.keyDown(slider(), { key: 'PageDown' });
  await pass(600);
  const live = within(pastBar()).getByRole('button', { name: /实时告警 \d+/ });
  expect(live.textContent).toContain('云龙湖地下管廊 5 段');
  await user.click(live);
  await pass(600);
  expect(lastCall('setClock')).toBe('setClock {"mode":"live"}');
  expect(lastCall('select')).toBe('select thing 45');
});

test('keys step to events and alarms, and change the rate', async () => {
  const { user, pass, lastCall } = await openDesk();
  await user.keyboard(',');
  await pass(600);
  expect(lastCall('stepTo')).toBe('stepTo event false');
  expect(document.querySelector('.past-frame')).toBeTruthy();
  fireEvent.keyDown(document.body, { key: '<', code: 'Comma', shiftKey: true });
  await pass(300);
  expect(lastCall('stepTo')).toBe('stepTo alarm false');
  fireEvent.keyDown(document.body, { key: '【', code: 'BracketLeft' });
  expect(screen.getByRole('button', { name: /播放速度/ }).textContent).toBe('×10');
  fireEvent.keyDown(document.body, { key: ']' });
  fireEvent.keyDown(document.body, { key: ']' });
  expect(screen.getByRole('button', { name: /播放速度/ }).textContent).toBe('×300');
});

test('playing backwards and in a loop is told to the host with its range', async () => {
  const { user, pass, lastCall } = await openDesk();
  fireEvent.keyDown(slider(), { key: 'PageDown' });
  await pass(300);
  await user.click(screen.getByRole('button', { name: '倒放' }));
  await pass(300);
  const clock = JSON.parse(lastCall('setClock')?.slice('setClock '.length) ?? '{}');
  expect(clock).toMatchObject({ mode: 'playing', rate: -60, looping: false });
  expect(clock.start).toBeLessThan(clock.from);
  await user.keyboard('{Shift>}l{/Shift}');
  await pass(300);
  expect(lastCall('setClock')).toContain('"looping":true');
  expect(pastBar().textContent).toContain('倒放 ×60 · 循环');
});

test('Shift and drag marks a range that can be looped, charted, exported and cleared', async () => {
  const { user, pass, lastCall } = await openDesk();
  const track = wide();
  fireEvent.pointerDown(track, { button: 0, pointerId: 1, clientX: 500, clientY: 60, shiftKey: true });
  fireEvent.pointerMove(track, { pointerId: 1, clientX: 600, clientY: 60 });
  fireEvent.pointerUp(track, { pointerId: 1, clientX: 600, clientY: 60 });
  await pass(100);
  const range = screen.getByRole('region', { name: '所选时段' });
  expect(range.textContent).toMatch(/2 小时 25 分/);
  expect(lastCall('setClock')).toBeUndefined();
  await user.click(within(range).getByRole('button', { name: 'Parquet' }));
  await pass(1500);
  expect(lastCall('exportSeries')).toBe('exportSeries  parquet 8700');
  expect(screen.getByText(/已导出 .*\.parquet/)).toBeTruthy();
  await user.click(within(range).getByRole('button', { name: '循环播放' }));
  await pass(300);
  const clock = JSON.parse(lastCall('setClock')?.slice('setClock '.length) ?? '{}');
  expect(clock).toMatchObject({ mode: 'playing', looping: true });
  expect(clock.from).toBe(clock.start);
  expect(clock.until - clock.start).toBe(8_700_000);
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('region', { name: '所选时段' })).toBeNull();
});

test('a typed time goes there, and what is none says what would be', async () => {
  const { user, pass, lastCall } = await openDesk();
  await user.keyboard('{Shift>}g{/Shift}');
  await pass(50);
  const field = screen.getByRole('textbox', { name: '转到时刻' });
  await user.type(field, 'soon{Enter}');
  expect(screen.getByRole('alert').textContent).toContain('昨天 14:03');
  await user.clear(field);
  await user.type(field, '-15min{Enter}');
  await pass(300);
  const clock = JSON.parse(lastCall('setClock')?.slice('setClock '.length) ?? '{}');
  expect(Math.abs(clock.time - (FAKE_NOW - 15 * MINUTE))).toBeLessThan(5000);
  expect(screen.queryByRole('textbox', { name: '转到时刻' })).toBeNull();
});

test('marked moments lie over the track; a click goes there, removing can be taken back', async () => {
  const { user, pass, lastCall, backend } = await openDesk();
  await pass(300);
  const lane = screen.getByRole('list', { name: '标记的时刻' });
  await user.click(within(lane).getByRole('button', { name: '转到 12:03 交接班' }));
  await pass(300);
  expect(lastCall('setClock')).toBe(`setClock {"mode":"at","time":${FAKE_NOW - 2 * HOUR}}`);
  fireEvent.contextMenu(within(lane).getByRole('button', { name: '转到 12:03 交接班' }));
  await pass(100);
  expect(screen.queryByRole('button', { name: '转到 12:03 交接班' })).toBeNull();
  await user.click(screen.getByRole('button', { name: '撤销' }));
  await pass(9000);
  expect(screen.getByRole('button', { name: '转到 12:03 交接班' })).toBeTruthy();
  expect(backend.calls.some((call) => call.startsWith('deleteMoment'))).toBe(false);
});

test('Shift+M marks the moment shown under a proposed name, with the view of the twin', async () => {
  const { user, pass, lastCall, backend } = await openDesk();
  backend.tellTwin({ kind: 'picked', target: { kind: 'thing', id: '45' } });
  await pass(200);
  await user.keyboard('{Shift>}m{/Shift}');
  await pass(50);
  const field = screen.getByRole('textbox', { name: '名称' }) as HTMLInputElement;
  expect(field.value).toBe('14:03 云龙湖地下管廊 5 段');
  await user.keyboard('{Enter}');
  await pass(1000);
  expect(lastCall('saveMoment')).toBe('saveMoment 14:03 云龙湖地下管廊 5 段');
  expect(lastCall('askView')).toBe('askView');
});

test('a disk that refuses is said in a banner, and live goes on', async () => {
  await openDesk({ state: 'diskfull' });
  expect(screen.getByText(/磁盘写不进：磁盘已满。实时画面继续；41.200 条观测等待写入/)).toBeTruthy();
  expect(screen.getAllByText('实时').length).toBeGreaterThan(0);
});

test('an unacknowledged critical alarm offers to be silenced, and the setting stays', async () => {
  const { user, pass } = await openDesk();
  await pass(600);
  await user.click(screen.getByRole('button', { name: /消音/ }));
  await pass(300);
  expect(screen.queryByRole('button', { name: /消音/ })).toBeNull();
  await user.click(screen.getByRole('switch', { name: '告警声' }));
  expect(localStorage.getItem('citymirror.sound')).toBe('off');
  localStorage.removeItem('citymirror.sound');
});
