import { screen, within } from '@solidjs/testing-library';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openDesk } from '../../fixtures/open_desk';
import type { PickDto } from '../../generated/wire';

/** The page's address, as a browser has it. */
function visit(query: string): void {
  const { happyDOM } = window as unknown as { happyDOM: { setURL(url: string): void } };
  happyDOM.setURL(`http://127.0.0.1/${query}`);
}

beforeEach(() => visit(''));
afterEach(() => visit(''));

/** A window that the browser opened. */
function openedPage() {
  const page = { closed: false, focus: vi.fn(), postMessage: vi.fn(), close: vi.fn() };
  page.close.mockImplementation(() => {
    page.closed = true;
  });
  return page;
}

/** Another window of this desk picks something. */
function pickElsewhere(pick: PickDto): void {
  window.dispatchEvent(
    new MessageEvent('message', { data: { citymirror: { kind: 'pick', pick } }, origin: location.origin }),
  );
}

const isSelected = () => document.querySelector('.desk')?.getAttribute('data-selected');
const told = (calls: readonly string[]) => calls.filter((call) => call.startsWith('tellPick'));

test('a panel alone has its list, its name and the time, and neither a twin nor a top bar', async () => {
  visit('?panel=alarms');
  const { backend } = await openDesk();
  expect(screen.getByRole('main', { name: '告警列表' }).querySelectorAll('.row').length).toBeGreaterThan(0);
  expect(screen.getByRole('heading', { name: '告警列表' })).toBeTruthy();
  expect(document.querySelector('.torn-time')?.textContent).toMatch(/^\d\d:\d\d:\d\d$/);
  expect(document.querySelector('.twin, .topbar, .desk')).toBeNull();
  expect(document.title).toBe('告警列表 · 徐州市');
  expect(backend.calls).not.toContain('ready');
});

test('what is selected here is told, and what another window selects is shown and not told again', async () => {
  const { backend, pass } = await openDesk();
  backend.tellTwin({ kind: 'picked', target: { kind: 'thing', id: '45' } });
  await pass(100);
  expect(told(backend.calls)).toEqual(['tellPick thing 45']);
  pickElsewhere({ target: null, alarm: null });
  await pass(100);
  expect(isSelected()).toBe('false');
  pickElsewhere({ target: { kind: 'thing', id: '19' }, alarm: null });
  await pass(100);
  expect(isSelected()).toBe('true');
  expect(told(backend.calls)).toHaveLength(1);
  expect(backend.calls).not.toContain('select thing 19');
});

test('a window that cannot be opened is a refusal, and the panel stays', async () => {
  vi.spyOn(window, 'open').mockReturnValue(null);
  const { user, pass } = await openDesk();
  await user.keyboard('{Shift>}w{/Shift}');
  await pass(100);
  await user.click(screen.getByRole('button', { name: '告警列表：放到屏幕 2' }));
  await pass(100);
  expect(screen.getByRole('alert').textContent).toContain('浏览器拦下了新窗口');
  expect(document.querySelector('.torn-notice')).toBeNull();
});

test('a torn-off list leaves a word in its place, and comes back when its window closes', async () => {
  const page = openedPage();
  vi.spyOn(window, 'open').mockReturnValue(page as unknown as Window);
  const { user, pass, lastCall } = await openDesk();
  const lists = screen.getByRole('region', { name: '告警与事件' });
  await user.click(within(lists).getByRole('button', { name: '告警列表：在独立窗口打开' }));
  await pass(100);
  expect(lastCall('tearOff')).toBe('tearOff alarms anywhere');
  expect(lists.textContent).toContain('告警列表在独立窗口里');
  expect(document.querySelector('.desk')?.getAttribute('data-torn')).toBe('alarms');
  await user.click(within(lists).getByRole('button', { name: '收回' }));
  await pass(500);
  expect(page.close).toHaveBeenCalled();
  expect(document.querySelector('.torn-notice')).toBeNull();
});

test('a page that stands elsewhere is brought to the front there', async () => {
  const page = openedPage();
  vi.spyOn(window, 'open').mockReturnValue(page as unknown as Window);
  const { user, pass } = await openDesk();
  await user.keyboard('4');
  await pass(100);
  await user.click(screen.getByRole('button', { name: '值班日志：在独立窗口打开' }));
  await pass(100);
  expect(document.querySelector('.page')).toBeNull();
  await user.keyboard('4');
  await pass(100);
  expect(document.querySelector('.page')).toBeNull();
  expect(page.focus).toHaveBeenCalledTimes(2);
});
