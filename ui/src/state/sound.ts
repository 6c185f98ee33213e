// The ears of the desk: follows the live alarms, also while the past is shown, and says what can be heard.

import {
  type Accessor,
  createContext,
  createEffect,
  createMemo,
  createSignal,
  on,
  onCleanup,
  untrack,
  useContext,
} from 'solid-js';
import { createPlayer, type Player } from '../parts/tone';
import type { Desk } from './desk';
import { type Ear, isSounding, listen, NEW_EAR, silence, unsilence } from './sound_policy';

const SETTING = 'citymirror.sound';

export interface Sound {
  /** False when the person switched it off. */
  on: Accessor<boolean>;
  setOn(on: boolean): void;
  /** A critical alarm that nobody has acknowledged or silenced. */
  sounding: Accessor<boolean>;
  /** The machine does not let the page be heard: the screen has to do. */
  blocked: Accessor<boolean>;
  /** Somebody silenced what rang; a worse alarm rings again. */
  silenced: Accessor<boolean>;
  silence(): void;
}

const SoundContext = createContext<Sound>();
export const SoundProvider = SoundContext.Provider;

export function useSound(): Sound {
  const sound = useContext(SoundContext);
  if (sound === undefined) {
    throw new Error('useSound outside SoundProvider');
  }
  return sound;
}

/** Listens to the live alarms of `desk`. Call inside a Solid root. */
export function createSound(desk: Desk, player: Player = createPlayer()): Sound {
  const [isOn, keepOn] = createSignal(readSetting());
  const [blocked, setBlocked] = createSignal(false);
  const [ear, setEar] = createSignal<Ear>(NEW_EAR);

  createEffect(
    on(
      () => [
        Math.floor(desk.now() / 250),
        desk.update.live_alarms.newest?.id,
        ...desk.update.live_alarms.counts,
        desk.update.alarm_board.audible,
      ],
      () => {
        const { live_alarms: alarms, alarm_board: board } = desk.update;
        const step = listen(untrack(ear), alarms, board.audible, desk.now());
        setEar(step.ear);
        if (step.tone !== undefined && untrack(isOn)) {
          void player.play(step.tone).then((heard) => setBlocked(!heard));
        }
      },
    ),
  );
  // The first click or key is often what the machine waits for.
  const unlock = () => {
    if (blocked()) {
      void player.unlock().then((heard) => setBlocked(!heard));
    }
  };
  window.addEventListener('pointerdown', unlock);
  window.addEventListener('keydown', unlock);
  onCleanup(() => {
    window.removeEventListener('pointerdown', unlock);
    window.removeEventListener('keydown', unlock);
  });
  const sounding = createMemo(() => isSounding(ear()));
  return {
    on: isOn,
    setOn(wanted) {
      keepOn(wanted);
      try {
        localStorage.setItem(SETTING, wanted ? 'on' : 'off');
      } catch {
        // A page without storage forgets it; nothing else depends on it.
      }
    },
    sounding,
    blocked,
    silenced: () => desk.update.alarm_board.is_silenced && !sounding(),
    silence() {
      setEar(silence(ear()));
      void desk.backend.silenceAlarms().then((result) => {
        if (!result.ok) {
          setEar(unsilence(ear()));
          desk.attempt(Promise.resolve(result));
        }
      });
    },
  };
}

function readSetting(): boolean {
  try {
    return localStorage.getItem(SETTING) !== 'off';
  } catch {
    return true;
  }
}
