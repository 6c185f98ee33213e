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
  expect(lastCall('acknowledge')).toBe('acknowledge a1');
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
  expect(lastCall('acknowledge')).toBe('acknowledge a2');
});

test('an acknowledged alarm is not acknowledged twice', async () => {
  const { backend, user, pass } = await openDesk();
  await user.keyboard('ja');
  await pass(600);
  await user.keyboard('a');
  expect(backend.calls.filter((call) => call.startsWith('acknowledge'))).toHaveLength(1);
});

test('a click on a count shows only that severity, another click shows all', async () => {
  const { user } = await openDesk();
  const all = alarmNames().length;
  await user.click(screen.getByRole('button', { name: /4\s*重要/ }));
  expect(alarmNames()).toHaveLength(4);
  await user.click(screen.getByRole('button', { name: '已筛选，点此看全部' }));
  expect(alarmNames()).toHaveLength(all);
});

test('2 shows the events, 1 the alarms again', async () => {
  const { user } = await openDesk();
  await user.keyboard('2');
  expect(screen.getByRole('grid', { name: '事件' }).textContent).toContain('中山北路连续 5 盏路灯不亮');
  await user.keyboard('1');
  expect(screen.getByRole('grid', { name: '告警' })).toBeTruthy();
});

test('a category that no table knows is shown as the city wrote it', async () => {
  const { user } = await openDesk();
  await user.keyboard('2');
  expect(screen.getByRole('grid', { name: '事件' }).textContent).toContain('bike_pileup');
});

test('five hundred alarms draw only the rows in sight', async () => {
  await openDesk({ state: 'flood' });
  expect(screen.getByRole('grid', { name: '告警' }).getAttribute('aria-rowcount')).toBe('500');
  expect(screen.getAllByRole('row').length).toBeLessThan(60);
  expect(screen.getByText(/显示 500 \/ 5\d\d/)).toBeTruthy();
});

test('an empty list says so and what will happen', async () => {
  await openDesk({ state: 'empty' });
  expect(screen.getByText('没有待处置的告警')).toBeTruthy();
  expect(screen.getByText('新告警会自动出现在这里')).toBeTruthy();
});
