import { fireEvent, screen, within } from '@solidjs/testing-library';
import { expect, test } from 'vitest';
import { openDesk } from '../../fixtures/open_desk';

const drawer = () => screen.getByRole('region', { name: '历史' });

test('T opens an empty chart that says how to fill it', async () => {
  const { user, pass } = await openDesk();
  await user.keyboard('t');
  await pass(100);
  expect(drawer().textContent).toContain('还没有曲线');
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('region', { name: '历史' })).toBeNull();
});

test('series are added from the card and by name, one row a unit, and exported', async () => {
  const { backend, user, pass, lastCall } = await openDesk();
  backend.tellTwin({ kind: 'picked', target: { kind: 'thing', id: '45' } });
  await pass(600);
  await user.click(screen.getByRole('button', { name: '把 实时值 加到曲线' }));
  await pass(300);
  await user.type(within(drawer()).getByRole('combobox', { name: '按名称添加测项' }), '泵站');
  await pass(300);
  await user.click(within(drawer()).getAllByRole('option')[0] as HTMLElement);
  await pass(400);
  const list = within(drawer()).getByRole('list', { name: '曲线' });
  expect(within(list).getAllByRole('listitem')).toHaveLength(2);
  expect(list.textContent).toMatch(/云龙湖地下管廊 5 段 · 实时值.*%LEL.*泵站前池 · 实时值.*cm/);
  expect(within(drawer()).getAllByRole('region', { name: /^曲线 / })).toHaveLength(2);
  await user.click(within(drawer()).getByRole('button', { name: 'CSV' }));
  await pass(1500);
  expect(lastCall('exportSeries')).toMatch(/^exportSeries 45 19 csv 21600$/);
  await user.click(within(drawer()).getByRole('button', { name: /去掉 .*泵站前池/ }));
  await pass(200);
  expect(within(drawer()).getAllByRole('region', { name: /^曲线 / })).toHaveLength(1);
});

test('recordings are listed with what was found wrong, checked, and deleted only after asking', async () => {
  const { user, pass, lastCall, backend } = await openDesk();
  await user.keyboard('{Shift>}t{/Shift}');
  await pass(100);
  await user.click(within(drawer()).getByRole('tab', { name: '录像' }));
  await pass(100);
  expect(drawer().textContent).toContain('校验有 1 处问题');
  expect(drawer().textContent).toContain('校验和不符');
  await user.click(within(drawer()).getByRole('button', { name: '校验 暴雨演练' }));
  await pass(300);
  expect(drawer().textContent).toMatch(/正在校验 .*%/);
  await pass(1500);
  expect(lastCall('verifyRecording')).toContain('暴雨演练');
  await user.click(within(drawer()).getByRole('button', { name: '删除 管廊告警' }));
  expect(backend.calls.some((call) => call.startsWith('deleteRecording'))).toBe(false);
  await user.click(within(within(drawer()).getByRole('alert')).getByRole('button', { name: '删除' }));
  await pass(200);
  expect(lastCall('deleteRecording')).toContain('管廊告警');
});

test('moments get another name', async () => {
  const { user, pass, lastCall } = await openDesk();
  await user.keyboard('{Shift>}t{/Shift}');
  await pass(100);
  await user.click(within(drawer()).getByRole('button', { name: '给 12:03 交接班 改名' }));
  await pass(50);
  const field = within(drawer()).getByRole('textbox', { name: '名称' });
  await user.clear(field);
  await user.type(field, '中午交接班{Enter}');
  await pass(200);
  expect(lastCall('renameMoment')).toBe('renameMoment m3 中午交接班');
  expect(drawer().textContent).toContain('中午交接班');
});

test('limits of history are checked, and less than there is is said before it is done', async () => {
  const { user, pass, lastCall } = await openDesk();
  await user.keyboard('{Shift>}t{/Shift}');
  await pass(100);
  await user.click(within(drawer()).getByRole('tab', { name: '历史存储' }));
  await pass(100);
  expect(drawer().textContent).toMatch(/3\.4 GiB \/ 20\.0 GiB/);
  expect(drawer().textContent).toContain('校验和不符');
  const days = within(drawer()).getByRole('spinbutton', { name: '天' });
  fireEvent.input(days, { target: { value: '0' } });
  expect(within(drawer()).getByRole('button', { name: '采用' })).toHaveProperty('disabled', true);
  fireEvent.input(days, { target: { value: '7' } });
  expect(drawer().textContent).toContain('最早的日子会被删除');
  await user.click(within(drawer()).getByRole('button', { name: '采用' }));
  expect(lastCall('setHistoryLimits')).toBe(`setHistoryLimits 7 ${20 * 2 ** 30}`);
});

test('the planner branches here, assumes a value there, and leaves again', async () => {
  const { backend, user, pass, lastCall } = await openDesk({ mode: 'planner' });
  await pass(300);
  fireEvent.keyDown(screen.getByRole('slider', { name: '显示的时刻' }), { key: 'PageUp' });
  await user.keyboard('{Shift>}t{/Shift}');
  await pass(100);
  await user.click(within(drawer()).getByRole('tab', { name: '分支' }));
  await pass(100);
  await user.type(within(drawer()).getByRole('textbox', { name: '分支名称' }), '泵站停机');
  await user.click(within(drawer()).getByRole('button', { name: /从 .* 分支/ }));
  await pass(600);
  expect(document.querySelector('.past-frame.branch')).toBeTruthy();
  expect(screen.getByRole('region', { name: '显示的不是现在' }).textContent).toContain('推演 分支 泵站停机');
  backend.tellTwin({ kind: 'picked', target: { kind: 'thing', id: '19' } });
  await pass(600);
  await user.type(screen.getByRole('textbox', { name: '实时值的假定值' }), '33.5');
  await user.click(screen.getByRole('button', { name: '假定' }));
  await pass(1200);
  expect(lastCall('assume')).toBe('assume w1 19 33.5');
  expect(document.querySelector('.reading')?.textContent).toMatch(/33\.5.*推算/);
  await user.click(within(drawer()).getByRole('button', { name: '离开分支' }));
  await pass(600);
  expect(document.querySelector('.past-frame.branch')).toBeNull();
});

test('a desk does not branch', async () => {
  const { user, pass } = await openDesk();
  await user.keyboard('t');
  await pass(100);
  expect(within(drawer()).queryByRole('tab', { name: '分支' })).toBeNull();
});

test('a moment is found by its title', async () => {
  const { user, pass, lastCall } = await openDesk();
  await user.keyboard('{Control>}k{/Control}');
  await pass(50);
  await user.keyboard('交接班');
  await pass(300);
  await user.keyboard('{Enter}');
  await pass(300);
  expect(lastCall('setClock')).toContain('"mode":"at"');
});
