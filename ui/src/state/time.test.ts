import { afterEach, expect, test } from 'vitest';
import { setLanguage } from './texts';
import { age, clockTime, dateWords, distance, duration, HOUR, MINUTE, plainNumber, quantity, SECOND } from './time';

/** 2026-11-21 14:03:27 in Shanghai. */
const now = Date.UTC(2026, 10, 21, 6, 3, 27);

afterEach(() => setLanguage('zh-CN'));

test('time is shown in Shanghai', () => {
  expect(clockTime(now)).toBe('14:03:27');
  expect(dateWords(now)).toBe('11-21 周六');
});

test('an age is seconds, then minutes, then the clock, then date and clock', () => {
  expect(age(now, now - 12 * SECOND)).toBe('12 秒前');
  expect(age(now, now - 3 * MINUTE)).toBe('3 分前');
  expect(age(now, now - 2 * HOUR)).toBe('12:03');
  expect(age(now, now - 20 * HOUR)).toBe('11-20 18:03');
  expect(age(now, now + 5 * SECOND)).toBe('刚刚');
  setLanguage('en');
  expect(age(now, now - 12 * SECOND)).toBe('12 s ago');
});

test('a duration says hours and minutes', () => {
  expect(duration(12 * SECOND)).toBe('12 秒');
  expect(duration(2 * HOUR + 5 * MINUTE)).toBe('2 小时 5 分');
});

test('a value has the digits that it deserves', () => {
  expect(quantity(0.384)).toBe('0.38');
  expect(quantity(12.44)).toBe('12.4');
  expect(quantity(1240.6)).toBe('1241');
  expect(quantity(12406)).toBe('12\u2009406');
  expect(quantity(-3.2)).toBe('\u22123.20');
  expect(plainNumber(27)).toBe('27');
  expect(plainNumber(0.5)).toBe('0.5');
});

test('distances change to kilometres', () => {
  expect(distance(353.4)).toBe('353 m');
  expect(distance(1240)).toBe('1.2 km');
});
