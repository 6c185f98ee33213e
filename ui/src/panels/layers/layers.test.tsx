import { fireEvent, screen, within } from '@solidjs/testing-library';
import { expect, test } from 'vitest';
import { type OpenDesk, openDesk } from '../../fixtures/open_desk';
import type { FieldDto } from '../../generated/wire';
import { isInTree } from './LayerCard';

const card = () => screen.getByRole('region', { name: '图层' });
const page = () => screen.getByRole('region', { name: '图层、选择与性能' });
const eye = (name: string) => within(card()).getByRole('switch', { name });
const rows = () => [...card().querySelectorAll('.layer-open')].map((one) => one.textContent);

async function openCard(settings: Parameters<typeof openDesk>[0] = {}): Promise<OpenDesk> {
  const open = await openDesk(settings);
  await open.pass(700);
  return open;
}
/** Opens the details of a layer from the tree. */
async function openLayer({ user, pass }: OpenDesk, name: string): Promise<void> {
  await user.click(within(card()).getByRole('button', { name }));
  await pass(50);
}

test('the card lists layers by kind with counts, worst state and late ones', async () => {
  await openCard();
  expect(rows().slice(0, 4)).toEqual(['事件', '事件', '力量', '人员']);
  const gas = within(card()).getByRole('treeitem', { name: /^燃气、7、紧急/ });
  expect(gas.getAttribute('aria-level')).toBe('3');
  expect(within(card()).getByRole('treeitem', { name: /^供水管、.*没有管网文件/ })).toBeTruthy();
});

test('an eye is shown at once, told to the host, and leaves its branch half shown', async () => {
  const { user, pass, lastCall } = await openCard();
  await user.click(eye('燃气'));
  expect(eye('燃气').getAttribute('aria-checked')).toBe('false');
  expect(within(card()).getByRole('checkbox', { name: '安全' }).getAttribute('aria-checked')).toBe('mixed');
  expect(lastCall('changeLayer')).toBe('changeLayer show sensors-gas false');
  await user.click(within(card()).getByRole('checkbox', { name: '安全' }));
  await pass(1200);
  expect(lastCall('changeLayer')).toBe('changeLayer show_branch kind 感知/安全 true');
  expect(eye('燃气').getAttribute('aria-checked')).toBe('true');
});

test('L folds the card, a search narrows it, a system regroups it', async () => {
  const { user, pass } = await openCard();
  await user.keyboard('l');
  expect(card().querySelector('.layer-row')).toBeNull();
  await user.keyboard('l');
  await pass(700);
  fireEvent.input(screen.getByRole('searchbox', { name: '查找图层' }), { target: { value: '井盖' } });
  await pass(50);
  expect(rows()).toEqual(['感知', '安全', '井盖']);
  await user.click(within(card()).getByRole('button', { name: '系统' }));
  expect(rows()).toEqual(['城市运行管理服务', '井盖']);
});

test('Alt and an arrow move a layer in the order of drawing', async () => {
  const { user, pass, lastCall } = await openCard();
  await user.click(within(card()).getByRole('button', { name: '叠放' }));
  screen.getByRole('tree', { name: '图层树' }).focus();
  await user.keyboard('{ArrowDown}{Alt>}{ArrowDown}{/Alt}');
  await pass(50);
  expect(lastCall('changeLayer')).toBe('changeLayer move events vehicles');
  expect(rows().slice(0, 2)).toEqual(['人员', '事件']);
  await user.keyboard('{Alt>}{ArrowUp}{ArrowUp}{/Alt}');
  await pass(700);
  // The uppermost goes no further up.
  expect(rows().slice(0, 2)).toEqual(['事件', '人员']);
});

test('a filter that does not fit is marked at its column and cannot be used; a good one is counted and used', async () => {
  const open = await openCard();
  const { user, pass, lastCall } = open;
  await openLayer(open, '燃气');
  const field = () => screen.getByRole('textbox', { name: '过滤' });
  const type = async (value: string) => {
    fireEvent.input(field(), { target: { value } });
    await pass(300);
  };
  await type('severity');
  expect(card().textContent).toContain('这里缺少比较符和值');
  expect(card().querySelector('mark')?.textContent).toBe('␣');
  expect(field().getAttribute('aria-invalid')).toBe('true');
  await user.type(field(), '{Enter}');
  expect(lastCall('changeLayer filter')).toBeUndefined();
  await type('severity >= low');
  expect(card().textContent).toMatch(/现有 \d+ 个符合/);
  await user.type(field(), '{Enter}');
  expect(lastCall('changeLayer filter')).toBe('changeLayer filter sensors-gas severity >= low');
  await pass(1200);
  await user.click(screen.getByRole('button', { name: '不过滤' }));
  expect(lastCall('changeLayer filter')).toBe('changeLayer filter sensors-gas none');
});

test('what is typed stays while figures move', async () => {
  const open = await openCard();
  await openLayer(open, '燃气');
  const field = screen.getByRole('textbox', { name: '过滤' });
  fireEvent.input(field, { target: { value: 'late' } });
  await open.pass(4000);
  expect(field.isConnected).toBe(true);
  expect((field as HTMLInputElement).value).toBe('late');
});

test('the fields that a filter knows are listed and put in by a click', async () => {
  const open = await openCard();
  await openLayer(open, '燃气');
  const help = card().querySelector('details') as HTMLDetailsElement;
  help.open = true;
  fireEvent(help, new Event('toggle'));
  await open.pass(50);
  await open.user.click(within(help).getByRole('button', { name: 'severity' }));
  expect((screen.getByRole('textbox', { name: '过滤' }) as HTMLInputElement).value).toBe('severity ');
  expect(help.textContent).toContain('normal · low · medium · high · critical');
});

test('opacity, stand and gathering are sent; a ramp has its ticks with the unit', async () => {
  const open = await openCard();
  const { user, pass, lastCall } = open;
  await openLayer(open, '噪声热力');
  const legend = within(card()).getByRole('region', { name: '图例' });
  expect(legend.querySelectorAll('rect')).toHaveLength(7);
  expect(legend.textContent).toContain('85 dB(A)');
  fireEvent.input(screen.getByRole('slider', { name: /不透明度/ }), { target: { value: '40' } });
  await pass(100);
  expect(lastCall('changeLayer')).toBe('changeLayer opacity noise-heat 0.4');
  expect(screen.queryByRole('button', { name: '透过建筑' })).toBeNull();
  await user.click(screen.getByRole('button', { name: '‹ 全部图层' }));
  await openLayer(open, '燃气');
  await user.click(screen.getByRole('button', { name: '透过建筑' }));
  expect(lastCall('changeLayer')).toBe('changeLayer stand sensors-gas through');
  await user.click(screen.getByRole('button', { name: '画成点' }));
  expect(lastCall('changeLayer')).toBe('changeLayer gather sensors-gas dots');
});

const style = () => within(card()).getByRole('region', { name: '样式' });
const inStyle = (name: string) => within(style()).getByRole('button', { name }) as HTMLButtonElement;

test('an attribute colours a layer: the legend lists its texts, shapes stay with the state, a reset goes back', async () => {
  const open = await openCard();
  const { user, pass, lastCall } = open;
  await openLayer(open, '燃气');
  const legend = () => within(card()).getByRole('region', { name: '图例' });
  expect(inStyle('恢复默认样式').disabled).toBe(true);
  await user.click(inStyle('属性'));
  expect(lastCall('changeLayer')).toBe('changeLayer paint sensors-gas attribute owner');
  await pass(700);
  expect(legend().textContent).toContain('燃气 · 权属单位水务集团燃气公司市政养护其他或没有');
  expect(legend().querySelectorAll('.glyph circle')).toHaveLength(4);
  expect(legend().querySelectorAll('.state-legend .painted')).toHaveLength(3);
  const attribute = within(style()).getByRole('combobox', { name: '属性' });
  fireEvent.change(attribute, { target: { value: 'district' } });
  expect(lastCall('changeLayer')).toBe('changeLayer paint sensors-gas attribute district');
  await pass(700);
  expect(legend().textContent).toContain('云龙区鼓楼区');
  await user.click(inStyle('恢复默认样式'));
  expect(lastCall('changeLayer')).toBe('changeLayer own_style sensors-gas');
  await pass(700);
  expect(legend().querySelector('.painted')).toBeNull();
  expect(inStyle('状态').getAttribute('aria-pressed')).toBe('true');
});

test('a value colours a layer on a ramp, within a range that is in order', async () => {
  const open = await openCard();
  const { user, pass, lastCall } = open;
  await openLayer(open, '燃气');
  await user.click(inStyle('数值'));
  expect(lastCall('changeLayer')).toBe('changeLayer paint sensors-gas value batlow auto');
  await pass(700);
  fireEvent.change(within(style()).getByRole('combobox', { name: '色带' }), { target: { value: 'vik' } });
  expect(lastCall('changeLayer')).toMatch(/^changeLayer paint sensors-gas value vik 0 \d+$/);
  await pass(700);
  const end = (name: RegExp) => within(style()).getByRole('spinbutton', { name });
  fireEvent.change(end(/^从/), { target: { value: '900' } });
  expect(within(style()).getByRole('alert').textContent).toBe('「从」要小于「到」');
  expect(end(/^从/).getAttribute('aria-invalid')).toBe('true');
  expect(lastCall('changeLayer')).not.toContain('900');
  fireEvent.change(end(/^到/), { target: { value: '1000' } });
  expect(lastCall('changeLayer')).toBe('changeLayer paint sensors-gas value vik 900 1000');
  expect(within(style()).queryByRole('alert')).toBeNull();
  await user.click(inStyle('自动'));
  expect(lastCall('changeLayer')).toBe('changeLayer paint sensors-gas value vik auto');
});

test('symbols grow in pixels or in metres; what cannot be chosen says why', async () => {
  const open = await openCard();
  const { user, pass, lastCall } = open;
  await openLayer(open, '燃气');
  const size = () => within(style()).getByRole('slider', { name: /大小/ }) as HTMLInputElement;
  fireEvent.input(size(), { target: { value: '36' } });
  await pass(100);
  expect(lastCall('changeLayer')).toBe('changeLayer size sensors-gas 36 px');
  await user.click(inStyle('米'));
  expect(lastCall('changeLayer')).toBe('changeLayer size sensors-gas 10 m');
  expect([size().min, size().max, size().value]).toEqual(['1', '200', '10']);
  await user.click(screen.getByRole('button', { name: '‹ 全部图层' }));
  await openLayer(open, '摄像机');
  expect(inStyle('数值').disabled).toBe(true);
  expect(inStyle('数值').title).toBe('还没有数值');
  expect(inStyle('属性').title).toBe('没有取值少的属性');
  await user.click(screen.getByRole('button', { name: '‹ 全部图层' }));
  await openLayer(open, '燃气管');
  expect(within(card()).queryByRole('region', { name: '样式' })).toBeNull();
});

test('the legend of symbols shows what the picture draws: a clock is late, hollow is missing, a sign says why', async () => {
  const open = await openCard();
  await openLayer(open, '燃气');
  const legend = () => within(card()).getByRole('region', { name: '图例' });
  const ages = within(legend()).getByRole('list', { name: '旧值怎么画' });
  const signs = [...ages.querySelectorAll('li')].map((one) => {
    const sample = one.querySelector('svg');
    return [one.textContent, sample?.dataset.aged, sample?.dataset.why, sample?.querySelectorAll('.point-sign').length];
  });
  expect(signs).toEqual([
    ['变淡，右下有小钟：迟到', 'late', undefined, 1],
    ['空心：缺失', 'missing', undefined, 0],
    ['外面一圈断线：移动的，不再上报', 'missing', undefined, 0],
    ['左下横杠：源迟到', 'late', 'source_late', 2],
    ['左下缺口的圆：设备静默', 'missing', 'device_silent', 1],
    ['左下叉：中枢断开', 'late', 'hub_gone', 2],
  ]);
  expect(ages.querySelectorAll('.point-hollow')).toHaveLength(3);
  expect(ages.querySelectorAll('.point-lost')).toHaveLength(1);
  expect(legend().textContent).toContain('紧急重要一般提示正常演练，不是真的');
});

test('a filter and an opacity are offered only where they do something', async () => {
  const open = await openCard();
  const offered: Record<string, boolean[]> = {};
  for (const name of ['燃气', '燃气管', '网格告警', '电子围栏', '地名', '建筑']) {
    await openLayer(open, name);
    offered[name] = [
      screen.queryByRole('textbox', { name: '过滤' }) !== null,
      screen.queryByRole('slider', { name: /不透明度/ }) !== null,
    ];
    await open.user.click(screen.getByRole('button', { name: '‹ 全部图层' }));
  }
  expect(offered).toEqual({
    燃气: [true, true],
    燃气管: [false, true],
    网格告警: [false, true],
    电子围栏: [false, true],
    地名: [false, false],
    建筑: [false, false],
  });
});

const RING: [number, number, number][] = [
  [117.18, 34.25, 3],
  [117.19, 34.25, 3],
  [117.19, 34.24, 4],
];

test('a geofence is drawn by clicks, named, and kept with the minutes of a stay', async () => {
  const { backend, user, pass, lastCall } = await openCard();
  await user.click(screen.getByRole('button', { name: '画围栏' }));
  expect(lastCall('tool')).toBe('tool start ring');
  const panel = () => screen.getByRole('region', { name: '围栏' });
  expect(panel().textContent).toContain('Enter 或双击结束');
  await user.keyboard('{Backspace}');
  expect(lastCall('tool')).toBe('tool undo');
  backend.tellTwin({ kind: 'sketched', sketch: { kind: 'ring', cuts: false, ring: RING } });
  await pass(50);
  expect(panel().textContent).toContain('画好了，3 个角');
  await user.type(within(panel()).getByRole('textbox', { name: '名称' }), '北门工地');
  await user.type(within(panel()).getByRole('spinbutton', { name: /停留提示/ }), '5{Enter}');
  await pass(50);
  expect(lastCall('drawFence')).toBe('drawFence 北门工地 3 300');
  expect(panel().textContent).toContain('北门工地3 个角 · 停留 5 分钟');
  expect(within(panel()).getByRole('button', { name: '画围栏' })).toBeTruthy();
});

test('Escape gives a geofence up, while it is drawn and while it is named', async () => {
  const { backend, user, pass, lastCall } = await openCard();
  await user.click(screen.getByRole('button', { name: '画围栏' }));
  await user.keyboard('{Escape}');
  expect(lastCall('tool')).toBe('tool cancel');
  const draw = () => screen.getByRole('button', { name: '画围栏' });
  await user.click(draw());
  backend.tellTwin({ kind: 'sketched', sketch: { kind: 'ring', cuts: false, ring: RING } });
  await pass(50);
  await user.type(screen.getByRole('textbox', { name: '名称' }), '北门{Escape}');
  expect(screen.queryByRole('textbox', { name: '名称' })).toBeNull();
  expect(draw()).toBeTruthy();
  expect(lastCall('drawFence')).toBeUndefined();
});

test('a refused geofence says why and stays to be mended; a dropped one comes back by undo', async () => {
  const open = await openCard();
  const { backend, user, pass, lastCall } = open;
  await openLayer(open, '电子围栏');
  const draw = async (ring: [number, number, number][], name: string) => {
    await user.click(screen.getByRole('button', { name: '画围栏' }));
    backend.tellTwin({ kind: 'sketched', sketch: { kind: 'ring', cuts: false, ring } });
    await pass(50);
    await user.type(screen.getByRole('textbox', { name: '名称' }), `${name}{Enter}`);
    await pass(50);
  };
  await draw(RING.slice(1), '北门');
  expect(screen.getByRole('alert').textContent).toBe('围栏没有保存：围栏至少有三个角');
  await user.keyboard('{Escape}');
  await draw(RING, '北门');
  expect(lastCall('drawFence')).toBe('drawFence 北门 3 none');
  await user.click(screen.getByRole('button', { name: '删除围栏 北门' }));
  await pass(50);
  expect(lastCall('dropFence')).toBe('dropFence 北门');
  expect(screen.queryByRole('button', { name: '删除围栏 北门' })).toBeNull();
  await user.click(within(document.querySelector('.notice') as HTMLElement).getByRole('button', { name: '撤销' }));
  await pass(50);
  expect(screen.getByRole('button', { name: '删除围栏 北门' })).toBeTruthy();
});

test('sets are saved, replaced, used and deleted on the page, and everything goes back after a question', async () => {
  const { user, pass, lastCall } = await openCard();
  await user.keyboard('{F2}');
  await pass(100);
  const name = () => within(page()).getByRole('textbox', { name: '组合名称' });
  await user.type(name(), '夜班');
  await user.click(within(page()).getByRole('button', { name: '保存' }));
  await pass(700);
  await user.click(within(page()).getByRole('button', { name: /^夜班/ }));
  expect(lastCall('changeLayer')).toBe('changeLayer use_set 夜班');
  await user.type(name(), '夜班');
  expect(within(page()).getByRole('button', { name: '替换' })).toBeTruthy();
  await user.click(within(page()).getByRole('button', { name: '删除组合 夜班' }));
  await user.click(within(page()).getByRole('button', { name: '删除' }));
  expect(lastCall('changeLayer')).toBe('changeLayer drop_set 夜班');
  await user.click(within(page()).getByRole('button', { name: '恢复默认' }));
  expect(lastCall('changeLayer')).not.toBe('changeLayer reset');
  await user.click(within(page()).getByRole('button', { name: '恢复' }));
  expect(lastCall('changeLayer')).toBe('changeLayer reset');
});

test('a desk without layers says so, and keeps the switches of the city model', async () => {
  await openCard({ state: 'empty' });
  expect(card().textContent).toContain('没有实时图层');
  expect(eye('建筑')).toBeTruthy();
});

test('parts of the city model that no pack shows keep their switch', async () => {
  const { user, lastCall } = await openCard();
  await user.click(eye('桥梁'));
  expect(lastCall('setLayer')).toBe('setLayer bridge false');
  expect(isInTree('buildings', ['city-buildings'])).toBe(true);
  expect(isInTree('labels', ['place-names'])).toBe(true);
  expect(isInTree('bridge', ['city-buildings'])).toBe(false);
  expect(isInTree('sensors', [])).toBe(false);
});

test('the hover card says value, unit, age and why it is old', async () => {
  const { backend, pass } = await openCard();
  const hover = {
    name: '阀门井 07',
    kind: 'gas',
    value: '2.4',
    unit: '%LEL',
    at: Date.now(),
    why: 'device_silent',
    severity: 'high',
  };
  backend.tellTwin({ kind: 'hovering', name: '阀门井 07', at: [40, 40], hover, fields: [] });
  await pass(50);
  const shown = document.querySelector('.hover-card')?.textContent;
  expect(shown).toContain('2.4%LEL');
  expect(shown).toContain('设备静默');
});

const AREA: FieldDto = {
  layer: '网格告警',
  kind: 'areas',
  name: '云湖第四网格',
  code: '320302001 04',
  medium: '',
  value: '3',
  unit: '个',
  severity: 'high',
  at: null,
  why: 'device_silent',
};

test('over the ground the card says what layers say of it, and that it is old', async () => {
  const { backend, pass } = await openCard();
  const card = () => document.querySelector('.hover-card')?.textContent;
  const pipe = { ...AREA, kind: 'flow', name: 'p7', code: '', medium: 'water', value: null, why: null };
  backend.tellTwin({ kind: 'hovering', name: null, at: [40, 40], hover: null, fields: [AREA, pipe] });
  await pass(50);
  for (const part of ['网格告警', '云湖第四网格', '320302001 04', '3个', '设备静默', '给水 p7', '没有数值']) {
    expect(card()).toContain(part);
  }
  backend.tellTwin({ kind: 'hovering', name: null, at: [40, 40], hover: null, fields: [] });
  await pass(50);
  expect(card()).toBeUndefined();
});

test('what lies at a point is listed; a choice selects it and Escape closes the list before anything else', async () => {
  const { backend, user, pass, lastCall } = await openCard();
  const items = [
    { target: { kind: 'thing' as const, id: '45' }, name: '阀门井', kind: 'gas', severity: 'high', at: null },
    { target: { kind: 'camera' as const, id: 'c1' }, name: '球机', kind: 'camera', severity: null, at: null },
  ];
  const list = () => screen.queryByRole('region', { name: '此处有什么' });
  backend.tellTwin({ kind: 'here', here: { items, more: 3, fields: [AREA] } });
  await pass(50);
  expect(list()?.textContent).toContain('还有 3 个');
  expect(list()?.textContent).toContain('320302001 04');
  await user.keyboard('{Escape}');
  expect(list()).toBeNull();
  backend.tellTwin({ kind: 'here', here: { items, more: 0, fields: [] } });
  await pass(50);
  await user.click(within(list() as HTMLElement).getByRole('button', { name: /球机/ }));
  expect(lastCall('select ')).toBe('select camera c1');
  expect(list()).toBeNull();
});

test('a selection that the person asked for opens its panel; Escape clears it; news of it open nothing', async () => {
  const { backend, user, pass, lastCall } = await openCard();
  const target = { kind: 'thing' as const, id: '45' };
  const names = [{ target, name: '阀门井', kind: 'gas', severity: 'high', at: null }];
  const selection = {
    total: 1200,
    by_kind: [['gas', 1200]] as [string, number][],
    by_class: [1100, 0, 0, 99, 0, 1] as [number, number, number, number, number, number],
    late: 7,
    names,
  };
  const panel = () => screen.queryByRole('region', { name: '框选的对象' });
  backend.tellTwin({ kind: 'selection', selection });
  await pass(50);
  expect(panel()).toBeNull();
  await user.keyboard('{F3}{F2}');
  await user.click(within(page()).getByRole('tab', { name: '框选' }));
  await pass(50);
  expect(panel()?.textContent).toContain('1200 个对象');
  expect(panel()?.textContent).toContain('重要99');
  expect(screen.getByRole('region', { name: '框选清单' }).textContent).toContain('列出前 1 个，共 1200 个');
  await user.keyboard('{Escape}');
  expect(lastCall('gesture')).toBe('gesture clear_selection');
  expect(panel()).toBeNull();
});

test('the picture is measured while the panel is open; a lower quality says why', async () => {
  const { user, pass, lastCall } = await openCard();
  await user.keyboard('{F3}');
  expect(lastCall('watchPerformance')).toBe('watchPerformance true');
  await pass(1200);
  expect(page().textContent).toContain('612 MiB / 1.0 GiB');
  expect(page().textContent).toContain('与所选一致');
  await pass(13_000);
  expect(page().textContent).toMatch(/p95 为 \d+ ms，超过 50 ms，画质已自动降低/);
  await user.keyboard('{F3}');
  expect(lastCall('watchPerformance')).toBe('watchPerformance false');
});
