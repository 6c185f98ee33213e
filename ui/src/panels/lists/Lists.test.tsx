import { fireEvent, screen, within } from '@solidjs/testing-library';
import { expect, test } from 'vitest';
import { openDesk } from '../../fixtures/open_desk';

const alarmNames = () =>
  within(screen.getByRole('grid', { name: '告警' }))
    .getAllByRole('row')
    .map((row) => row.querySelector('.row-what')?.textContent ?? '');

const currentRow = () => document.querySelector('[role="row"][aria-selected="true"] .row-what')?.textContent;

test('alarms come worst first, with value, limit and state', async () => {
  await openDesk();
  const first = screen.getAllByRole('row')[0];
  expect(first?.textContent).toContain('云龙湖地下管廊 5 段');
  expect(first?.textContent).toContain('限值 50');
  expect(first?.textContent).toContain('未确认');
  expect(within(first as HTMLElement).getByRole('img', { name: '紧急' })).toBeTruthy();
});

test('a new alarm never moves the row under the pointer', async () => {
  const { pass } = await openDesk();
  const before = alarmNames();
  fireEvent.pointerEnter(screen.getByRole('grid', { name: '告警' }));
  await pass(30_000);
  expect(alarmNames()).toEqual(before);
  expect(screen.getByRole('button', { name: /有 \d+ 条更新/ })).toBeTruthy();

  fireEvent.pointerLeave(screen.getByRole('grid', { name: '告警' }));
  expect(alarmNames()).not.toEqual(before);
  expect(screen.queryByRole('button', { name: /条更新/ })).toBeNull();
});

test('the waiting updates can be let in without leaving the list', async () => {
  const { pass, user } = await openDesk();
  const before = alarmNames().length;
  fireEvent.pointerEnter(screen.getByRole('grid', { name: '告警' }));
  await pass(30_000);
  await user.click(screen.getByRole('button', { name: /条更新/ }));
  expect(alarmNames().length).toBeGreaterThan(before);
});

test('the acknowledge button acknowledges its own row and nothing else happens', async () => {
  const { backend, user, pass, lastCall } = await openDesk();
  await user.click(screen.getByRole('button', { name: '确认 云龙湖地下管廊 5 段' }));
  await pass(600);
  expect(lastCall('actOnAlarms')).toBe('actOnAlarms acknowledge a1');
  expect(backend.calls.some((call) => call.startsWith('flyTo'))).toBe(false);
  expect(screen.getAllByRole('row')[0]?.textContent).toContain('已确认');
});

test('J, K and arrows move, Enter goes there, A acknowledges', async () => {
  const { user, pass, lastCall } = await openDesk();
  await user.keyboard('jj');
  expect(currentRow()).toBe('解放南路泵站前池');
  await user.keyboard('k{ArrowDown}');
  expect(currentRow()).toBe('解放南路泵站前池');
  await user.keyboard('{Enter}');
  expect(lastCall('flyTo')).toBe('flyTo thing 19');
  expect(lastCall('select')).toBe('select thing 19');
  await user.keyboard('a');
  await pass(600);
  expect(lastCall('actOnAlarms')).toBe('actOnAlarms acknowledge a2');
});

test('an acknowledged alarm is not acknowledged twice', async () => {
  const { backend, user, pass } = await openDesk();
  await user.keyboard('ja');
  await pass(600);
  await user.keyboard('a');
  expect(backend.calls.filter((call) => call.startsWith('actOnAlarms acknowledge'))).toHaveLength(1);
  expect(screen.getByText('所选告警不需要这一步')).toBeTruthy();
});

test('a click on a count shows only that severity, another click shows all', async () => {
  const { user, pass } = await openDesk();
  const all = alarmNames().length;
  await user.click(screen.getByRole('button', { name: /4\s*重要/ }));
  await pass(50);
  expect(alarmNames()).toHaveLength(4);
  await user.click(screen.getByRole('button', { name: '已筛选，点此看全部' }));
  await pass(50);
  expect(alarmNames()).toHaveLength(all);
});

test('2 shows the events, 1 the alarms again', async () => {
  const { user, pass } = await openDesk();
  await user.keyboard('2');
  await pass(100);
  expect(screen.getByRole('grid', { name: '事件' }).textContent).toContain('中山南路 DN600 给水管爆裂');
  await user.keyboard('1');
  expect(screen.getByRole('grid', { name: '告警' })).toBeTruthy();
});

test('a category that no table knows is shown as the city wrote it', async () => {
  const { user, pass } = await openDesk({ state: 'plain' });
  await user.keyboard('2');
  await pass(100);
  expect(screen.getByRole('grid', { name: '事件' }).textContent).toContain('bike_pileup');
});

test('hundreds of alarms draw only the rows in sight', async () => {
  const { user, pass } = await openDesk({ state: 'flood' });
  await user.keyboard('e');
  await pass(300);
  const list = screen.getByRole('grid', { name: '告警' });
  expect(Number(list.getAttribute('aria-rowcount'))).toBeGreaterThan(500);
  expect(within(list).getAllByRole('row').length).toBeLessThan(60);
});

test('what stood at a past moment is listed as it was, without acts of the present', async () => {
  const { user, pass } = await openDesk();
  await user.keyboard(' ');
  await pass(900);
  expect(screen.getByRole('grid', { name: '告警' })).toBeTruthy();
  expect(screen.queryByRole('searchbox', { name: '查找告警' })).toBeNull();
});

test('an empty list says so and what will happen', async () => {
  await openDesk({ state: 'empty' });
  expect(screen.getByText('没有待处置的告警')).toBeTruthy();
  expect(screen.getByText('新告警会自动出现在这里')).toBeTruthy();
});
