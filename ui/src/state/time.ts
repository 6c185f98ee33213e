// Times, ages and numbers as the control room writes them. Pure; Asia/Shanghai for people, UTC inside.

import { language, t, word } from './texts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Asia/Shanghai has kept UTC+8 without summer time since 1991. */
export const ZONE_OFFSET = 8 * HOUR;

/** `14:03:27`. */
export function clockTime(millis: number): string {
  return new Date(millis + ZONE_OFFSET).toISOString().slice(11, 19);
}

/** `14:03`. */
export function shortTime(millis: number): string {
  return clockTime(millis).slice(0, 5);
}

/** `11-21`. */
export function monthDay(millis: number): string {
  return new Date(millis + ZONE_OFFSET).toISOString().slice(5, 10);
}

/** `11-21 周六`. */
export function dateWords(millis: number): string {
  const day = new Date(millis + ZONE_OFFSET).getUTCDay();
  return `${monthDay(millis)} ${word('weekday', String(day))}`;
}

/** `11-21 14:03:27`. */
export function moment(millis: number): string {
  return `${monthDay(millis)} ${clockTime(millis)}`;
}

/** `12 秒前`, then `3 分前`, then the clock time, then date and time. */
export function age(now: number, then: number): string {
  const passed = Math.max(0, now - then);
  if (passed < SECOND) {
    return t('age.now');
  }
  if (passed < MINUTE) {
    return t('age.seconds', { n: Math.floor(passed / SECOND) });
  }
  if (passed < HOUR) {
    return t('age.minutes', { n: Math.floor(passed / MINUTE) });
  }
  return monthDay(now) === monthDay(then) ? shortTime(then) : `${monthDay(then)} ${shortTime(then)}`;
}

/** `12 秒`, `3 分`, `2 小时 5 分`, `3 天 4 小时`. */
export function duration(millis: number): string {
  const seconds = Math.max(0, Math.floor(millis / SECOND));
  if (seconds < 60) {
    return t('duration.seconds', { n: seconds });
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return t('duration.minutes', { n: minutes });
  }
  const h = Math.floor(minutes / 60);
  const m = minutes % 60;
  if (h >= 48) {
    return h % 24 === 0
      ? t('duration.days', { d: h / 24 })
      : t('duration.days_hours', { d: Math.floor(h / 24), h: h % 24 });
  }
  return m === 0 ? t('duration.hours', { n: h }) : t('duration.hours_minutes', { h, m });
}

/** A value with as many digits as its size deserves: `1 240`, `12.4`, `0.38`. */
export function quantity(value: number, digits?: number): string {
  const size = Math.abs(value);
  const places = digits ?? (Number.isInteger(value) || size >= 100 ? 0 : size >= 10 ? 1 : 2);
  const [whole = '0', fraction] = value.toFixed(places).split('.');
  // Thin groups of three, so that a long figure reads at a glance in both languages.
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, '\u2009') : whole;
  return (fraction === undefined ? grouped : `${grouped}.${fraction}`).replace('-', '\u2212');
}

/** A limit or another round number, without zeros that say nothing. */
export function plainNumber(value: number): string {
  return String(Number(value.toFixed(3))).replace('-', '\u2212');
}

/** `11-21 14:03` and, on the same day, only the time: a stretch for people. */
export function stretch(from: number, to: number): string {
  const isOneDay = monthDay(from) === monthDay(to);
  return `${monthDay(from)} ${clockTime(from)} – ${isOneDay ? '' : `${monthDay(to)} `}${clockTime(to)}`;
}

/** `3.4 GiB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[step]}`;
}

/** `640 m`, `1.2 km`. */
export function distance(metres: number): string {
  return metres < 1000 ? `${Math.round(metres)} m` : `${(metres / 1000).toFixed(metres < 10_000 ? 1 : 0)} km`;
}

/** A unit for people; some units on the wire are words. */
export function unitWords(unit: string): string {
  return word('unit', unit);
}

/** Joins parts of a line in the manner of the language. */
export function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(language() === 'en' ? ', ' : '、');
}
