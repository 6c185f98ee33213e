// Short alarm tones by WebAudio, one figure per severity. Knows nothing of alarms.

/** A beep: frequency in hertz, when it begins and how long it lasts, seconds. */
type Beep = [hertz: number, at: number, length: number];

const FIGURES: Record<'critical' | 'high', Beep[]> = {
  // Three quick pairs upwards: cannot be taken for a message.
  critical: [
    [880, 0, 0.11],
    [1245, 0.13, 0.14],
    [880, 0.36, 0.11],
    [1245, 0.49, 0.14],
    [880, 0.72, 0.11],
    [1245, 0.85, 0.18],
  ],
  // Two slow ones downwards.
  high: [
    [740, 0, 0.18],
    [554, 0.24, 0.26],
  ],
};
const LOUDNESS = 0.22;
/** Ramps at both ends, so that nothing clicks, seconds. */
const RAMP = 0.012;

export interface Player {
  /** Resolves to false where the machine does not let the page be heard. */
  play(figure: keyof typeof FIGURES): Promise<boolean>;
  /** Tries to be allowed; call from a click or a key. */
  unlock(): Promise<boolean>;
}

export function createPlayer(): Player {
  let context: AudioContext | undefined;
  async function ready(): Promise<AudioContext | undefined> {
    if (typeof AudioContext === 'undefined') {
      return undefined;
    }
    try {
      context ??= new AudioContext();
      if (context.state === 'suspended') {
        // Without a click before, some machines never answer; that is a no.
        await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, 300))]);
      }
    } catch {
      return undefined;
    }
    return context.state === 'running' ? context : undefined;
  }
  return {
    async play(figure) {
      const heard = await ready();
      if (heard === undefined) {
        return false;
      }
      for (const beep of FIGURES[figure]) {
        sound(heard, beep);
      }
      return true;
    },
    unlock: async () => (await ready()) !== undefined,
  };
}

function sound(context: AudioContext, [hertz, at, length]: Beep): void {
  const from = context.currentTime + at;
  const voice = context.createOscillator();
  const gain = context.createGain();
  voice.type = 'triangle';
  voice.frequency.value = hertz;
  gain.gain.setValueAtTime(0, from);
  gain.gain.linearRampToValueAtTime(LOUDNESS, from + RAMP);
  gain.gain.setValueAtTime(LOUDNESS, from + length - RAMP);
  gain.gain.linearRampToValueAtTime(0, from + length);
  voice.connect(gain).connect(context.destination);
  voice.start(from);
  voice.stop(from + length);
}
