// A moment as people type it: a time of day, a date with a time, or so much earlier or later. Pure; Asia/Shanghai.

import { DAY, HOUR, MINUTE, SECOND, ZONE_OFFSET } from './time';

/** Units of a step, in both languages. */
const UNITS: [RegExp, number][] = [
  [/^(s|sec|secs|seconds?|秒)$/i, SECOND],
  [/^(m|min|mins|minutes?|分|分钟)$/i, MINUTE],
  [/^(h|hr|hrs|hours?|时|小时)$/i, HOUR],
  [/^(d|days?|天|日)$/i, DAY],
];
const DAY_WORDS: [RegExp, number][] = [
  [/^(今天|今日|today)$/i, 0],
  [/^(昨天|昨日|yesterday)$/i, 1],
  [/^(前天|前日)$/i, 2],
];

/**
 * The moment that `text` names, seen from `now` while `shown` is on the screen; `undefined` for anything else.
 * A time of day alone is on the day shown, and never later than now. A date without a year is the newest such one.
 */
export function typedTime(text: string, now: number, shown: number): number | undefined {
  const plain = normalised(text);
  return stepFrom(plain, shown) ?? momentOf(plain, now, shown);
}

function normalised(text: string): string {
  return text
    .replace(/[：﹕]/g, ':')
    .replace(/[－–—−]/g, '-')
    .replace(/[＋]/g, '+')
    .replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0))
    .replace(/\u3000/g, ' ')
    .trim();
}

function stepFrom(text: string, shown: number): number | undefined {
  const [, sign, amount = '', unit = ''] = /^([+-])\s*(\d+(?:\.\d+)?)\s*(\S+)$/.exec(text) ?? [];
  const millis = UNITS.find(([words]) => words.test(unit))?.[1];
  if (sign === undefined || millis === undefined) {
    return undefined;
  }
  return shown + (sign === '-' ? -1 : 1) * Number(amount) * millis;
}

function momentOf(text: string, now: number, shown: number): number | undefined {
  const parts = /^(\S+)\s+(\S+)$/.exec(text);
  if (parts !== null) {
    const day = dayOf(parts[1] ?? '', now);
    const time = timeOfDay(parts[2] ?? '');
    return day === undefined || time === undefined ? undefined : day + time;
  }
  const time = timeOfDay(text);
  if (time === undefined) {
    return dayOf(text, now);
  }
  const onShownDay = midnight(shown) + time;
  return onShownDay <= now ? onShownDay : lastBefore(midnight(now) + time, now);
}

function lastBefore(at: number, now: number): number {
  return at <= now ? at : at - DAY;
}

/** Milliseconds into the day of `14:03` or `14:03:27`. */
function timeOfDay(text: string): number | undefined {
  const [, h, m, s = '0'] = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text) ?? [];
  if (h === undefined || m === undefined || Number(h) > 23 || Number(m) > 59 || Number(s) > 59) {
    return undefined;
  }
  return Number(h) * HOUR + Number(m) * MINUTE + Number(s) * SECOND;
}

/** The midnight that begins a day: a word, `11-21`, `2026-11-21`, `11月21日`. */
function dayOf(text: string, now: number): number | undefined {
  const back = DAY_WORDS.find(([words]) => words.test(text))?.[1];
  if (back !== undefined) {
    return midnight(now) - back * DAY;
  }
  const [, year, month = '', day = ''] = /^(?:(\d{4})[-/.年])?(\d{1,2})[-/.月](\d{1,2})日?$/.exec(text) ?? [];
  if (month === '') {
    return undefined;
  }
  if (year !== undefined) {
    return dateAt(Number(year), Number(month), Number(day));
  }
  const thisYear = new Date(now + ZONE_OFFSET).getUTCFullYear();
  const inThisYear = dateAt(thisYear, Number(month), Number(day));
  return inThisYear !== undefined && inThisYear <= now
    ? inThisYear
    : (dateAt(thisYear - 1, Number(month), Number(day)) ?? inThisYear);
}

/** The midnight of a date; `undefined` where the calendar has none. */
function dateAt(year: number, month: number, day: number): number | undefined {
  const utc = Date.UTC(year, month - 1, day);
  const back = new Date(utc);
  return back.getUTCMonth() === month - 1 && back.getUTCDate() === day ? utc - ZONE_OFFSET : undefined;
}

function midnight(at: number): number {
  return Math.floor((at + ZONE_OFFSET) / DAY) * DAY - ZONE_OFFSET;
}
