// What the desk's ears do: heard, silenced, switched off, or not allowed by this machine.

import { Show } from 'solid-js';
import { useSound } from '../../state/sound';
import { t } from '../../state/texts';

const SPEAKER = 'M2 6h3l4-3.5v11L5 10H2Z';
const WAVES = 'M11 5.2a4 4 0 0 1 0 5.6M12.8 3.2a7 7 0 0 1 0 9.6';
const CROSS = 'm11 6 4 4M15 6l-4 4';

export function SoundControl() {
  const sound = useSound();
  /** Nothing is heard although something should be: the button has to be seen. */
  const isMissed = () => sound.sounding() && (!sound.on() || sound.blocked());
  const words = () => {
    if (sound.sounding()) {
      return sound.blocked() && sound.on() ? t('sound.blocked') : t('sound.sounding');
    }
    if (sound.silenced()) {
      return t('sound.silenced_hint');
    }
    return sound.on() ? t('sound.on') : t('sound.off');
  };
  return (
    <span class="sound" classList={{ sounding: sound.sounding(), missed: isMissed() }}>
      <Show when={sound.sounding()}>
        <button type="button" class="sound-silence" aria-keyshortcuts="Shift+S" onClick={() => sound.silence()}>
          {t('sound.silence')} <kbd>Shift+S</kbd>
        </button>
      </Show>
      <Show when={sound.silenced()}>
        <span class="sound-silenced" title={t('sound.silenced_hint')}>
          {t('sound.silenced')}
        </span>
      </Show>
      <button
        type="button"
        class="quiet sound-switch"
        role="switch"
        aria-checked={sound.on()}
        aria-label={t('sound.switch')}
        title={words()}
        onClick={() => sound.setOn(!sound.on())}
      >
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d={SPEAKER} fill="currentColor" />
          <path d={sound.on() ? WAVES : CROSS} fill="none" stroke="currentColor" stroke-width="1.5" />
        </svg>
      </button>
      <span class="hidden-words" role="status">
        {sound.sounding() || sound.silenced() ? words() : ''}
      </span>
    </span>
  );
}
