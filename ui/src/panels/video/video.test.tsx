import { fireEvent, screen, within } from '@solidjs/testing-library';
import { beforeEach, expect, test } from 'vitest';
import { type OpenDesk, openDesk } from '../../fixtures/open_desk';

const button = (name: string | RegExp) => screen.getByRole('button', { name });
const list = () => screen.getByRole('grid', { name: '摄像机列表' });
const rows = () => within(list()).getAllByRole('row');
const tab = (name: string) => screen.getByRole('tab', { name });

async function openVideo(settings: Parameters<typeof openDesk>[0] = {}): Promise<OpenDesk> {
  const desk = await openDesk(settings);
  await desk.user.keyboard('7');
  await desk.pass(400);
  return desk;
}

/** The desk of somebody who may grant. */
async function openLeader(): Promise<OpenDesk> {
  const desk = await openVideo();
  await desk.backend.setActor('leader_on_duty', undefined);
  await desk.pass(1200);
  return desk;
}

beforeEach(() => localStorage.clear());

test('the page opens with its key and counts the channels', async () => {
  await openVideo();
  expect(screen.getByRole('tab', { name: '目录', selected: true })).toBeTruthy();
  expect(screen.getByText('1200 路')).toBeTruthy();
  expect(rows().length).toBeGreaterThan(10);
});

test('words and pinyin narrow the list, and all can be shown again', async () => {
  const { user, pass } = await openVideo();
  await user.type(screen.getByRole('searchbox', { name: '查找摄像机' }), '淮海路公交站');
  await pass(400);
  expect(rows()[0]?.textContent).toContain('淮海路公交站');
  expect(rows().length).toBeLessThan(60);
  await user.click(button('全部通道'));
  await pass(300);
  expect(screen.getByText(/1200 路/)).toBeTruthy();
});

test('a group of the tree opens, and narrows the list to what is under it', async () => {
  const { user, pass } = await openVideo();
  const tree = screen.getByRole('tree', { name: '行政区划' });
  await user.click(within(tree).getByRole('button', { name: '展开' }));
  await pass(300);
  await user.click(within(tree).getByRole('treeitem', { name: /云龙区/ }));
  await pass(400);
  expect(button(/只看 云龙区/)).toBeTruthy();
  expect(screen.queryByText(/^1200 路/)).toBeNull();
});

test('the other tree has business groups', async () => {
  const { user, pass } = await openVideo();
  await user.click(button('业务分组'));
  await pass(300);
  expect(screen.getByRole('treeitem', { name: /城市管理/ })).toBeTruthy();
});

test('a channel opens its sheet, with identity, rights and fields in words', async () => {
  const { user, pass } = await openVideo();
  await user.click(rows()[0] as HTMLElement);
  await pass(400);
  const sheet = screen.getByRole('region', { name: '摄像机详情' });
  expect(sheet.textContent).toContain('网络摄像机');
  expect(within(sheet).getByText('看实时')).toBeTruthy();
  expect(sheet.textContent).toContain('按权限表');
});

test('a secret channel is visible as denied', async () => {
  const { user, pass } = await openVideo();
  await user.type(screen.getByRole('searchbox', { name: '查找摄像机' }), '涉密');
  await pass(400);
  expect(within(rows()[0] as HTMLElement).getAllByText('无权看实时画面').length).toBe(1);
  await user.click(rows()[0] as HTMLElement);
  await pass(400);
  expect((button('看画面') as HTMLButtonElement).disabled).toBe(true);
});

test('several channels are classified at once, and what was left is told', async () => {
  const { user, pass, lastCall } = await openVideo();
  const boxes = within(list()).getAllByRole('checkbox');
  await user.click(boxes[0] as HTMLElement);
  await user.click(boxes[1] as HTMLElement);
  expect(screen.getByText('已选 2 路')).toBeTruthy();
  await user.click(button('分类分级'));
  await user.selectOptions(screen.getByRole('combobox', { name: '类别' }), '2');
  await user.click(button(/改为这样/));
  await pass(300);
  expect(lastCall('gradeChannels')).toBe('gradeChannels 2 2 null');
  expect(screen.getByText('已更改 2 路')).toBeTruthy();
});

test('a camera that is carried to the tab of pictures finds the cells there', async () => {
  const { pass } = await openVideo();
  fireEvent.dragEnter(tab('片段'), { dataTransfer: { types: ['application/x-citymirror-camera'] } });
  expect(screen.queryByRole('tab', { name: '片段', selected: true })).toBeNull();
  fireEvent.dragEnter(tab('画面'), { dataTransfer: { types: ['application/x-citymirror-camera'] } });
  await pass(300);
  expect(screen.getByRole('tab', { name: '画面', selected: true })).toBeTruthy();
});

test('an import is tried before it is done, and can be taken back', async () => {
  const { user, pass, backend, lastCall } = await openVideo();
  await user.click(screen.getAllByRole('button', { name: '导入' })[0] as HTMLElement);
  await user.type(screen.getByRole('textbox', { name: '文件位置或网址' }), '/data/cameras.csv');
  await user.click(button('看看文件'));
  await pass(200);
  await user.selectOptions(screen.getByRole('combobox', { name: '安装位置 对应的字段' }), 'Address');
  await user.click(button('试算'));
  await pass(200);
  expect(screen.getByText('还没有改动目录')).toBeTruthy();
  expect(lastCall('importChannels')).toBe('importChannels /data/cameras.csv true');
  await user.click(button('导入'));
  await pass(200);
  expect(lastCall('importChannels')).toBe('importChannels /data/cameras.csv false');
  await user.click(button('撤销这次导入'));
  await pass(200);
  expect(backend.calls).toContain('undoImport');
});

test('a file that is no catalogue is refused in words', async () => {
  const { user, pass } = await openVideo();
  await user.click(screen.getAllByRole('button', { name: '导入' })[0] as HTMLElement);
  await user.type(screen.getByRole('textbox', { name: '文件位置或网址' }), '/data/cat.gif');
  await user.click(button('看看文件'));
  await pass(200);
  expect(screen.getByRole('alert').textContent).toContain('没有可做的');
});

test('what is at an address is tried like a file, and refused in words', async () => {
  const { user, pass, lastCall } = await openVideo();
  await user.click(screen.getAllByRole('button', { name: '导入' })[0] as HTMLElement);
  const place = screen.getByRole('textbox', { name: '文件位置或网址' });
  const refusedWith = async (address: string, words: string) => {
    await user.clear(place);
    await user.type(place, address);
    await user.click(button('看看文件'));
    await pass(200);
    expect(screen.getByRole('alert').textContent).toContain(words);
  };
  await refusedWith('https://li:secret@cam.example/a.xml', '网址里不能写用户名和密码');
  await refusedWith('https://cam.example/gone.xml', '对方回答 404');
  await user.clear(place);
  await user.type(place, 'http://10.1.2.3/gb/cameras.xml');
  await user.click(button('看看文件'));
  await pass(200);
  expect(lastCall('importChannels')).toBe('importChannels http://10.1.2.3/gb/cameras.xml true');
  // What has no columns has a source and coordinates all the same.
  await user.click(button('上一步'));
  expect(screen.queryByRole('combobox', { name: '文字编码' })).toBeNull();
  await user.selectOptions(screen.getByRole('combobox', { name: '坐标' }), 'gcj02');
  await user.click(button('试算'));
  await pass(300);
  expect(lastCall('importChannels')).toBe('importChannels http://10.1.2.3/gb/cameras.xml true');
  expect(screen.getByText(/^10\.1\.2\.3，读了/)).toBeTruthy();
});

test('a repair is ordered from the work list', async () => {
  const { user, pass, lastCall } = await openVideo();
  await user.click(tab('运维'));
  await pass(400);
  await user.click(screen.getAllByRole('button', { name: '派修' })[0] as HTMLElement);
  await user.type(screen.getByRole('textbox', { name: /说明/ }), '已联系厂商{Enter}');
  await pass(400);
  expect(lastCall('actOnVideoWork')).toMatch(/true$/);
  expect(screen.getAllByText(/维修中/).length).toBeGreaterThan(0);
});

test('the matrix says what each role may do', async () => {
  const { user, pass } = await openVideo();
  await user.click(tab('权限'));
  await pass(400);
  expect(screen.getByRole('button', { name: /值班员/, pressed: true })).toBeTruthy();
  const before = screen.getAllByText('不可以').length;
  await user.click(screen.getByRole('button', { name: '带班领导' }));
  await pass(200);
  expect(screen.queryAllByText('不可以').length).toBeLessThan(before);
});

test('who may not grant is told who can', async () => {
  const { user, pass } = await openVideo();
  await user.click(within(list()).getAllByRole('checkbox')[0] as HTMLElement);
  await user.click(button('临时授权'));
  await pass(300);
  await user.selectOptions(screen.getByRole('combobox', { name: '岗位' }), 'team');
  await user.selectOptions(screen.getByRole('combobox', { name: '用途' }), 'event');
  await user.click(button(/^授权/));
  await pass(300);
  expect(screen.getByRole('alert').textContent).toContain('带班领导可以临时授权');
});

test('a grant is given for a while, and taken back with a reason', async () => {
  const { user, pass, lastCall } = await openLeader();
  await user.click(within(list()).getAllByRole('checkbox')[0] as HTMLElement);
  await user.click(button('临时授权'));
  await pass(300);
  await user.click(button('个人'));
  await user.type(screen.getByRole('textbox', { name: '姓名' }), '李敏');
  await user.selectOptions(screen.getByRole('combobox', { name: '用途' }), 'event');
  await user.click(button(/^授权/));
  await pass(1500);
  expect(lastCall('giveGrant')).toBe('giveGrant 李敏');
  await user.click(screen.getAllByRole('button', { name: '收回' })[0] as HTMLElement);
  await user.type(screen.getByRole('textbox', { name: '原因' }), '已处置{Enter}');
  await pass(300);
  expect(lastCall('revokeGrant')).toMatch(/^revokeGrant g-/);
});

test('the log says who looked at which camera, and can be narrowed to what was denied', async () => {
  const { user, pass } = await openVideo();
  await user.click(tab('权限'));
  await user.click(button('查看记录'));
  await pass(400);
  await user.selectOptions(screen.getByRole('combobox', { name: '做了什么' }), 'video_denied');
  await pass(1500);
  const table = screen.getByRole('table');
  const lines = within(table).getAllByRole('row').slice(1);
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.every((line) => line.textContent?.includes('被拒'))).toBe(true);
});

test('an empty catalogue says what to do', async () => {
  await openVideo({ state: 'empty' });
  expect(screen.getByText('目录里还没有摄像机')).toBeTruthy();
  expect(screen.getByText('没有可以列出的摄像机')).toBeTruthy();
});
