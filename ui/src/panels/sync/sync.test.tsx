import { screen, within } from '@solidjs/testing-library';
import { expect, test } from 'vitest';
import { openDesk } from '../../fixtures/open_desk';
import { initials } from './DesksPanel';

const sync = () => screen.getByRole('region', { name: '数据源与同步' });
const sourceNames = () => [...document.querySelectorAll('.source-name > :first-child')].map((one) => one.textContent);

test('the connection pill names the worst state with its number and opens the board', async () => {
  const { user, pass } = await openDesk({ state: 'sync' });
  const pill = screen.getByRole('button', { name: /静默 1/ });
  await user.click(pill);
  await pass(1200);
  expect(within(sync()).getByText('12 个数据源：8 正常 · 1 静默 · 1 迟到 · 1 时钟偏差 · 1 停用')).toBeTruthy();
  expect(sourceNames().slice(0, 3)).toEqual(['井盖平台', '道路积水', '停车平台']);
});

test('D opens the board, its worst row has the focus, arrows move and Enter says why and what to do', async () => {
  const { user, pass } = await openDesk({ state: 'sync' });
  await user.keyboard('d');
  await pass(1200);
  expect(document.activeElement?.getAttribute('aria-label')).toContain('井盖平台、CSV、静默');
  await user.keyboard('{Enter}');
  expect(sync().textContent).toContain('HTTP 503 Service Unavailable');
  expect(sync().textContent).toContain('检查网络和对方服务，再运行 cim source test manhole');
  expect(sync().textContent).toContain('缺失 26');
  await user.keyboard('{ArrowDown}');
  expect(document.activeElement?.getAttribute('aria-label')).toContain('道路积水');
  await user.keyboard('d');
  expect(screen.queryByRole('region', { name: '数据源与同步' })).toBeNull();
});

test('a row that is open stays open while figures move', async () => {
  const { user, pass } = await openDesk({ state: 'sync' });
  await user.keyboard('d');
  await pass(1200);
  const row = document.activeElement;
  await user.keyboard('{Enter}');
  await pass(5000);
  expect(row?.isConnected).toBe(true);
  expect(row?.getAttribute('aria-expanded')).toBe('true');
});

test('a desk without sources says so', async () => {
  const { user, pass } = await openDesk({ state: 'empty' });
  await user.keyboard('d');
  await pass(1200);
  expect(within(sync()).getByText('没有数据源')).toBeTruthy();
});

test('a refused edit is said in a bar, and can be sent again or withdrawn after one question', async () => {
  const { user, pass, lastCall } = await openDesk({ state: 'sync' });
  const bar = screen.getByText('中枢拒收了 1 条改动').parentElement;
  await user.click(within(bar as HTMLElement).getByRole('button', { name: '查看' }));
  await pass(1200);
  expect(sync().textContent).toContain('原因：状态 closed 需要办结单号');
  await user.click(screen.getByRole('button', { name: '放弃对 和平路路面塌陷约 2 平方米 的改动' }));
  expect(lastCall('withdrawFact')).toBeUndefined();
  await user.click(within(screen.getByText(/放弃后不再发送/)).getByRole('button', { name: '放弃' }));
  await pass(1200);
  expect(lastCall('withdrawFact')).toBe('withdrawFact f3');
  expect(screen.queryByText('中枢拒收了 1 条改动')).toBeNull();
  expect(within(sync()).getByText('已撤回')).toBeTruthy();
});

test('a refused edit that is sent again is accepted', async () => {
  const { user, pass, lastCall } = await openDesk({ state: 'sync' });
  await user.keyboard('{Shift>}D{/Shift}');
  await pass(1200);
  await user.click(screen.getByRole('button', { name: '重发对 和平路路面塌陷约 2 平方米 的改动' }));
  await pass(4000);
  expect(lastCall('retryFact')).toBe('retryFact f3');
  expect(screen.queryByText('被拒收')).toBeNull();
});

test('a conflict shows both versions, which holds and the rule; mine makes a new edit and the badge goes', async () => {
  const { user, pass, lastCall } = await openDesk({ state: 'sync' });
  expect(screen.getByRole('button', { name: /冲突 1/ })).toBeTruthy();
  await user.keyboard('{Shift>}D{/Shift}');
  await pass(1200);
  const conflicts = within(screen.getByRole('region', { name: '冲突' }));
  expect(conflicts.getByText(/同一字段被两人修改时，两份都保留/)).toBeTruthy();
  const rows = conflicts.getAllByRole('row').map((row) => row.textContent);
  expect(rows.some((row) => row?.startsWith('状态') && row.includes('处置') && row.endsWith('现行'))).toBe(true);
  // A field that only one person changed holds whatever becomes of the other.
  expect(rows).toContain('备注已派市政二队 现行—');
  await user.click(conflicts.getByRole('button', { name: '采用我的' }));
  await pass(1200);
  expect(lastCall('settleConflict')).toBe('settleConflict k1 mine');
  expect(conflicts.getByText('现以我的为准')).toBeTruthy();
  expect(conflicts.queryByRole('button', { name: '采用我的' })).toBeNull();
  await pass(3000);
  expect(screen.queryByRole('button', { name: /冲突 1/ })).toBeNull();
});

/** An event where the event desk cannot be read: its status is the hub's, and can still be changed. */
async function openEvent(opened: Awaited<ReturnType<typeof openDesk>>): Promise<HTMLElement> {
  await opened.user.keyboard('2');
  // Something has to happen first: nobody has taken it over yet.
  await opened.pass(40_000);
  // The newest real report, not yet handled.
  await opened.user.click(
    screen.getAllByRole('row').find((row) => row.querySelector('.row-value')?.textContent === '上报') as HTMLElement,
  );
  await opened.pass(1200);
  return screen.getByRole('complementary', { name: '所选对象' });
}

test('a status changes at once, is marked until the hub has it, and can be had back for ten seconds', async () => {
  const opened = await openDesk({ state: 'plain' });
  const { user, pass, lastCall } = opened;
  const card = within(await openEvent(opened));
  await user.click(card.getByRole('button', { name: '受理' }));
  expect(card.getByText(/处置中/).textContent).toContain('待同步');
  await pass(4000);
  expect(card.queryByText('待同步')).toBeNull();
  expect(lastCall('changeEvent')).toMatch(/^changeEvent e\d+ handling$/);
  await user.click(card.getByRole('button', { name: /撤销/ }));
  await pass(1200);
  expect(lastCall('changeEvent')).toMatch(/^changeEvent e\d+ reported$/);
  expect(card.queryByRole('button', { name: /撤销/ })).toBeNull();
  await pass(3000);
  expect(card.getByRole('button', { name: '受理' })).toBeTruthy();
});

test('after ten seconds there is no undo any more', async () => {
  const opened = await openDesk({ state: 'plain' });
  const card = within(await openEvent(opened));
  await opened.user.click(card.getByRole('button', { name: '结案' }));
  await opened.pass(11_000);
  expect(card.queryByRole('button', { name: /撤销/ })).toBeNull();
});

test('an edit made offline keeps its mark and is listed as waiting; it goes when the hub is back', async () => {
  const opened = await openDesk({ state: 'plain' });
  const { backend, user, pass } = opened;
  const card = within(await openEvent(opened));
  backend.setOffline(true);
  await pass(1000);
  await user.click(card.getByRole('button', { name: '受理' }));
  await pass(8000);
  expect(card.getByText('待同步')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: '待上传 1 条' }));
  await pass(1200);
  expect(within(sync()).getByText('待发')).toBeTruthy();
  backend.setOffline(false);
  await pass(4000);
  expect(card.queryByText('待同步')).toBeNull();
  expect(within(sync()).getByText('已接收')).toBeTruthy();
});

test('a note is sent as it was typed and the field is empty again', async () => {
  const opened = await openDesk({ state: 'plain' });
  const card = within(await openEvent(opened));
  const field = card.getByRole('textbox', { name: '备注' });
  await opened.user.type(field, '已派市政二队');
  await opened.user.click(card.getByRole('button', { name: '添加' }));
  await opened.pass(600);
  expect(opened.lastCall('changeEvent')).toMatch(/^changeEvent e\d+ none 已派市政二队$/);
  expect((field as HTMLInputElement).value).toBe('');
});

test('the past cannot be edited', async () => {
  const opened = await openDesk({ state: 'plain' });
  const card = within(await openEvent(opened));
  await opened.user.keyboard(',');
  await opened.pass(1200);
  expect(card.queryByRole('button', { name: '受理' })).toBeNull();
});

test('an exercise is marked in words, striped, not counted, and can be filtered', async () => {
  const { user, pass } = await openDesk({ state: 'sync' });
  await pass(6000);
  expect(screen.getByText('演练进行中')).toBeTruthy();
  await user.keyboard('2');
  await pass(100);
  const drill = screen.getAllByRole('row').find((row) => row.textContent?.includes('下游河道决口'));
  expect(drill?.textContent).toContain('【演练】');
  expect(drill?.classList.contains('unreal')).toBe(true);
  expect(drill?.querySelector('.tone-critical')).toBeNull();
  expect(screen.getByText('演练等 4')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: '真实' }));
  await pass(100);
  expect(screen.getAllByRole('row').some((row) => row.textContent?.includes('【'))).toBe(false);
  // Three drills and a test: the count of open events knows none of them.
  const open = screen.getByRole('tab', { name: /^事件/ }).querySelector('.lists-total')?.textContent;
  expect(screen.getByRole('grid', { name: '事件' }).getAttribute('aria-rowcount')).toBe(open);
  await user.click(screen.getByRole('button', { name: '演练' }));
  await pass(100);
  expect(screen.getAllByRole('row')).toHaveLength(4);
});

test('the first sync says what it fetches and how far it is, and leaves when done', async () => {
  const { pass } = await openDesk({ state: 'first' });
  await pass(10_000);
  expect(screen.getByText(/^正在从中枢同步摄像机$/)).toBeTruthy();
  expect(screen.getByRole('progressbar', { name: '同步进度' })).toBeTruthy();
  expect(screen.getByText(/^正在同步摄像机 3\d%$/)).toBeTruthy();
  await pass(25_000);
  expect(screen.queryByText(/正在从中枢同步/)).toBeNull();
});

test('other desks are listed, a view can be followed and left again, and shared', async () => {
  const { user, pass, lastCall } = await openDesk({ state: 'sync' });
  await user.click(screen.getByRole('button', { name: '席位 3' }));
  expect(sync().textContent).toContain('李敏');
  expect(sync().textContent).toContain('（本席）');
  await user.click(screen.getByRole('button', { name: '跟随 李敏' }));
  await pass(600);
  expect(lastCall('followView')).toBe('followView desk-02');
  const bar = screen.getByText('正在跟随 李敏 的视角').parentElement as HTMLElement;
  await user.click(within(bar).getByRole('button', { name: '停止跟随' }));
  await pass(600);
  expect(screen.queryByText('正在跟随 李敏 的视角')).toBeNull();
  await user.click(screen.getByRole('switch', { name: '共享我的视角' }));
  await pass(600);
  expect(lastCall('shareView')).toBe('shareView true');
  expect(screen.getByRole('switch', { name: '停止共享' }).getAttribute('aria-checked')).toBe('true');
  // One's own view is not offered to oneself.
  expect(screen.queryByRole('button', { name: '跟随 王建国' })).toBeNull();
});

test('an exercise never takes the wall; the wall names its sources in trouble and follows with P', async () => {
  const { user, pass, lastCall } = await openDesk({ state: 'sync', mode: 'wall' });
  await pass(8000);
  expect(screen.queryByRole('alert')).toBeNull();
  expect(screen.getByText('演练进行中')).toBeTruthy();
  expect(screen.getByRole('region', { name: '数据源' }).textContent).toContain('井盖平台');
  await user.keyboard('p');
  await pass(600);
  expect(lastCall('followView')).toBe('followView desk-02');
  expect(screen.getByText('正在跟随 李敏 的视角 (P)')).toBeTruthy();
  await user.keyboard('p');
  await pass(600);
  expect(lastCall('followView')).toBe('followView nothing');
});

test('initials tell colleagues apart in both writings', () => {
  expect([initials('欧阳建国'), initials('李敏'), initials('Ada Lovelace'), initials('')]).toEqual([
    '建国',
    '李敏',
    'AL',
    '',
  ]);
});
