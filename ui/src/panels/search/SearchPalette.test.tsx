import { fireEvent, screen, within } from '@solidjs/testing-library';
import { afterEach, expect, test } from 'vitest';
import { openDesk } from '../../fixtures/open_desk';
import { ACTION_IDS, ACTIONS } from '../../state/actions';

afterEach(() => localStorage.removeItem('citymirror.recent'));

/** A desk whose palette is open. */
async function openPalette() {
  const desk = await openDesk();
  const show = async () => {
    await desk.user.keyboard('{Control>}k{/Control}');
    await desk.pass(50);
  };
  await show();
  return {
    ...desk,
    show,
    type: async (text: string) => {
      await desk.user.keyboard(text);
      await desk.pass(300);
    },
  };
}

const options = () => [...document.querySelectorAll('.palette-row')].map((row) => row.textContent ?? '');
const current = () => document.querySelector('.palette-row.current')?.textContent ?? '';
const palette = () => within(screen.getByRole('dialog', { name: '搜索城市' }));
const field = () => screen.getByRole('combobox', { name: '搜索城市' });

test('Ctrl+K finds by name, Enter selects and flies, focus returns', async () => {
  const { user, type, pass, lastCall } = await openPalette();
  await type('泵站');
  expect(options()[0]).toContain('泵站前池');
  await user.keyboard('{Enter}');
  await pass(100);
  expect(lastCall('flyTo')).toBe('flyTo thing 19');
  expect(screen.queryByRole('dialog')).toBeNull();
});

test('pinyin finds it too, and what was typed is marked', async () => {
  const { type } = await openPalette();
  await type('bzqc');
  expect(options()[0]).toContain('泵站前池');
  const marks = [...document.querySelectorAll('.palette-row.current mark')].map((mark) => mark.textContent);
  expect(marks).toEqual(['泵站前池']);
  expect(palette().getByRole('group', { name: '设备' })).toBeTruthy();
});

test('an action is found by pinyin and by English, with its key, and done', async () => {
  const { user, type, pass, lastCall } = await openPalette();
  await type('zdzb');
  expect(current()).toMatch(/^转到正北.*N$/);
  await user.keyboard('{Enter}');
  await pass(100);
  expect(lastCall('gesture')).toBe('gesture north');
});

test('views answer in the language that is not shown', async () => {
  const { user, type, pass, lastCall } = await openPalette();
  await type('yunlong lake');
  expect(current()).toContain('云龙湖');
  await user.keyboard('{Enter}');
  await pass(100);
  expect(lastCall('goToView')).toBe('goToView lake');
});

test('a panel opens from the palette', async () => {
  const { user, type, pass } = await openPalette();
  await type('shujuyuan');
  expect(current()).toContain('数据源');
  await user.keyboard('{Enter}');
  await pass(600);
  expect(screen.getByRole('region', { name: '数据源与同步' })).toBeTruthy();
});

test('a layer says how it stands and is switched', async () => {
  const { type, pass, lastCall } = await openPalette();
  await type('噪声');
  const row = palette().getByRole('group', { name: '图层' }).querySelector('.palette-row');
  expect(row?.textContent).toMatch(/^噪声.*(显示|隐藏)$/);
  if (row instanceof HTMLElement) {
    fireEvent.click(row);
  }
  await pass(100);
  expect(lastCall('changeLayer')).toMatch(/^changeLayer show sensors-noise (true|false)$/);
});

test('what was used last is offered before anything is typed', async () => {
  const { backend, user, type, pass, show } = await openPalette();
  expect(options()).toEqual([]);
  await type('bzqc');
  await user.keyboard('{Enter}');
  await pass(100);
  await show();
  expect(palette().getByRole('group', { name: '最近用过' }).textContent).toContain('泵站前池');
  await user.keyboard('{Enter}');
  await pass(100);
  expect(backend.calls.filter((call) => call === 'flyTo thing 19').length).toBe(2);
});

test('arrows go round, Page keys go from group to group', async () => {
  const { user, type } = await openPalette();
  await type('yunlong');
  const all = options();
  expect(all.length).toBeGreaterThan(2);
  expect(field().getAttribute('aria-activedescendant')).toBe('found-0');
  await user.keyboard('{ArrowUp}');
  expect(current()).toBe(all.at(-1));
  await user.keyboard('{ArrowDown}');
  expect(current()).toBe(all[0]);
  const second = palette().getAllByRole('group')[1];
  await user.keyboard('{PageDown}');
  expect(second?.textContent).toContain(current());
  await user.keyboard('{PageUp}');
  expect(current()).toBe(all[0]);
});

test('while an input method composes nothing is asked, and its Enter chooses nothing', async () => {
  const { backend, pass, lastCall } = await openPalette();
  let asked = 0;
  const search = backend.search;
  backend.search = (text, near) => {
    asked += 1;
    return search(text, near);
  };
  const input = field() as HTMLInputElement;
  fireEvent.compositionStart(input);
  input.value = 'beng zhan';
  fireEvent(input, new InputEvent('input', { bubbles: true, isComposing: true }));
  await pass(500);
  expect(asked).toBe(0);
  fireEvent.keyDown(input, { key: 'Enter', isComposing: true });
  fireEvent.keyDown(input, { key: 'Enter', keyCode: 229 });
  expect(screen.getByRole('dialog')).toBeTruthy();
  input.value = '泵站';
  fireEvent.compositionEnd(input);
  await pass(500);
  expect(asked).toBe(1);
  expect(options()[0]).toContain('泵站前池');
  fireEvent.keyDown(input, { key: 'Enter' });
  await pass(100);
  expect(lastCall('flyTo')).toBe('flyTo thing 19');
});

test('when the city cannot be searched the reason is told, and the desk is still at hand', async () => {
  const { backend, type } = await openPalette();
  backend.search = () =>
    Promise.resolve({ ok: false, error: { code: 'bad_request', message: 'searching was not finished' } });
  await type('zdzb');
  expect(palette().getByRole('alert').textContent).toContain('searching was not finished');
  expect(current()).toContain('转到正北');
});

test('letters typed into the search are no commands', async () => {
  const { backend, type } = await openPalette();
  await type('jar2 ');
  expect(backend.calls.some((call) => call.startsWith('acknowledge') || call.startsWith('setClock'))).toBe(false);
  expect(screen.getByRole('tab', { name: /告警/ }).getAttribute('aria-selected')).toBe('true');
});

test('nothing found says what to try', async () => {
  const { user, type } = await openPalette();
  await type('月球基地');
  expect(screen.getByText('没有找到「月球基地」。试试更短的词或标识码。')).toBeTruthy();
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('dialog')).toBeNull();
});

test('? lists the keys, Escape closes the list before it clears the selection', async () => {
  const { backend, user, pass } = await openDesk();
  backend.tellTwin({ kind: 'picked', target: { kind: 'thing', id: '1' } });
  await pass(100);
  await user.keyboard('?');
  expect(screen.getByRole('dialog', { name: '按键' }).textContent).toContain('Ctrl+K');
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(backend.calls.at(-1)).toBe('select thing 1');
});

test('every key that the palette shows is on the help card', async () => {
  const { user } = await openDesk();
  await user.keyboard('?');
  const shown = [...screen.getByRole('dialog', { name: '按键' }).querySelectorAll('kbd')].map((key) => key.textContent);
  for (const id of ACTION_IDS) {
    for (const key of ACTIONS[id].keys) {
      expect(shown, id).toContain(key);
    }
  }
});
