import { fireEvent, screen, within } from '@solidjs/testing-library';
import { expect, test } from 'vitest';
import { openDesk } from '../../fixtures/open_desk';
import { valueRange } from '../../parts/plot';

const card = () => screen.getByRole('complementary', { name: '所选对象' });

test('nothing selected says what to do', async () => {
  await openDesk();
  expect(card().textContent).toContain('在图上点一个符号或建筑');
});

test('a pick in the picture opens the card with value, unit and age', async () => {
  const { backend, pass } = await openDesk();
  backend.tellTwin({ kind: 'picked', target: { kind: 'thing', id: '45' } });
  await pass(600);
  expect(within(card()).getByRole('heading', { name: '云龙湖地下管廊 5 段' })).toBeTruthy();
  expect(card().textContent).toMatch(/5\d\.\d%LEL/);
  expect(card().textContent).toMatch(/秒前|刚刚/);
  expect(card().textContent).toContain('紧急');
});

test('the nearest cameras show distance and whether they see the place; a look is asked for and ends', async () => {
  const { backend, user, pass, lastCall } = await openDesk();
  backend.tellTwin({ kind: 'picked', target: { kind: 'thing', id: '45' } });
  await pass(600);
  expect(within(card()).getAllByText(/^\d+ m$/)).toHaveLength(4);
  expect(card().textContent).toMatch(/看得见|可见此处/);
  expect(card().querySelector('.view')).toBeNull();
  const second = within(card()).getByRole('button', { name: /云龙湖枪机 13/ });
  await user.click(second);
  await pass(600);
  expect(second.getAttribute('aria-expanded')).toBe('true');
  expect(lastCall('openView')).toContain('openView ');
  await user.click(second);
  await pass(3000);
  expect(card().querySelector('.view')).toBeNull();
  expect(lastCall('closeView')).toContain('closeView ');
});

test('Escape clears the selection', async () => {
  const { backend, user, pass, lastCall } = await openDesk();
  backend.tellTwin({ kind: 'picked', target: { kind: 'camera', id: '32030200111320010001' } });
  await pass(600);
  expect(card().textContent).toContain('视场角');
  await user.keyboard('{Escape}');
  expect(card().textContent).toContain('未选对象');
  expect(lastCall('select')).toBe('select nothing');
});

test('something that is gone says so and offers the way out', async () => {
  const { backend, pass, user } = await openDesk();
  backend.tellTwin({ kind: 'picked', target: { kind: 'feature', id: 'w1' } });
  await pass(600);
  expect(card().textContent).toContain('这个对象已经没有了');
  await user.click(within(card()).getByRole('button', { name: '清除选择' }));
  expect(card().textContent).toContain('未选对象');
});

test('a chart reaches to the first limit above the values', () => {
  const limits = [10, 25, 50].map((value) => ({ value, severity: 'medium' as const }));
  const [low, high] = valueRange(2, 4, limits);
  expect(low).toBe(0);
  expect(high).toBeGreaterThan(10);
  expect(high).toBeLessThan(25);
});

test('an alarm has a page: value against its limit, steps, what is around, and the acts that are allowed', async () => {
  const { user, pass, lastCall } = await openDesk();
  await user.keyboard('j{Enter}');
  await pass(600);
  expect(lastCall('flyTo')).toBe('flyTo thing 45');
  expect(within(card()).getByRole('heading', { name: '云龙湖地下管廊 5 段' })).toBeTruthy();
  expect(card().textContent).toMatch(/5\d\.\d %LEL，限值 50 %LEL/);
  expect(card().textContent).toMatch(/经过.*告警/);
  expect(card().textContent).toMatch(/人员与车辆.*供水抢修 3 组/);
  await user.click(within(card()).getByRole('button', { name: /^确认/ }));
  await pass(1200);
  expect(lastCall('actOnAlarms')).toBe('actOnAlarms acknowledge a1');
  expect(within(card()).queryByRole('button', { name: /^确认/ })).toBeNull();
  expect(card().textContent).toContain('王建国 确认了');
});

test('from the page of an alarm to the card of its device, and from a pick in the picture too', async () => {
  const { backend, user, pass } = await openDesk();
  await user.keyboard('j{Enter}');
  await pass(600);
  await user.click(within(card()).getByRole('button', { name: '设备' }));
  await pass(100);
  expect(card().textContent).toContain('上报周期');
  fireEvent.click(screen.getAllByRole('row')[0] as HTMLElement);
  await pass(600);
  expect(card().textContent).toContain('经过');
  backend.tellTwin({ kind: 'picked', target: { kind: 'thing', id: '1' } });
  await pass(600);
  expect(card().textContent).not.toContain('经过');
});

test('a cause lists what follows from it', async () => {
  const { user, pass } = await openDesk();
  await user.keyboard('jj{Enter}');
  await pass(600);
  expect(card().textContent).toContain('由它引起 12');
  await user.click(within(card()).getByRole('button', { name: '在列表中看' }));
  await pass(300);
  expect(screen.getByRole('grid', { name: '告警' }).getAttribute('aria-rowcount')).toBe('13');
});
