import { fireEvent, screen, within } from '@solidjs/testing-library';
import { expect, test } from 'vitest';
import { type OpenDesk, openDesk } from '../../fixtures/open_desk';

const panel = (name: string) => screen.getByRole('region', { name });
const noPanel = (name: string) => expect(screen.queryByRole('region', { name })).toBeNull();

/** Clicks into the picture as the twin hears them. */
async function clickPicture({ backend, pass }: OpenDesk, points: [number, number][]): Promise<void> {
  for (const at of points) {
    await backend.gesture([{ kind: 'pick', at }]);
  }
  await pass(50);
}

test('each tool has a button and a key; Escape closes it', async () => {
  const { user, pass } = await openDesk();
  await user.keyboard('m');
  expect(panel('量测')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: '日照与阴影' }));
  await pass(50);
  noPanel('量测');
  expect(panel('日照与阴影').textContent).toContain('06:00 – 18:00');
  await user.keyboard('{Escape}');
  noPanel('日照与阴影');
});

test('a distance is measured by clicks, taken back by Ctrl+Z and ended by Enter', async () => {
  const open = await openDesk();
  const { user, pass, lastCall } = open;
  await user.keyboard('m');
  await user.click(within(panel('量测')).getByRole('button', { name: '距离' }));
  expect(lastCall('tool')).toBe('tool start distance');
  await clickPicture(open, [
    [100, 100],
    [200, 100],
    [200, 200],
  ]);
  expect(panel('量测').textContent).toMatch(/水平长度320\.0m/);
  (document.activeElement as HTMLElement).blur();
  await user.keyboard('{Control>}z{/Control}');
  await pass(50);
  expect(panel('量测').textContent).toMatch(/水平长度160\.0m/);
  await user.keyboard('{Enter}');
  await pass(50);
  expect(within(panel('量测')).getByRole('button', { name: '再量一次' })).toBeTruthy();
  await user.click(within(panel('量测')).getByRole('button', { name: '清除' }));
  expect(lastCall('tool')).toBe('tool cancel');
});

test('Escape leaves a tool before it closes its panel and before it clears the selection', async () => {
  const { backend, user, pass, lastCall } = await openDesk();
  backend.tellTwin({ kind: 'picked', target: { kind: 'thing', id: '45' } });
  await pass(600);
  await user.keyboard('m');
  await user.click(screen.getByRole('button', { name: '面积' }));
  await user.keyboard('{Escape}');
  expect(lastCall('tool')).toBe('tool cancel');
  expect(panel('量测')).toBeTruthy();
  await user.keyboard('{Escape}');
  noPanel('量测');
  expect(lastCall('select ')).not.toBe('select nothing');
});

test('typed conditions find buildings, become chips, and what is found can be isolated', async () => {
  const { user, pass, lastCall } = await openDesk();
  await user.keyboard('f');
  await pass(50);
  await user.keyboard('高度>50');
  await pass(400);
  const found = within(panel('查询')).getAllByRole('listitem').length;
  expect(found).toBeGreaterThan(3);
  expect(panel('查询').textContent).toContain(`找到 ${found} 个`);
  await user.keyboard('{Enter}');
  await pass(400);
  expect(screen.getByRole('button', { name: /高度 > 50/ })).toBeTruthy();
  await user.click(within(panel('查询')).getByRole('button', { name: '只看这些' }));
  await pass(50);
  expect(lastCall('showFound')).toBe(`showFound isolate ${found}`);
  expect(screen.getByText(new RegExp(`${found} 个对象被筛出`))).toBeTruthy();
  await user.click(screen.getAllByRole('button', { name: '全部显示' })[0] as HTMLElement);
  expect(lastCall('showAll')).toBe('showAll');
});

test('a query that nothing fits says what to try, and one around nothing says what to do', async () => {
  const { user, pass } = await openDesk();
  await user.keyboard('f');
  await pass(50);
  await user.keyboard('月球基地');
  await pass(400);
  expect(panel('查询').textContent).toContain('没有符合的对象');
  fireEvent.change(screen.getByRole('combobox', { name: '范围' }), { target: { value: 'around' } });
  expect(panel('查询').textContent).toContain('先在图上或列表里选一个对象');
});

test('an attribute colours the city with a legend that has its unit; words get a class each', async () => {
  const { user, pass, lastCall } = await openDesk();
  await user.keyboard('c');
  await pass(50);
  const choose = (value: string) =>
    fireEvent.change(screen.getByRole('combobox', { name: '属性' }), { target: { value } });
  choose('height');
  await pass(50);
  expect(lastCall('colourBy')).toBe('colourBy height');
  const legend = screen.getByRole('region', { name: '着色图例' });
  expect(legend.textContent).toContain('高度m');
  expect(within(legend).getAllByRole('listitem')).toHaveLength(6);
  choose('use');
  await pass(50);
  expect(screen.getByRole('region', { name: '着色图例' }).textContent).toContain('住宅');
  await user.click(screen.getByRole('button', { name: '取消着色' }));
  await pass(50);
  expect(screen.queryByRole('region', { name: '着色图例' })).toBeNull();
});

test('a drawn polygon cuts the city; what stays can be turned round and the cut taken away', async () => {
  const open = await openDesk();
  const { user, pass, lastCall } = open;
  await user.keyboard('x');
  await user.click(screen.getByRole('button', { name: '多边形' }));
  await clickPicture(open, [
    [100, 100],
    [200, 100],
    [200, 200],
  ]);
  await user.click(screen.getByRole('button', { name: /完成/ }));
  await pass(100);
  expect(lastCall('setClips')).toBe('setClips 1 none');
  await user.click(screen.getByRole('button', { name: '多边形 1 留外部' }));
  expect(screen.getByRole('button', { name: '多边形 1 留内部' })).toBeTruthy();
  await user.click(screen.getByRole('button', { name: '移除 多边形 1' }));
  await pass(100);
  expect(lastCall('setClips')).toBe('setClips 0 none');
});

test('a trench opens along the selected feature, as wide and deep as asked', async () => {
  const { backend, user, pass, lastCall } = await openDesk();
  await user.keyboard('x');
  expect(screen.getByRole('button', { name: '沿所选管线开槽' }).hasAttribute('disabled')).toBe(true);
  backend.tellTwin({ kind: 'picked', target: { kind: 'feature', id: 'w1003' } });
  await pass(100);
  await user.click(screen.getByRole('button', { name: '沿所选管线开槽' }));
  await pass(100);
  expect(lastCall('trenchAlong')).toBe('trenchAlong w1003');
  expect(lastCall('setClips')).toBe('setClips 0 3');
  fireEvent.input(screen.getByRole('slider', { name: /深度/ }), { target: { value: '5' } });
  await pass(100);
  expect(lastCall('setClips')).toBe('setClips 0 5');
});

test('style and hour are sent, and the sun returns to the moment shown', async () => {
  const { user, pass, lastCall } = await openDesk();
  await user.keyboard('v');
  await user.click(screen.getByRole('button', { name: '白模' }));
  await pass(100);
  expect(lastCall('setLook')).toBe('setLook white soft');
  await user.keyboard('s');
  await pass(50);
  fireEvent.input(within(panel('日照与阴影')).getByRole('slider', { name: /时刻/ }), { target: { value: '720' } });
  await pass(100);
  expect(panel('日照与阴影').textContent).toContain('55.0°');
  await user.click(screen.getByRole('button', { name: '跟随显示时刻' }));
  await pass(100);
  expect(panel('日照与阴影').textContent).not.toContain('55.0°');
});

test('the memory of the model is chosen, and a view that is coarser for it says so', async () => {
  const { user, pass, lastCall } = await openDesk();
  await user.keyboard('v');
  expect(screen.getByText('模型 624 / 1024 MB')).toBeTruthy();
  expect(screen.getByRole('button', { name: '1 GB' }).getAttribute('aria-pressed')).toBe('true');
  await user.click(screen.getByRole('button', { name: '512 MB' }));
  await pass(600);
  expect(lastCall('setTileBudget')).toBe('setTileBudget 512');
  expect(screen.getByRole('button', { name: '512 MB' }).getAttribute('aria-pressed')).toBe('true');
  expect(screen.getByText(/512 \/ 512 MB：内存不够/).className).toContain('short');
});

test('a second city is compared by a swipe line, and a folder without one says why', async () => {
  const { user, pass, lastCall } = await openDesk();
  await user.keyboard('o');
  await pass(50);
  await user.type(screen.getByRole('textbox', { name: '城市文件夹' }), '/data/none');
  await user.click(screen.getByRole('button', { name: '打开' }));
  await pass(50);
  expect(screen.getByRole('alert').textContent).toContain('打不开：/data/none');
  await user.click(screen.getByRole('button', { name: /2024-06-30/ }));
  await pass(100);
  expect(lastCall('setCompare')).toBe('setCompare swipe 0.50');
  expect(screen.getAllByRole('slider', { name: '分界线' }).length).toBeGreaterThan(0);
  await user.click(screen.getByRole('button', { name: '分屏' }));
  await pass(100);
  expect(lastCall('setCompare')).toBe('setCompare split');
  await user.click(screen.getByRole('button', { name: '结束对比' }));
  await pass(100);
  expect(lastCall('openCompared')).toBe('openCompared nothing');
  expect(lastCall('setCompare')).toBe('setCompare off');
});

test('bookmarks are kept with notes, renamed, moved, deleted and brought back', async () => {
  const { user, pass, lastCall } = await openDesk();
  await user.keyboard('b');
  await pass(50);
  const keep = async (title: string) => {
    await user.type(screen.getByRole('textbox', { name: '名称' }), title);
    await user.type(screen.getByRole('textbox', { name: '备注' }), '夜间巡查');
    await user.click(screen.getByRole('button', { name: '保存当前视角' }));
    await pass(50);
  };
  await keep('泵站');
  await keep('大桥');
  expect(lastCall('saveBookmarks')).toBe('saveBookmarks 泵站,大桥');
  expect(screen.getAllByText('夜间巡查')).toHaveLength(2);
  await user.click(screen.getByRole('button', { name: '上移 大桥' }));
  expect(lastCall('saveBookmarks')).toBe('saveBookmarks 大桥,泵站');
  await user.click(screen.getByRole('button', { name: '删除 泵站' }));
  expect(lastCall('saveBookmarks')).toBe('saveBookmarks 大桥');
  await user.click(screen.getByRole('button', { name: '撤销' }));
  expect(lastCall('saveBookmarks')).toBe('saveBookmarks 大桥,泵站');
  await user.click(screen.getByRole('button', { name: /^大桥/ }));
  expect(lastCall('goToPlace')).toMatch(/^goToPlace 117/);
});

test('underground mode is a switch and a slider', async () => {
  const { user, pass, lastCall } = await openDesk();
  await user.keyboard('u');
  await user.click(screen.getByRole('switch', { name: '打开地下模式' }));
  await pass(100);
  expect(lastCall('setUnderground')).toBe('setUnderground true 0.25');
  fireEvent.input(screen.getByRole('slider', { name: /地面不透明度/ }), { target: { value: '0.5' } });
  await pass(100);
  expect(lastCall('setUnderground')).toBe('setUnderground true 0.5');
});

test('the card of a building says source, date, level and parts', async () => {
  const { backend, pass } = await openDesk();
  backend.tellTwin({ kind: 'picked', target: { kind: 'feature', id: 'w1000' } });
  await pass(600);
  const card = screen.getByRole('complementary', { name: '所选对象' });
  expect(card.textContent).toContain('CIM2');
  expect(card.textContent).toContain('2025-06-30');
  expect(card.textContent).toContain('组成部分');
});
