import { expect, test } from 'vitest';
import { HOUR, MINUTE, moment, SECOND } from './time';
import { typedTime } from './typed_time';

/** 2026-11-21 14:03:27 in Shanghai. */
const now = Date.UTC(2026, 10, 21, 6, 3, 27);

function check(text: string, expected: string | undefined, shown = now): void {
  const found = typedTime(text, now, shown);
  expect(found === undefined ? undefined : moment(found), text).toBe(expected);
}

test('a time of day is on the day shown', () => {
  check('13:20', '11-21 13:20:00');
  check('13:20:05', '11-21 13:20:05');
  check('9:05', '11-18 09:05:00', now - 3 * 24 * HOUR);
});

test('a time that is still to come means the day before', () => {
  check('22:00', '11-20 22:00:00');
});

test('a date with a time, with and without a year', () => {
  check('11-20 08:00', '11-20 08:00:00');
  check('11/20 08:00:30', '11-20 08:00:30');
  check('11月20日 08:00', '11-20 08:00:00');
  expect(typedTime('12-24 08:00', now, now)).toBe(Date.UTC(2025, 11, 24, 0, 0));
  expect(typedTime('2024-02-29 08:00', now, now)).toBe(Date.UTC(2024, 1, 29, 0, 0));
});

test('yesterday and the day before, in both languages and in full-width digits', () => {
  check('昨天 14:03', '11-20 14:03:00');
  check('前天 14:03', '11-19 14:03:00');
  check('yesterday 14:03', '11-20 14:03:00');
  check('昨天　１４：０３', '11-20 14:03:00');
});

test('a step counts from the moment shown', () => {
  const shown = now - 2 * HOUR;
  expect(typedTime('-15min', now, shown)).toBe(shown - 15 * MINUTE);
  expect(typedTime('+90s', now, shown)).toBe(shown + 90 * SECOND);
  expect(typedTime('−1.5小时', now, shown)).toBe(shown - 1.5 * HOUR);
  expect(typedTime('- 2 天', now, shown)).toBe(shown - 48 * HOUR);
});

test('what is no moment is refused', () => {
  for (const text of ['', 'soon', '25:00', '14:60', '13-40 10:00', '2-30', '14', '-15 parsecs', '11-20 noon']) {
    check(text, undefined);
  }
});
