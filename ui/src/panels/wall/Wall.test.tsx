import { screen, within } from '@solidjs/testing-library';
import { expect, test } from 'vitest';
import { openDesk } from '../../fixtures/open_desk';
import { smallestTypePx, viewingOf } from './type_size';

test('the wall shows at most seven figures, each with name, value, unit and age', async () => {
  await openDesk({ mode: 'wall' });
  const vitals = screen.getByRole('region', { name: '城市体征' });
  const figures = within(vitals).getAllByRole('article');
  expect(figures).toHaveLength(7);
  expect(figures[3]?.textContent).toMatch(/PM2.5 均值\d+µg\/m³较一小时前 .+(刚刚|秒前)/);
});

test('the tour goes through the saved views', async () => {
  const { pass, backend } = await openDesk({ mode: 'wall', state: 'empty' });
  expect(backend.calls).toContain('goToView overview');
  await pass(31_000);
  expect(backend.calls).toContain('goToView centre');
});

test('a new grave event takes the wall for twenty seconds', async () => {
  const { pass, backend, lastCall } = await openDesk({ mode: 'wall' });
  await pass(36_000);
  expect(screen.getByRole('alert').textContent).toContain('云龙湖下穿通道积水 22 厘米');
  expect(lastCall('flyTo')).toBe('flyTo event e1');
  await pass(21_000);
  expect(screen.queryByRole('alert')).toBeNull();
  expect(backend.calls.filter((call) => call.startsWith('goToView')).length).toBeGreaterThan(1);
});

test('offline is said on the wall too', async () => {
  await openDesk({ mode: 'wall', state: 'offline' });
  expect(screen.getByRole('status').textContent).toMatch(/^离线 \d+ 秒，显示的是/);
});

test('type size follows the window, or the viewing distance where it is known', () => {
  expect(smallestTypePx(1080, undefined)).toBe(24);
  expect(smallestTypePx(2160, undefined)).toBe(48);
  // 25 minutes of arc at 8 m are 58 mm; at 1.2 mm pitch that is 48 px.
  expect(smallestTypePx(1080, viewingOf('?distance=8&pitch=0.0012'))).toBeCloseTo(48.5, 0);
  expect(viewingOf('?distance=x')).toBeUndefined();
});
