// The moment shown, in large type, while it is not now.

import { Show } from 'solid-js';
import { cover } from '../../state/covers';
import { useDesk } from '../../state/desk';
import { t } from '../../state/texts';
import { clockTime, dateWords } from '../../state/time';

export function MomentCard() {
  const desk = useDesk();
  const how = () => {
    if (desk.ended()) {
      return t('time.ended');
    }
    return desk.playing() ? t('moment.playing', { rate: desk.rate() }) : t('moment.paused');
  };
  return (
    <Show when={desk.past()}>
      <section class="float moment" data-float ref={cover} aria-label={t('time.slider')}>
        <span class="moment-kind">{desk.hasHub() ? t('moment.playback') : t('moment.recording')}</span>
        <span class="moment-date num">{dateWords(desk.shown())}</span>
        <time class="moment-time num">{clockTime(desk.shown())}</time>
        <span class="moment-how num">{how()}</span>
      </section>
    </Show>
  );
}
