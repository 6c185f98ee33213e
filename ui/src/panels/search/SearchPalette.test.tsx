import { screen } from '@solidjs/testing-library';
import { expect, test } from 'vitest';
import { openDesk } from '../../fixtures/open_desk';

test('Ctrl+K finds by name, Enter selects and flies, focus returns', async () => {
  const { user, pass, lastCall } = await openDesk();
  await user.keyboard('{Control>}k{/Control}');
  await pass(50);
  await user.keyboard('泵站');
  await pass(300);
  const first = screen.getAllByRole('option')[0];
  expect(first?.textContent).toContain('泵站前池');
  await user.keyboard('{Enter}');
  await pass(100);
  expect(lastCall('flyTo')).toBe('flyTo thing 19');
  expect(screen.queryByRole('dialog')).toBeNull();
});

test('letters typed into the search are no commands', async () => {
  const { backend, user, pass } = await openDesk();
  await user.keyboard('{Control>}k{/Control}');
  await pass(50);
  await user.keyboard('jar2 ');
  await pass(300);
  expect(backend.calls.some((call) => call.startsWith('acknowledge') || call.startsWith('setClock'))).toBe(false);
  expect(screen.getByRole('tab', { name: /告警/ }).getAttribute('aria-selected')).toBe('true');
});

test('nothing found says what to try', async () => {
  const { user, pass } = await openDesk();
  await user.keyboard('{Control>}k{/Control}');
  await pass(50);
  await user.keyboard('月球基地');
  await pass(300);
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
