import { screen, within } from '@solidjs/testing-library';
import { beforeEach, expect, test } from 'vitest';
import { type OpenDesk, openDesk } from '../../fixtures/open_desk';

beforeEach(() => localStorage.clear());

/** Opens an event of the sample city with one of its tabs in front. */
async function openTab(open: OpenDesk, id: string, tab: string): Promise<void> {
  open.backend.tellTwin({ kind: 'picked', target: { kind: 'event', id } });
  await open.pass(1000);
  await open.user.click(screen.getByRole('tab', { name: new RegExp(`^${tab}`) }));
  await open.pass(300);
}

async function click({ user, pass }: OpenDesk, name: string | RegExp): Promise<void> {
  await user.click(screen.getByRole('button', { name }));
  await pass(300);
}

test('a plan is started, its steps are ticked, left out with a reason and proved', async () => {
  const open = await openDesk();
  await openTab(open, 'c3', '预案');
  await click(open, '启动预案 道路积水处置');
  expect(open.lastCall('actOnPlan')).toBe('actOnPlan c3 start road-flooding');
  const steps = screen.getByRole('region', { name: '步骤' });

  await click(open, '完成 调看摄像机和液位，核实积水');
  expect(open.lastCall('actOnPlan')).toBe('actOnPlan c3 tick confirm');
  expect(steps.textContent).toContain('已完成 · 王建国');
  expect(screen.getByText('完成 1/5 步')).toBeTruthy();

  await click(open, '跳过 通知排水抢险队到场');
  const reason = within(screen.getByRole('dialog', { name: '跳过' }));
  expect(reason.getByRole('button', { name: /跳过/ })).toHaveProperty('disabled', true);
  await open.user.type(reason.getByRole('textbox'), '队伍已在现场{Enter}');
  await open.pass(300);
  expect(open.lastCall('actOnPlan')).toBe('actOnPlan c3 skip send');
  expect(steps.textContent).toContain('队伍已在现场');

  await click(open, '完成 退水后清淤、恢复通行');
  const proof = within(screen.getByRole('dialog', { name: '完成' }));
  expect(proof.getByRole('button', { name: /^完成/ })).toHaveProperty('disabled', true);
  await open.user.type(proof.getByRole('textbox', { name: /编号/ }), '照片 12');
  await open.user.click(proof.getByRole('button', { name: /^完成/ }));
  await open.pass(300);
  expect(open.lastCall('actOnPlan')).toBe('actOnPlan c3 tick reopen');
  expect(steps.textContent).toContain('凭据 1 件');
});

test('a higher response calls for more steps', async () => {
  const open = await openDesk();
  await openTab(open, 'c3', '预案');
  await click(open, '启动预案 道路积水处置');
  expect(screen.queryByRole('button', { name: /完成 封闭下穿通道/ })).toBeNull();
  await click(open, '三级响应');
  const order = within(screen.getByRole('dialog', { name: '下令响应' }));
  await open.user.type(order.getByRole('textbox'), '水位上涨{Enter}');
  await open.pass(300);
  expect(open.lastCall('actOnPlan')).toBe('actOnPlan c3 respond three');
  expect(screen.getByRole('button', { name: /^完成 封闭下穿通道/ })).toBeTruthy();
});

test('somebody is sent from the needs of the plan, goes, and is recalled with a reason', async () => {
  const open = await openDesk();
  await openTab(open, 'c3', '预案');
  await click(open, '启动预案 道路积水处置');
  await click(open, '派遣 排水抢险一队');
  const form = within(screen.getByRole('dialog', { name: '派遣' }));
  expect(form.getByText('派给 排水抢险一队')).toBeTruthy();
  await open.user.click(form.getByRole('button', { name: /^派遣/ }));
  await open.pass(300);
  expect(open.lastCall('dispatch ')).toBe('dispatch c3 forces/drain-1');
  expect(screen.queryByRole('dialog', { name: '派遣' })).toBeNull();
  expect(screen.getByText(/^(9|10) 分内应答$/)).toBeTruthy();

  await click(open, '签收 排水抢险一队');
  await click(open, '到场 排水抢险一队');
  expect(screen.getByText('已到场')).toBeTruthy();
  await click(open, '撤回 排水抢险一队');
  const recall = within(screen.getByRole('dialog', { name: '撤回派遣' }));
  await open.user.type(recall.getByRole('textbox'), '积水已退{Enter}');
  await open.pass(300);
  expect(open.lastCall('dispatchStep')).toMatch(/^dispatchStep d\d+ recall$/);
  expect(screen.getByText('已撤回')).toBeTruthy();
});

test('a broadcast shows who is inside and is asked about once more', async () => {
  const open = await openDesk();
  await openTab(open, 'c3', '派遣');
  await click(open, '区域广播');
  await click(open, '事件周围 1.0 km');
  const inside = screen.getByRole('list', { name: '圈内' });
  expect(inside.textContent).toContain('广播终端');
  const form = within(screen.getByRole('dialog', { name: '区域广播' }));
  await open.user.type(form.getByRole('textbox'), '前方积水，请绕行');
  await open.user.click(form.getByRole('button', { name: /^广播 Enter/ }));
  await open.pass(100);
  expect(open.lastCall('broadcast')).toBeUndefined();
  const sure = within(screen.getByRole('alertdialog', { name: '广播不能撤回' }));
  await open.user.click(sure.getByRole('button', { name: /确定广播/ }));
  await open.pass(300);
  expect(open.lastCall('broadcast')).toBe('broadcast c3 broadcast 36');
  expect(screen.getByRole('region', { name: '广播记录' }).textContent).toContain('前方积水，请绕行');
});

test('marks are drawn on the twin, taken back and named', async () => {
  const open = await openDesk();
  await openTab(open, 'c3', '标绘');
  expect(open.lastCall('showPicture')).toBe('showPicture c3');
  await click(open, '线');
  expect(open.lastCall('tool')).toBe('tool start path');
  for (const at of [
    [100, 100],
    [200, 140],
  ] as [number, number][]) {
    await open.backend.gesture([{ kind: 'pick', at }]);
  }
  await click(open, /^完成/);
  expect(open.lastCall('draw')).toBe('draw c3 put');
  expect(screen.getByRole('region', { name: '标绘 1 个' })).toBeTruthy();

  await open.user.keyboard('{Control>}z{/Control}');
  await open.pass(300);
  expect(open.lastCall('undoDrawing')).toBe('undoDrawing c3');
  expect(screen.getByText(/还没有标绘/)).toBeTruthy();
  await open.user.keyboard('{Control>}y{/Control}');
  await open.pass(300);
  expect(screen.getByRole('region', { name: '标绘 1 个' })).toBeTruthy();

  // A text is its words: without them there is nothing to draw.
  await click(open, '文字');
  expect(open.lastCall('tool')).not.toBe('tool start point');
  await open.user.keyboard('集结点{Enter}');
  await open.pass(100);
  expect(open.lastCall('tool')).toBe('tool start point');
  await open.backend.gesture([{ kind: 'pick', at: [150, 150] }]);
  await open.pass(300);
  expect(screen.getByRole('list', { name: '标绘清单' }).textContent).toContain('集结点');
});

test('the plans of the city are looked through', async () => {
  const open = await openDesk();
  await open.user.keyboard('6');
  await open.pass(300);
  const list = within(screen.getByRole('region', { name: '预案列表' }));
  expect(list.getAllByRole('button').length).toBe(4);
  await open.user.type(screen.getByRole('searchbox', { name: '按名称、类别查找预案' }), '燃气');
  await open.pass(100);
  expect(list.getAllByRole('button').length).toBe(1);
  expect(screen.getByRole('region', { name: '燃气泄漏处置' }).textContent).toContain('疏散警戒区内人员');
});
