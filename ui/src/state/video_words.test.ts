import { expect, test } from 'vitest';
import type { VideoRefusalDto, VideoRightDto } from '../generated/wire';
import {
  gradeWords,
  limitWords,
  nameParts,
  noteWords,
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

test('what the host names beside a reason is not told as a word of the desk', () => {
  expect(videoRefusalWords({ ...REFUSED, rule: 'denial secret' })).toBe(
    '无权：看实时。带班领导可以临时授权（明令不许）',
  );
  const asked = { ...REFUSED, code: 'no_purpose', rule: 'needs_purpose event,patrol' };
  expect(videoRefusalWords(asked)).toBe('先说明用途');
});

test('a line of the log is told in words', () => {
  const note = (kind: string, text: string) => noteWords({ kind, note: text }, undefined);
  expect(note('video_looked', 'right duty')).toBe('按权限表');
  expect(note('video_looked', 'snapshot')).toBe('看留存的快照');
  expect(note('video_denied', 'no_right')).toBe('权限表不允许');
  expect(note('video_ptz', 'preset 3')).toBe('转到预置位 3');
  expect(note('video_ptz', '0.5 0.0 0.0')).toBe('0.5 0.0 0.0');
  expect(note('camera_work', 'offline opened')).toBe('离线 · 派修');
  expect(note('grant_given', 'live,playback')).toBe('看实时、看录像');
  expect(note('grant_revoked', '已处置')).toBe('已处置');
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
