import { cleanup, screen, within } from '@solidjs/testing-library';
import { beforeEach, expect, test } from 'vitest';
import { type OpenDesk, openDesk } from '../../fixtures/open_desk';

const log = () => screen.getByRole('region', { name: '值班日志' });
const entries = () => within(log()).getAllByRole('row').slice(1);
const button = (name: string | RegExp) => screen.getByRole('button', { name });

async function openDuty(settings: Parameters<typeof openDesk>[0] = {}): Promise<OpenDesk> {
  const desk = await openDesk(settings);
  await desk.user.keyboard('4');
  await desk.pass(400);
  return desk;
}

async function openHandover(): Promise<OpenDesk> {
  const desk = await openDuty();
  await desk.user.click(button('交接班'));
  await desk.pass(200);
  return desk;
}

beforeEach(() => localStorage.clear());

test('the page says who is on duty and what is open', async () => {
  await openDuty();
  const who = screen.getByRole('region', { name: '谁在值班' });
  expect(who.textContent).toMatch(/白班 08:00–20:00/);
  expect(who.textContent).toContain('王建国、李敏');
  expect(who.textContent).toMatch(/告警 \d+ · 事件 \d+ · 派遣 2/);
});

test('the newest entry stands first, and a source narrows the log', async () => {
  const { user, pass } = await openDuty();
  const all = entries().length;
  await user.click(button(/^手记 \d+/));
  await pass(200);
  expect(entries().length).toBeLessThan(all);
  expect(entries()[0]?.textContent).toContain('排水队 3 人到场');
  expect(entries().every((row) => row.textContent?.includes('手记'))).toBe(true);
});

test('a struck entry stays readable with who struck it and why', async () => {
  const { user, pass } = await openDuty();
  await user.click(button(/^手记 \d+/));
  await pass(200);
  const struck = entries().find((row) => row.textContent?.includes('72 cm'));
  expect(struck?.querySelector('del')?.textContent).toContain('72 cm');
  expect(struck?.textContent).toMatch(/王建国 于 \d\d:\d\d:\d\d 划去：读错水尺/);
  await user.click(button('不看划去的'));
  await pass(200);
  expect(entries().some((row) => row.textContent?.includes('72 cm'))).toBe(false);
});

test('an entry is written with Enter and taken back by undo', async () => {
  const { user, pass, lastCall } = await openDuty();
  await user.type(screen.getByRole('textbox', { name: '记一条日志' }), '泵站值守人员已到岗{Enter}');
  await pass(300);
  expect(lastCall('writeDuty')).toBe('writeDuty 泵站值守人员已到岗');
  expect(entries()[0]?.textContent).toContain('泵站值守人员已到岗');
  await user.click(button('撤销'));
  await pass(300);
  expect(entries()[0]?.querySelector('del')).toBeTruthy();
});

test('what was being written is there after a restart', async () => {
  const { user } = await openDuty();
  await user.type(screen.getByRole('textbox', { name: '记一条日志' }), '水位');
  cleanup();
  await openDuty();
  const field = screen.getByRole('textbox', { name: '记一条日志' }) as HTMLTextAreaElement;
  expect(field.value).toBe('水位');
});

test('a correction asks for the text and a reason', async () => {
  const { user, pass, lastCall } = await openDuty();
  await user.click(button(/^手记 \d+/));
  await pass(200);
  await user.click(within(entries()[0] as HTMLElement).getByRole('button', { name: '更正' }));
  const text = screen.getByRole('textbox', { name: '正确的内容' });
  await user.clear(text);
  await user.type(text, '排水队 5 人到场');
  await user.type(screen.getByRole('textbox', { name: '原因' }), '点错人数{Enter}');
  await pass(300);
  expect(lastCall('correctDuty')).toContain('排水队 5 人到场');
  expect(screen.queryByRole('textbox', { name: '正确的内容' })).toBeNull();
  expect(entries()[0]?.textContent).toContain('排水队 5 人到场');
});

test('the log is written to a file, and the path is said', async () => {
  const { user, pass, lastCall } = await openDuty();
  await user.click(button('导出'));
  await user.click(button('PDF'));
  await pass(100);
  expect(screen.getByText('正在写文件')).toBeTruthy();
  await pass(800);
  expect(lastCall('exportReport')).toBe('exportReport duty_log pdf');
  expect(screen.getByText(/duty_log-2026-11-21\.pdf/)).toBeTruthy();
});

test('in the past the log is only read', async () => {
  const { backend, pass } = await openDuty();
  await backend.setClock({ mode: 'at', time: Date.UTC(2026, 10, 21, 4) });
  await pass(1500);
  expect(screen.getByText('返回实时后才能记录和更改')).toBeTruthy();
  expect(screen.queryByRole('textbox', { name: '记一条日志' })).toBeNull();
});

test('a desk without entries says so', async () => {
  const { user, pass } = await openDuty({ state: 'empty' });
  await user.click(button(/^手记 0/));
  await pass(200);
  expect(screen.getByText('没有符合条件的记录')).toBeTruthy();
});

/** Fills in the sheet and signs it as the outgoing officer. */
async function signOut({ user, pass }: OpenDesk): Promise<void> {
  for (const all of screen.queryAllByRole('button', { name: /^都已知悉/ })) {
    await user.click(all);
  }
  await user.click(button('周海燕'));
  await user.type(screen.getByRole('textbox', { name: '要让接班人知道的情况' }), '今夜有短时强降雨');
  await user.click(button('生成交班单'));
  await pass(300);
  await user.click(button('王建国 签字交班'));
  await pass(300);
}

test('nobody signs before every open item is noted and another officer is named', async () => {
  const { user } = await openHandover();
  const draft = button('生成交班单') as HTMLButtonElement;
  expect(draft.disabled).toBe(true);
  expect(screen.getByText('还没有接班人')).toBeTruthy();
  await user.click(button('周海燕'));
  expect(screen.getByText(/还有 \d+ 项未知悉/)).toBeTruthy();
  expect(draft.disabled).toBe(true);
});

test('both officers sign what they saw, and the other one sits here', async () => {
  const desk = await openHandover();
  const { user, pass, lastCall } = desk;
  await signOut(desk);
  expect(lastCall('actOnHandover')).toBe('actOnHandover sign_out');
  const name = screen.getByRole('textbox', { name: '接班人在此写自己的姓名' });
  await user.type(name, '周海燕');
  expect((button('签字接班') as HTMLButtonElement).disabled).toBe(true);
  for (const all of screen.getAllByRole('button', { name: /^都已看过/ })) {
    await user.click(all);
  }
  await user.click(button('签字接班'));
  await pass(300);
  await user.click(button('换班，周海燕 当班'));
  await pass(300);
  expect(screen.getByText('已换班，当班：周海燕')).toBeTruthy();
  expect(screen.getByRole('region', { name: '谁在值班' }).textContent).toContain('周海燕');
  await user.click(button('历次交接'));
  await pass(200);
  const rows = within(screen.getByRole('region', { name: '历次交接' })).getAllByRole('row');
  expect(rows[1]?.textContent).toMatch(/王建国周海燕.*已完成/);
});

test('the incoming officer sends it back with a reason', async () => {
  const desk = await openHandover();
  const { user, pass, lastCall } = desk;
  await signOut(desk);
  await user.click(button('退回'));
  await user.type(screen.getByRole('textbox', { name: '退回的原因' }), '泵站情况没写{Enter}');
  await pass(300);
  expect(lastCall('actOnHandover')).toBe('actOnHandover return');
  expect(screen.getByRole('list', { name: '退回记录' }).textContent).toContain('泵站情况没写');
  expect(button('王建国 签字交班')).toBeTruthy();
});

test('an earlier handover whose log was changed says so', async () => {
  const { user, pass } = await openDuty();
  await user.click(button('历次交接'));
  await pass(200);
  expect(screen.getByText('签字后日志有变动')).toBeTruthy();
  await user.click(screen.getAllByRole('button', { name: /^查看 (白班|夜班)/ })[2] as HTMLElement);
  await pass(200);
  expect(screen.getByText(/签字不再证明/)).toBeTruthy();
  await user.click(button('回到本班交接'));
  await pass(200);
  expect(button('生成交班单')).toBeTruthy();
});
