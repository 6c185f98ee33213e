import { screen } from '@solidjs/testing-library';
import { expect, test } from 'vitest';
import { openDesk } from '../../fixtures/open_desk';

test('offline is said in words: since when, what is shown, when it is tried again, and why', async () => {
  const { backend, pass } = await openDesk();
  backend.setOffline(true);
  await pass(12_000);
  const bar = screen.getByText(/^离线 1[12] 秒，显示的是 14:03:\d\d 的数据$/);
  expect(bar).toBeTruthy();
  expect(bar.parentElement?.textContent).toMatch(/\d+ 秒后重试|正在重试/);
  expect(bar.parentElement?.textContent).toContain('connection refused');
});

test('what the person did offline waits and is counted', async () => {
  const { backend, user, pass } = await openDesk();
  backend.setOffline(true);
  await pass(1000);
  await user.keyboard('ja');
  await pass(1000);
  expect(screen.getByText('待上传 1 条')).toBeTruthy();
});

test('the bar leaves when the hub is back', async () => {
  const { backend, pass } = await openDesk({ state: 'offline' });
  expect(screen.getByText(/^离线 \d+ 秒，显示/)).toBeTruthy();
  backend.setOffline(false);
  await pass(600);
  expect(screen.queryByText(/^离线 \d+ 秒，显示/)).toBeNull();
  expect(screen.getByText('在线')).toBeTruthy();
});

test('the clock runs between updates', async () => {
  const { pass } = await openDesk();
  expect(screen.getAllByText('14:03:27').length).toBeGreaterThan(0);
  await pass(2000);
  expect(screen.getAllByText('14:03:29').length).toBeGreaterThan(0);
});

test('what arrived broken is listed with source, place and reason', async () => {
  const { user } = await openDesk();
  await user.click(screen.getByRole('button', { name: /问题 2/ }));
  const list = screen.getByRole('region', { name: '数据源' });
  expect(list.textContent).toContain('不是数字："n/a"');
  expect(list.textContent).toContain('v1.1/Datastreams(37)/Observations · result');
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('region', { name: '数据源' })).toBeNull();
});

test('the language changes everything at once and is told to the backend', async () => {
  const { user, lastCall } = await openDesk();
  await user.click(screen.getByRole('button', { name: 'EN' }));
  expect(lastCall('setLanguage')).toBe('setLanguage en');
  expect(screen.getByRole('tab', { name: /Alarms/ })).toBeTruthy();
  expect(screen.getByText('Duty desk')).toBeTruthy();
  expect(document.documentElement.lang).toBe('en');
});

test('a desk that cannot open says what happened and tries again', async () => {
  const { user } = await openDesk({ state: 'broken' });
  expect(screen.getByRole('alert').textContent).toContain('缓存目录不可写');
  expect(screen.getByRole('alert').textContent).toContain('本地数据没有改动');
  await user.click(screen.getByRole('button', { name: '重试' }));
  expect(screen.getByRole('alert')).toBeTruthy();
});
