import { screen, within } from '@solidjs/testing-library';
import { beforeEach, expect, test } from 'vitest';
import { type OpenDesk, openDesk } from '../../fixtures/open_desk';

const body = () => screen.getByRole('region', { name: '事件分析' });
const cases = () => Number(body().querySelector('[data-figure="cases"] dd')?.textContent?.replace(/\D/g, ''));

async function openAnalysis(settings: Parameters<typeof openDesk>[0] = {}): Promise<OpenDesk> {
  const desk = await openDesk(settings);
  await desk.user.keyboard('5');
  await desk.pass(400);
  return desk;
}

beforeEach(() => localStorage.clear());

test('figures, charts, groups and places of the last days', async () => {
  const { user, pass, lastCall } = await openAnalysis();
  const month = cases();
  expect(month).toBeGreaterThan(100);
  expect(screen.getByRole('img', { name: /^30 天，最多一天 \d+ 件/ })).toBeTruthy();
  await user.click(screen.getByRole('button', { name: '7 天', pressed: false }));
  await pass(300);
  expect(lastCall('analysis')).toBe('analysis 7');
  expect(cases()).toBeLessThan(month);
});

test('the table is grouped by what one asks for', async () => {
  const { user } = await openAnalysis();
  await user.click(screen.getByRole('button', { name: '部门' }));
  const table = screen.getByRole('region', { name: '分组统计 部门' });
  expect(within(table).getByText('水务局')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: '小时' }));
  expect(within(screen.getByRole('region', { name: '分组统计 小时' })).getByText('08:00')).toBeTruthy();
});

test('a filter keeps the other choices to be chosen from', async () => {
  const { user, pass } = await openAnalysis();
  const all = cases();
  const choice = screen.getByRole('combobox', { name: '部门' }) as HTMLSelectElement;
  const before = choice.options.length;
  await user.selectOptions(choice, '水务局');
  await pass(300);
  expect(cases()).toBeLessThan(all);
  expect(choice.options.length).toBe(before);
  await user.click(screen.getByRole('button', { name: '已筛选，点此看全部' }));
  await pass(300);
  expect(cases()).toBe(all);
});

test('a repeat place leads the twin there', async () => {
  const { backend, user, pass } = await openAnalysis();
  const [repeats] = screen.getAllByRole('region', { name: '多发点位' });
  await user.click(within(repeats as HTMLElement).getAllByTitle('飞到这里')[0] as HTMLElement);
  await pass(100);
  expect(backend.calls.some((call) => call.startsWith('goToPlace'))).toBe(true);
});

test('without cases it says so', async () => {
  await openAnalysis({ state: 'empty' });
  expect(screen.getByText('这段时间没有事件')).toBeTruthy();
});
