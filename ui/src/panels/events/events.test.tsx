import { cleanup, fireEvent, screen, within } from '@solidjs/testing-library';
import { beforeEach, expect, test } from 'vitest';
import { openDesk } from '../../fixtures/open_desk';
import { base64Of } from './CaseFiles';
import { localTime, momentOf } from './ReportForm';

const list = () => screen.getByRole('grid', { name: '事件' });
const rows = () => within(list()).getAllByRole('row');
const names = () => rows().map((row) => row.querySelector('.row-what')?.textContent ?? '');
const card = () => screen.getByRole('complementary', { name: '所选对象' });

beforeEach(() => localStorage.clear());

async function openEvents(settings: Parameters<typeof openDesk>[0] = {}) {
  const opened = await openDesk(settings);
  await opened.user.keyboard('2');
  await opened.pass(300);
  return opened;
}

/** Opens the case whose title has `words` in it. */
async function openCase(words: string, settings: Parameters<typeof openDesk>[0] = {}) {
  const opened = await openEvents(settings);
  await opened.user.keyboard('/');
  await opened.user.type(screen.getByRole('searchbox', { name: '查找事件' }), words);
  await opened.pass(500);
  // A pointer takes the focus out of the field.
  (document.activeElement as HTMLElement).blur();
  fireEvent.click(rows()[0] as HTMLElement);
  await opened.pass(700);
  return opened;
}

test('what is overdue comes first, with how long it is over, and is counted', async () => {
  await openEvents();
  expect(names()[0]).toContain('矿山路人行道塌陷');
  expect(rows()[0]?.textContent).toMatch(/超 .*小时/);
  expect(screen.getByRole('button', { name: /1\s*超时一倍/ })).toBeTruthy();
});

test('a count is a filter, and is taken back', async () => {
  const { user, pass } = await openEvents();
  const all = list().getAttribute('aria-rowcount');
  await user.click(screen.getByRole('button', { name: /超时一倍/ }));
  await pass(300);
  expect(names()).toEqual(['矿山路人行道塌陷']);
  await user.click(screen.getByRole('button', { name: '已筛选，点此看全部' }));
  await pass(300);
  expect(list().getAttribute('aria-rowcount')).toBe(all);
});

test('a case has a page: facts, clocks, who has it, and what comes next', async () => {
  await openCase('给水管爆裂');
  expect(within(card()).getByRole('heading', { name: /中山南路 DN600 给水管爆裂/ })).toBeTruthy();
  expect(card().textContent).toContain('供水抢修一队');
  expect(card().textContent).toMatch(/处置 超 /);
  expect(within(card()).getByRole('tab', { name: /上报\s*2/ })).toBeTruthy();
  expect(within(card()).getByRole('region', { name: '时限' }).textContent).toContain('签收');
});

test('a case that was reported is registered, assigned to a party found by its name, and urged', async () => {
  const { user, pass, lastCall } = await openCase('民主北路');
  await user.keyboard('a');
  await pass(100);
  expect(within(card()).getByRole('dialog', { name: '立案' })).toBeTruthy();
  await user.click(within(card()).getByRole('button', { name: /^立案 Enter/ }));
  await pass(700);
  expect(lastCall('actOnCase')).toBe('actOnCase register c11');
  await user.keyboard('a');
  await pass(100);
  const form = within(card()).getByRole('dialog', { name: '交办' });
  await user.type(within(form).getByRole('combobox', { name: '承办单位' }), '交警{Enter}');
  expect(form.textContent).toContain('交办给 交警支队');
  await user.type(within(form).getByRole('textbox', { name: '要求，可不填' }), '清理盲道{Enter}');
  await pass(700);
  expect(lastCall('actOnCase')).toBe('actOnCase assign c11');
  expect(card().textContent).toContain('待签收');
  expect(card().textContent).toContain('交警支队');
});

test('what a role may not do is said, and another role may', async () => {
  const { user, pass, lastCall } = await openCase('复兴路');
  expect(within(card()).queryByRole('button', { name: /^签收/ })).toBeNull();
  expect(card().textContent).toContain('「签收」现在不能做：你的岗位不能做这一步');
  await user.click(screen.getByRole('button', { name: /王建国\s*值班员/ }));
  await user.selectOptions(screen.getByRole('combobox', { name: '岗位' }), '值班长');
  await pass(700);
  expect(lastCall('setActor')).toBe('setActor shift_leader none');
  expect(within(card()).getByRole('button', { name: /^签收/ })).toBeTruthy();
});

test('a level is changed with a reason, and taken back with Ctrl+Z where a reason is asked again', async () => {
  const { user, pass, lastCall } = await openCase('夹河街');
  await user.keyboard('q');
  await pass(100);
  const form = within(card()).getByRole('dialog', { name: '改等级' });
  await user.click(within(form).getByRole('button', { name: '较大' }));
  await user.type(within(form).getByRole('textbox', { name: '为什么改等级' }), '影响学校{Enter}');
  await pass(700);
  expect(lastCall('actOnCase')).toBe('actOnCase set_level c6');
  await user.keyboard('{Control>}z{/Control}');
  await pass(100);
  const back = within(card()).getByRole('dialog', { name: '撤销' });
  await user.type(within(back).getByRole('textbox', { name: '为什么撤销' }), '改错了{Enter}');
  await pass(700);
  expect(lastCall('undoCaseStep')).toBe('undoCaseStep c6');
  expect(card().textContent).toContain('一般');
});

test('what is written about a case survives a crash', async () => {
  const first = await openCase('夹河街');
  await first.user.keyboard('w');
  await first.pass(100);
  await first.user.type(screen.getByRole('textbox', { name: '写一句备注' }), '清运车已在路上');
  cleanup();

  const { user, pass, lastCall } = await openDesk();
  await pass(300);
  const form = screen.getByRole('dialog', { name: '备注' });
  expect(form.textContent).toContain('已恢复');
  await user.click(within(form).getByRole('button', { name: /^备注 Enter/ }));
  await pass(700);
  expect(lastCall('actOnCase')).toBe('actOnCase comment c6');
  expect(localStorage.getItem('citymirror.case_move')).toBeNull();
});

test('Enter that ends a word of an input method makes no move', async () => {
  const { backend, user, pass, lastCall } = await openCase('夹河街');
  await user.keyboard('w');
  await pass(100);
  const field = screen.getByRole<HTMLTextAreaElement>('textbox', { name: '写一句备注' });
  fireEvent.compositionStart(field);
  fireEvent.input(field, { target: { value: '已派人' } });
  fireEvent.keyDown(field, { key: 'Enter', isComposing: true });
  fireEvent.compositionEnd(field);
  // Some browsers tell of the same Enter after the composition.
  fireEvent.keyDown(field, { key: 'Enter' });
  expect(backend.calls.some((call) => call.startsWith('actOnCase'))).toBe(false);
  await pass(50);
  fireEvent.keyDown(field, { key: 'Enter' });
  await pass(300);
  expect(lastCall('actOnCase')).toBe('actOnCase comment c6');
});

test('several are chosen and urged together; what refuses is told', async () => {
  const { user, pass, lastCall } = await openEvents();
  await user.keyboard('j{Shift>}{ArrowDown}{ArrowDown}{/Shift}');
  expect(screen.getByRole('region', { name: '处置' }).textContent).toContain('已选 3 件');
  await user.keyboard('h');
  await pass(100);
  const form = screen.getByRole('dialog', { name: '督办' });
  await user.type(within(form).getByRole('textbox', { name: '督办要求，可不填' }), '一小时内反馈{Enter}');
  await pass(300);
  expect(lastCall('actOnCases')).toMatch(/^actOnCases urge c4 /);
  expect(screen.getByText(/^已督办 \d 件/)).toBeTruthy();
});

test('a new event says what it may be the same as, joins it with one click, and survives a crash', async () => {
  const first = await openDesk();
  await first.user.keyboard('{Shift>}N{/Shift}');
  await first.pass(100);
  await first.user.type(screen.getByRole('textbox', { name: '发生了什么' }), '中山南路给水管爆裂');
  await first.pass(800);
  expect(screen.getByRole('region', { name: '可能是同一件事' }).textContent).toContain('中山南路 DN600 给水管爆裂');
  cleanup();

  const { user, pass, lastCall } = await openDesk();
  await pass(900);
  expect(screen.getByRole<HTMLInputElement>('textbox', { name: '发生了什么' }).value).toBe('中山南路给水管爆裂');
  const likely = screen.getByRole('region', { name: '可能是同一件事' });
  await user.click(within(likely).getAllByRole('button', { name: '是同一件' })[0] as HTMLElement);
  await user.click(screen.getByRole('button', { name: /^并入/ }));
  await pass(900);
  expect(lastCall('reportCase')).toBe('reportCase 中山南路给水管爆裂');
  expect(screen.getByText('已并入已有的事件')).toBeTruthy();
  expect(within(card()).getByRole('tab', { name: /上报\s*3/ })).toBeTruthy();
});

test('a new event that is given up can be had back', async () => {
  const { user, pass } = await openDesk();
  await user.keyboard('{Shift>}N{/Shift}');
  await pass(100);
  await user.type(screen.getByRole('textbox', { name: '发生了什么' }), '桥头积水');
  await user.keyboard('{Escape}');
  await pass(100);
  expect(screen.queryByRole('textbox', { name: '发生了什么' })).toBeNull();
  await user.click(screen.getByRole('button', { name: '撤销' }));
  await pass(100);
  expect(screen.getByRole<HTMLInputElement>('textbox', { name: '发生了什么' }).value).toBe('桥头积水');
});

test('the board stands beside the list: rows, columns by step, and the map with the twin in full', async () => {
  const { user, pass } = await openDesk();
  await user.keyboard('3');
  await pass(500);
  const board = screen.getByRole('region', { name: '事件看板' });
  expect(within(board).getByRole('grid', { name: '事件看板' }).textContent).toContain('矿山路人行道塌陷');
  await user.click(within(board).getByRole('button', { name: '分步' }));
  await pass(500);
  expect(within(board).getByRole('region', { name: '集中交办' }).textContent).toContain('和平路与解放路口井盖移位');
  expect(within(board).getByRole('region', { name: '反馈评价' }).textContent).toContain('户部山夜市占道经营');
  await user.click(within(board).getByRole('button', { name: '地图' }));
  await pass(100);
  expect(document.querySelector('.desk')?.getAttribute('data-page')).toBe('folded');
  await user.click(within(board).getByRole('switch', { name: '只列图上所见' }));
  await pass(500);
  expect(within(board).getByText(/^列出 \d+ 件$/)).toBeTruthy();
  await user.keyboard('3');
  await pass(300);
  expect(screen.queryByRole('region', { name: '事件看板' })).toBeNull();
  expect(localStorage.getItem('citymirror.event_board')).toBe('map');
});

test('a page and the drawer take the same room: one of them is open', async () => {
  const { user, pass } = await openDesk();
  await user.keyboard('3');
  await pass(300);
  await user.keyboard('d');
  await pass(300);
  expect(screen.queryByRole('region', { name: '事件看板' })).toBeNull();
  await user.keyboard('3');
  await pass(300);
  expect(screen.queryByRole('region', { name: '数据源与同步' })).toBeNull();
});

test('a view is kept, brought back and dropped', async () => {
  const { user, pass, lastCall } = await openEvents();
  await user.keyboard('{Shift>}F{/Shift}');
  const filters = screen.getByRole('region', { name: '筛选' });
  await user.click(within(filters).getByRole('button', { name: /^重大/ }));
  await user.type(within(filters).getByRole('textbox', { name: '视图名称' }), '重大{Enter}');
  await pass(300);
  expect(lastCall('saveCaseViews')).toBe('saveCaseViews 重大');
  const narrowed = names();
  await user.click(screen.getByRole('button', { name: '已筛选，点此看全部' }));
  await pass(300);
  await user.click(within(filters).getByRole('button', { name: '重大' }));
  await pass(300);
  expect(names()).toEqual(narrowed);
});

test('a past moment shows the case as it stood, without moves', async () => {
  const { user, pass } = await openCase('给水管爆裂');
  await user.keyboard(',');
  await pass(1500);
  expect(card().textContent).toMatch(/返回实时后才能改|这个对象已经没有了/);
  expect(card().querySelector('.case-moves')).toBeNull();
});

test('without the event desk the events of the hub are still listed', async () => {
  await openEvents({ state: 'plain' });
  expect(screen.getByText(/^事件台读不出：事件库打不开/)).toBeTruthy();
  expect(rows().length).toBeGreaterThan(3);
});

test('an empty desk says so and offers a new event', async () => {
  await openEvents({ state: 'empty' });
  expect(screen.getByText('没有未结的事件')).toBeTruthy();
});

test('times of a form are those of the city, and bytes go as they are', () => {
  const at = Date.UTC(2026, 10, 21, 6, 3);
  expect(localTime(at)).toBe('2026-11-21T14:03');
  expect(momentOf('2026-11-21T14:03')).toBe(at);
  expect(momentOf('')).toBeNull();
  expect(base64Of(new Uint8Array([1, 2, 255]))).toBe('AQL/');
});
