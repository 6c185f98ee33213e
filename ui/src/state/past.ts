// How the desk says that it does not show now: one wording for the bar, the picture, the wall and the card.

import type { Desk } from './desk';
import { t } from './texts';

/** `回放`, `录像`, `推演 录像` or `推演 分支`. */
export function pastKind(desk: Desk): string {
  if (desk.branch() !== undefined) {
    return `${t('mode.planner')} ${t('moment.branch')}`;
  }
  if (desk.hasHub()) {
    return t('moment.playback');
  }
  return desk.mode === 'planner' ? `${t('mode.planner')} ${t('moment.recording')}` : t('moment.recording');
}

/** `已暂停`, `播放 ×60`, `倒放 ×−10`, `已到末尾`. */
export function pastHow(desk: Desk): string {
  if (desk.ended()) {
    return desk.playing() && desk.rate() < 0 ? t('time.ended_start') : t('time.ended');
  }
  if (!desk.playing()) {
    return t('moment.paused');
  }
  const words =
    desk.rate() < 0 ? t('moment.reversing', { rate: -desk.rate() }) : t('moment.playing', { rate: desk.rate() });
  return desk.looping() ? `${words} · ${t('moment.looping')}` : words;
}

/** `当时所知` or `现在所知`. */
export function knowingWords(desk: Desk): string {
  return desk.knowledge() === 'then' ? t('knowing.then') : t('knowing.now');
}
