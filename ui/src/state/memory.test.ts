import { expect, test } from 'vitest';
import { memorySize, memoryText } from './memory';
import { setLanguage } from './texts';

test('the model says what it takes, and why it is coarse when that is too little', () => {
  expect(memoryText({ used_mib: 312, budget_mib: 1024, is_short: false })).toBe('模型 312 / 1024 MB');
  expect(memoryText({ used_mib: 512, budget_mib: 512, is_short: true })).toContain('内存不够');
  setLanguage('en');
  expect(memoryText({ used_mib: 312, budget_mib: 1024, is_short: false })).toBe('Model 312 / 1024 MB');
  expect(memoryText({ used_mib: 512, budget_mib: 512, is_short: true })).toContain('short of memory');
});

test('before the twin has spoken nothing is said', () => {
  expect(memoryText({ used_mib: 0, budget_mib: 0, is_short: false })).toBeUndefined();
});

test('sizes are whole gigabytes where they can be', () => {
  expect([512, 1024, 4096, 1536].map(memorySize)).toEqual(['512 MB', '1 GB', '4 GB', '1536 MB']);
});
