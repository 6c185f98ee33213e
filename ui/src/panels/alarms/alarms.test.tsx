import { cleanup, fireEvent, screen, within } from '@solidjs/testing-library';
import { beforeEach, expect, test } from 'vitest';
import { openDesk } from '../../fixtures/open_desk';

const list = () => screen.getByRole('grid', { name: '告警' });
const rows = () => within(list()).getAllByRole('row');
const names = () => rows().map((row) => row.querySelector('.row-what')?.textContent ?? '');
const chosen = () => rows().filter((row) => row.getAttribute('aria-selected') === 'true').length;
const total = () => Number(list().getAttribute('aria-rowcount'));

beforeEach(() => localStorage.clear());

test('only what is critical and new blinks', async () => {
  await openDesk();
  const blinking = rows().filter((row) => row.querySelector('.blinks') !== null);
  expect(blinking.length).toBeGreaterThan(0);
  for (const row of blinking) {
    expect(within(row).getByRole('img', { name: '紧急' })).toBeTruthy();
    expect(row.textContent).toContain('未确认');
  }
});

test('several are chosen by Shift and acknowledged together', async () => {
  const { user, pass, lastCall } = await openDesk();
  await user.keyboard('j{Shift>}{ArrowDown}{ArrowDown}{/Shift}');
  expect(chosen()).toBe(3);
  expect(screen.getByRole('region', { name: '处置' }).textContent).toContain('已选 3 条');
  await user.keyboard('a');
  await pass(300);
  expect(lastCall('actOnAlarms')).toMatch(/^actOnAlarms acknowledge a1 a2 a\d+$/);
  expect(screen.getByText('已确认 3 条')).toBeTruthy();
  await user.keyboard('{Escape}');
  expect(screen.queryByText('已选 3 条')).toBeNull();
});

test('Ctrl and a click choose one by one, Shift and a click a range', async () => {
  const { user } = await openDesk();
  const click = (index: number, init: MouseEventInit) => fireEvent.click(rows()[index] as HTMLElement, init);
  click(0, { ctrlKey: true });
  click(3, { ctrlKey: true });
  expect(chosen()).toBe(2);
  click(5, { shiftKey: true });
  expect(chosen()).toBe(3);
  await user.keyboard('{Shift>}{Enter}{/Shift}');
  expect(chosen()).toBe(2);
});

test('all that the filter answers is acknowledged only after a word', async () => {
  const { backend, user, pass, lastCall } = await openDesk();
  await user.keyboard('{Control>}a{/Control}');
  await pass(50);
  expect(chosen()).toBe(rows().length);
  await user.keyboard('a');
  await pass(50);
  expect(backend.calls.some((call) => call.startsWith('actOnAlarms'))).toBe(false);
  const sure = screen.getByRole('alertdialog', { name: '请再确认一次' });
  expect(sure.textContent).toMatch(/确认：符合条件的全部 \d+ 条/);
  await user.click(within(sure).getByRole('button', { name: /^确认/ }));
  await pass(300);
  expect(lastCall('actOnAlarms')).toBe('actOnAlarms acknowledge query');
  expect(screen.getByText(/已确认 \d+ 条 \d+ 条未执行：已有人确认/)).toBeTruthy();
});

test('shelving asks for a reason, is told, and is taken back', async () => {
  const { user, pass, lastCall } = await openDesk();
  const before = total();
  await user.keyboard('jjjh');
  await pass(50);
  const form = screen.getByRole('dialog', { name: '搁置' });
  await user.click(within(form).getByRole('button', { name: '4 小时' }));
  await user.type(within(form).getByRole('textbox', { name: '为什么搁置' }), '检修到十八点{Enter}');
  await pass(400);
  expect(lastCall('actOnAlarms')).toMatch(/^actOnAlarms shelve a\d+$/);
  expect(total()).toBe(before - 1);
  expect(screen.getByRole('button', { name: '搁置 4' })).toBeTruthy();
  await user.keyboard('{Control>}z{/Control}');
  await pass(400);
  expect(lastCall('actOnAlarms')).toMatch(/^actOnAlarms unshelve a\d+$/);
  expect(total()).toBe(before);
});

test('a refusal says why, and the form keeps what was written', async () => {
  const { user, pass } = await openDesk();
  // The first is critical: not for four hours.
  await user.keyboard('jh');
  await pass(50);
  const form = screen.getByRole('dialog', { name: '搁置' });
  await user.click(within(form).getByRole('button', { name: '4 小时' }));
  await user.type(within(form).getByRole('textbox'), '人手不够{Enter}');
  await pass(300);
  expect(screen.getByRole('alert').textContent).toContain('1 条未执行：搁置时间超过规定');
  expect(screen.getByRole<HTMLTextAreaElement>('textbox', { name: '为什么搁置' }).value).toBe('人手不够');
});

test('Enter that ends a word of an input method sends nothing', async () => {
  const { backend, user, pass } = await openDesk();
  await user.keyboard('jw');
  await pass(50);
  const field = screen.getByRole<HTMLTextAreaElement>('textbox', { name: '写一句备注' });
  fireEvent.compositionStart(field);
  fireEvent.input(field, { target: { value: '已派人' } });
  fireEvent.keyDown(field, { key: 'Enter', isComposing: true });
  fireEvent.compositionEnd(field);
  // Some browsers tell of the same Enter after the composition.
  fireEvent.keyDown(field, { key: 'Enter' });
  expect(backend.calls.some((call) => call.startsWith('actOnAlarms'))).toBe(false);
  await pass(50);
  fireEvent.keyDown(field, { key: 'Enter' });
  await pass(300);
  expect(backend.calls.at(-1)).toMatch(/^actOnAlarms comment a1$/);
});

test('what was being written survives a crash', async () => {
  const first = await openDesk();
  await first.user.keyboard('jw');
  await first.pass(50);
  await first.user.type(screen.getByRole('textbox', { name: '写一句备注' }), '水位还在涨');
  cleanup();

  const { pass, lastCall, user } = await openDesk();
  const form = screen.getByRole('dialog', { name: '备注' });
  expect(form.textContent).toContain('已恢复');
  expect(within(form).getByRole<HTMLTextAreaElement>('textbox').value).toBe('水位还在涨');
  await user.click(within(form).getByRole('button', { name: /^备注/ }));
  await pass(300);
  expect(lastCall('actOnAlarms')).toBe('actOnAlarms comment a1');
  expect(localStorage.getItem('citymirror.alarm_draft')).toBeNull();
});

test('nothing is hidden without a count and a way to see it', async () => {
  const { user, pass } = await openDesk();
  const before = total();
  await user.click(screen.getByRole('button', { name: '从属 12' }));
  await pass(100);
  expect(rows()[0]?.textContent).toContain('已抑制');
  await user.click(screen.getByRole('button', { name: '搁置 3' }));
  await pass(100);
  expect(total()).toBe(3);
  expect(list().textContent).toContain('到恢复为止');
  await user.click(screen.getByRole('button', { name: '搁置 3' }));
  await pass(100);
  expect(total()).toBe(before);
});

test('words, states and kinds narrow the list, and a kept view brings them back', async () => {
  const { user, pass, lastCall } = await openDesk();
  await user.keyboard('/');
  await user.type(screen.getByRole('searchbox', { name: '查找告警' }), '泵站');
  await pass(400);
  expect(names().every((name) => name.includes('泵站'))).toBe(true);
  await user.keyboard('{Escape}');
  await pass(300);
  await user.keyboard('{Shift>}f{/Shift}');
  const filters = screen.getByRole('region', { name: '筛选' });
  await user.click(within(filters).getByRole('button', { name: '已确认' }));
  await user.selectOptions(within(filters).getByRole('combobox', { name: /^类型/ }), '空气质量');
  await pass(300);
  const narrowed = names();
  expect(narrowed.length).toBeGreaterThan(0);
  await user.type(within(filters).getByRole('textbox', { name: '视图名称' }), '空气{Enter}');
  await pass(100);
  expect(lastCall('saveAlarmViews')).toBe('saveAlarmViews 空气');
  await user.click(screen.getByRole('button', { name: '已筛选，点此看全部' }));
  await pass(100);
  await user.click(within(filters).getByRole('button', { name: '空气' }));
  await pass(100);
  expect(names()).toEqual(narrowed);
});

test('a flood is at most ten lines that open into their members', async () => {
  const { user, pass } = await openDesk({ state: 'flood' });
  expect(screen.getByText(/告警潮，始于 13:45:27/)).toBeTruthy();
  const lines = within(screen.getByRole('list', { name: '归并' })).getAllByRole('listitem');
  expect(lines.length).toBeLessThanOrEqual(10);
  expect(lines[0]?.textContent).toContain('和平路 DN600 给水干管');
  await user.keyboard('j{Enter}');
  await pass(200);
  expect(names()[0]).toContain('和平路 DN600 给水干管');
  expect(rows()[0]?.textContent).toContain('+40');
  await user.keyboard('{Backspace}');
  await pass(100);
  expect(screen.getByRole('list', { name: '归并' })).toBeTruthy();
});

test('fifty thousand alarms are read by window', async () => {
  const { user, pass } = await openDesk({ state: 'storm' });
  await user.keyboard('e');
  await pass(600);
  expect(total()).toBeGreaterThan(50_000);
  expect(rows().length).toBeLessThan(60);
  list().scrollTop = 20_000 * 40;
  fireEvent.scroll(list());
  await pass(600);
  const first = rows()[10];
  expect(Number(first?.getAttribute('aria-rowindex'))).toBeGreaterThan(19_000);
  expect(first?.getAttribute('aria-busy')).toBeNull();
  expect(first?.textContent).toContain('未确认');
});

test('an alarm of a scrolled list keeps its place while others come above it', async () => {
  const { user, pass } = await openDesk({ state: 'flood' });
  await user.keyboard('e');
  await pass(300);
  fireEvent.pointerEnter(list());
  list().scrollTop = 300 * 40;
  fireEvent.scroll(list());
  await pass(600);
  const before = names();
  await pass(30_000);
  expect(names()).toEqual(before);
});

test('the load is told against its targets for the span that was chosen', async () => {
  const { user, pass, lastCall } = await openDesk();
  await user.keyboard('{F4}');
  await pass(100);
  const drawer = screen.getByRole('region', { name: '告警负荷与规则' });
  expect(within(drawer).getByRole('row', { name: /最忙的 10 分钟/ }).textContent).toContain('≤ 10');
  expect(within(drawer).getByRole('img', { name: /48 个 10 分钟/ })).toBeTruthy();
  await user.click(within(drawer).getByRole('button', { name: '最近 7 天' }));
  await pass(100);
  expect(lastCall('alarmLoad')).toBe('alarmLoad 168');
  expect(within(drawer).getByRole('region', { name: '最频繁的十个' }).querySelectorAll('li')).toHaveLength(10);
});

test('without alarms the load says so', async () => {
  const { user, pass } = await openDesk({ state: 'empty' });
  await user.keyboard('{F4}');
  await pass(100);
  expect(screen.getByText('这段时间没有告警')).toBeTruthy();
});

test('a rule is tried before it is switched on, and switched back by undo', async () => {
  const { user, pass, lastCall } = await openDesk();
  await user.keyboard('{Shift>}{F4}{/Shift}');
  await pass(100);
  const rules = screen.getByRole('list', { name: '告警规则' });
  await user.click(within(rules).getByRole('button', { name: /积水与常日不符/ }));
  await user.click(within(rules).getByRole('button', { name: '用最近一周试算' }));
  await pass(50);
  expect(rules.textContent).toContain('正在用历史数据试算');
  await pass(800);
  expect(rules.textContent).toMatch(/会告警 \d+ 条，其中 3 条集中在/);
  await user.click(within(rules).getByRole('switch', { name: '启用规则 积水与常日不符' }));
  await pass(200);
  expect(lastCall('switchRule')).toBe('switchRule level-unusual true');
  await user.click(screen.getByRole('button', { name: '撤销' }));
  await pass(200);
  expect(lastCall('switchRule')).toBe('switchRule level-unusual false');
});
