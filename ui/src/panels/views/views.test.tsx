import { screen, within } from '@solidjs/testing-library';
import { beforeEach, expect, test } from 'vitest';
import { type OpenDesk, openDesk } from '../../fixtures/open_desk';
import { ALL_CHANNELS } from '../../state/video_list';

beforeEach(() => localStorage.clear());

/** The page of video with one of its tabs in front. */
async function openTab(tab: string): Promise<OpenDesk> {
  const open = await openDesk();
  await open.user.keyboard('7');
  await open.pass(300);
  await open.user.click(screen.getByRole('tab', { name: new RegExp(`^${tab}`) }));
  await open.pass(1200);
  return open;
}

const mosaic = () => screen.getByRole('region', { name: '画面墙' });
const cell = (n: number) => within(mosaic()).getByRole('group', { name: new RegExp(`^画面 ${n}：`) });
const calls = (open: OpenDesk, name: string) => open.backend.calls.filter((call) => call.startsWith(`${name} `));

/** Puts the first so many cameras that are found into the mosaic. */
async function pick(open: OpenDesk, count: number): Promise<void> {
  const side = within(screen.getByRole('complementary', { name: '侧栏' }));
  for (const row of side.getAllByRole('button', { pressed: false, name: /在线|·/ }).slice(0, count)) {
    await open.user.click(row);
  }
  await open.pass(600);
}

test('cameras that are picked fill the cells, and are closed when the page is', async () => {
  const open = await openTab('画面');
  expect(cell(1).textContent).toContain('选一台摄像机');
  await pick(open, 2);
  expect(calls(open, 'openView').length).toBeGreaterThanOrEqual(1);
  expect(cell(1).querySelector('.view-canvas')).toBeTruthy();
  await open.user.keyboard('{Escape}');
  await open.pass(3000);
  const opened = calls(open, 'openView').length;
  expect(calls(open, 'closeView').length).toBeGreaterThanOrEqual(1);
  await open.pass(3000);
  expect(calls(open, 'openView')).toHaveLength(opened);
});

test('keys of a cell: arrows lead on, Delete takes the camera out', async () => {
  const open = await openTab('画面');
  await pick(open, 1);
  cell(1).focus();
  await open.user.keyboard('{ArrowRight}');
  expect(document.activeElement).toBe(cell(2));
  await open.user.keyboard('{ArrowLeft}{Delete}');
  expect(cell(1).textContent).toContain('选一台摄像机');
});

test('a mosaic is kept under a name and shown again', async () => {
  const open = await openTab('画面');
  await pick(open, 1);
  await open.user.click(screen.getByRole('button', { name: '保存' }));
  await open.user.type(screen.getByRole('textbox', { name: '名称' }), '早高峰{Enter}');
  await open.pass(1500);
  expect(open.lastCall('saveMosaic')).toBe('saveMosaic 早高峰');
  await open.user.click(screen.getByRole('button', { name: '清空' }));
  expect(cell(1).textContent).toContain('选一台摄像机');
  const kept = screen.getByRole('combobox', { name: '已存的画面墙' });
  await open.user.selectOptions(kept, within(kept).getByRole('option', { name: /早高峰/ }));
  await open.pass(600);
  expect(cell(1).querySelector('.view-canvas')).toBeTruthy();
});

/** A camera that a leader may steer, in the mosaic, with what is done with it beside. */
async function openSteered(): Promise<{ open: OpenDesk; camera: string }> {
  const open = await openTab('画面');
  await open.backend.setActor('leader_on_duty', undefined);
  await open.pass(1200);
  const found = await open.backend.videoSearch({
    ...ALL_CHANNELS,
    statuses: ['on'],
    ptz_types: [1],
    grades: [3],
    has_place: true,
    offset: 0,
    limit: 20,
  });
  const row = found.ok ? found.value.rows.find((one) => one.denied.length === 0) : undefined;
  const camera = row?.id ?? '';
  await open.user.type(screen.getByRole('searchbox', { name: '名称、编号、拼音、地址' }), camera);
  await open.pass(1200);
  await pick(open, 1);
  await open.user.click(screen.getByRole('button', { name: '这一路' }));
  await open.pass(1200);
  return { open, camera };
}

test('the last seconds are kept with a reason, and stand among what was kept', async () => {
  const { open } = await openSteered();
  const save = () => screen.getByRole('button', { name: '存最近片段' }) as HTMLButtonElement;
  expect(save().disabled).toBe(true);
  await open.user.type(screen.getByRole('textbox', { name: '事由，可不填' }), '取证');
  await open.user.click(save());
  await open.pass(600);
  expect(open.lastCall('saveClip')).toMatch(/^saveClip \d+ 取证$/);
  await open.user.click(screen.getByRole('button', { name: '快照' }));
  await open.pass(1200);
  const side = within(screen.getByRole('complementary', { name: '侧栏' }));
  await open.user.click(side.getAllByRole('button', { expanded: false })[0] as HTMLElement);
  await open.pass(600);
  expect(side.getByText(/\.mp4$/)).toBeTruthy();
});

test('where a preset looks is written down', async () => {
  const { open, camera } = await openSteered();
  await open.user.click(screen.getByRole('button', { name: '登记预置位' }));
  await open.user.type(screen.getByRole('textbox', { name: '预置位名称' }), '西门{Enter}');
  await open.pass(300);
  // Three are known already: the next number is offered.
  expect(open.lastCall('savePreset')).toBe(`savePreset ${camera} 4`);
  await open.user.click(screen.getByRole('button', { name: '去掉预置位 1' }));
  await open.pass(300);
  expect(open.lastCall('deletePreset')).toBe(`deletePreset ${camera} 1`);
});

test('following an event takes the cameras that see it', async () => {
  const open = await openTab('画面');
  await open.user.click(screen.getByRole('button', { name: '跟随事件' }));
  open.backend.tellTwin({ kind: 'picked', target: { kind: 'event', id: 'c3' } });
  await open.pass(1500);
  expect(open.lastCall('mosaicFor')).toBe('mosaicFor event 4');
  expect(mosaic().querySelectorAll('.view-canvas').length).toBeGreaterThan(0);
});

test('a point that is clicked in the twin lists who sees it and who is blocked by what', async () => {
  const open = await openTab('覆盖');
  await open.user.click(screen.getByRole('button', { name: '点一处' }));
  expect(document.querySelector('.page.folded')).toBeTruthy();
  open.backend.tellTwin({ kind: 'sketched', sketch: { kind: 'point', at: [117.19, 34.26, 40] } });
  await open.pass(600);
  expect(document.querySelector('.page.folded')).toBeNull();
  expect(open.lastCall('showSightLines')).toBe('showSightLines point');
  const list = screen.getByRole('region', { name: '看得见的摄像机' });
  expect(list.textContent).toMatch(/看得见/);
  expect(list.textContent).toMatch(/被彭城大厦遮挡/);
  await open.user.click(screen.getByRole('button', { name: '清除视线' }));
  expect(open.lastCall('showSightLines')).toBe('showSightLines nothing');
});

test('blind spots of an area come with figures, a legend and ways to the largest', async () => {
  const open = await openTab('覆盖');
  await open.user.click(screen.getByRole('button', { name: '盲区图' }));
  await open.user.click(screen.getByRole('button', { name: '圈范围' }));
  const ring: [number, number, number][] = [
    [117.18, 34.26, 40],
    [117.19, 34.26, 40],
    [117.19, 34.27, 40],
  ];
  open.backend.tellTwin({ kind: 'sketched', sketch: { kind: 'ring', cuts: false, ring } });
  await open.pass(600);
  expect(open.lastCall('coverage')).toBe('coverage 1');
  expect(screen.getByRole('list', { name: '几台看得见' }).textContent).toContain('没有摄像机看到');
  expect(screen.getByRole('region', { name: '盲区图的数字' }).textContent).toContain('可见比例');
  expect(document.body.textContent).toContain('只计有权知道位置的摄像机');
});

test('suggestions say how high each camera hangs', async () => {
  const open = await openTab('覆盖');
  await open.user.click(screen.getByRole('button', { name: '补点建议' }));
  await open.user.click(screen.getByRole('button', { name: '圈范围' }));
  const ring: [number, number, number][] = [
    [117.18, 34.26, 40],
    [117.19, 34.26, 40],
    [117.19, 34.27, 40],
  ];
  open.backend.tellTwin({ kind: 'sketched', sketch: { kind: 'ring', cuts: false, ring } });
  await open.pass(600);
  expect(screen.getByRole('region', { name: '补点建议' }).textContent).toContain('架高 40.0 m');
});

test('a moment leads the clock there and shows the cameras around it', async () => {
  const open = await openTab('片段');
  const [first] = screen.getAllByRole('button', { name: '跳到' });
  await open.user.click(first as HTMLElement);
  await open.pass(1500);
  expect(open.lastCall('goToMoment')).toMatch(/^goToMoment \S+ 9$/);
  expect(mosaic().querySelectorAll('.view').length).toBeGreaterThan(0);
  expect(calls(open, 'openView').at(-1)).toMatch(/ \d+$/);
});

test('lanes stand on the timeline until they are put away', async () => {
  const open = await openTab('片段');
  await open.pass(1000);
  expect(screen.getByRole('list', { name: '片段和目标的分布' })).toBeTruthy();
  await open.user.click(screen.getByRole('checkbox', { name: '在时间轴上显示' }));
  expect(screen.queryByRole('list', { name: '片段和目标的分布' })).toBeNull();
});

test('an event shows the best camera that sees it without another click', async () => {
  const open = await openDesk();
  open.backend.tellTwin({ kind: 'picked', target: { kind: 'event', id: 'c3' } });
  await open.pass(1500);
  const card = screen.getByRole('complementary', { name: '所选对象' });
  expect(open.lastCall('whoSees')).toBe('whoSees event');
  expect(card.querySelector('.view-canvas')).toBeTruthy();
  expect(Number(card.querySelector('.view-canvas')?.getAttribute('data-pictures'))).toBeGreaterThan(0);
});
