import { expect, test } from 'vitest';
import type { VideoRefusalDto, VideoRightDto } from '../generated/wire';
import {
  gradeWords,
  limitWords,
  nameParts,
  percent,
  rightWords,
  standOf,
  standWords,
  videoRefusalWords,
} from './video_words';

const REFUSED: VideoRefusalDto = { code: 'denied', what: 'live', rule: 'no_right', message: 'denied' };
const RIGHT: VideoRightDto = {
  action: 'live',
  is_allowed: true,
  why: 'right',
  detail: '',
  grant: null,
  until: null,
  needs_purpose: false,
};

test('a refusal says what is missing, why, and who can give it', () => {
  expect(videoRefusalWords(REFUSED)).toBe('无权：看实时。带班领导可以临时授权（权限表不允许）');
});

test('a refusal that has no words here is told in those of the host', () => {
  expect(videoRefusalWords({ ...REFUSED, code: 'moon', message: 'the moon is full' })).toBe('the moon is full');
});

test('a right says by what it holds and until when', () => {
  expect(rightWords(RIGHT)).toBe('按权限表');
  const until = Date.UTC(2026, 10, 21, 10, 0, 0);
  expect(rightWords({ ...RIGHT, grant: 'g-1', until })).toBe('临时授权、到 11-21 18:00');
});

test('what is in order is quiet, what is not is named', () => {
  expect(standOf({ status: 'on', faults: [] })).toBe('on');
  expect(standOf({ status: 'on', faults: ['moved'] })).toBe('trouble');
  expect(standWords({ status: 'on', faults: ['moved'] })).toBe('位置变动');
  expect(standWords({ status: 'off', faults: ['late'] })).toBe('离线、状态迟到');
});

test('the conditions of a right are told as purposes, hours and exceptions', () => {
  expect(limitWords('drill,hours:work_hours', undefined)).toBe('用途：drill、限时段：工作日 08:00–18:00');
  expect(limitWords('not:drill', undefined)).toBe('除外：drill');
});

test('a channel that is not graded has no grade', () => {
  expect(gradeWords({ category: 0, grade: 0 }, undefined)).toBe('');
});

test('shares keep a digit where it tells something', () => {
  expect([percent(1), percent(0.9963), percent(0), percent(0.9999)]).toEqual(['100%', '99.6%', '0%', '100%']);
});

test('what was typed is marked within the name', () => {
  expect(nameParts('解放路球机', [[0, 2]])).toEqual([
    { text: '解放', is: true },
    { text: '路球机', is: false },
  ]);
  expect(nameParts('解放路', [])).toEqual([{ text: '解放路', is: false }]);
});
