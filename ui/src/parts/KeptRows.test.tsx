import { render, screen } from '@solidjs/testing-library';
import { createSignal } from 'solid-js';
import { expect, test } from 'vitest';
import { KeptRows } from './KeptRows';

test('a row stays, with what is typed in it, while its list is read again', () => {
  const row = (id: string, name: string) => ({ id, name });
  const [rows, setRows] = createSignal([row('a', '甲'), row('b', '乙')]);
  render(() => (
    <ul>
      <KeptRows rows={rows()} keyOf={(one) => one.id} fallback={<li>没有</li>}>
        {(one) => (
          <li>
            {one().name} <input aria-label={one().id} />
          </li>
        )}
      </KeptRows>
    </ul>
  ));
  const field = screen.getByRole('textbox', { name: 'b' }) as HTMLInputElement;
  field.value = '已联系厂商';
  field.focus();
  setRows([row('c', '丙'), row('b', '乙二')]);
  expect(screen.getByRole('textbox', { name: 'b' })).toBe(field);
  expect([field.value, document.activeElement]).toEqual(['已联系厂商', field]);
  expect(screen.getAllByRole('listitem').map((one) => one.textContent?.trim())).toEqual(['丙', '乙二']);
  setRows([]);
  expect(screen.getByText('没有')).toBeTruthy();
});
