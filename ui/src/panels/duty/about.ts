// What an entry is written about: the event or the alarm whose page is open in the card, where the person says so.

import { type Accessor, createSignal } from 'solid-js';
import { useAlarms } from '../../state/alarms';
import { useCases } from '../../state/cases';
import { useDesk } from '../../state/desk';

export interface About {
  /** What it is called; `undefined` where no page is open. */
  name: Accessor<string | undefined>;
  isAbout: Accessor<boolean>;
  setAbout(on: boolean): void;
  /** The identity that goes with the entry; empty for none. */
  subject: Accessor<string>;
}

/** Call inside a component. */
export function useAbout(): About {
  const desk = useDesk();
  const alarms = useAlarms();
  const cases = useCases();
  const [isAbout, setAbout] = createSignal(false);
  const found = (): { id: string; name: string } | undefined => {
    const event = cases.detail()?.row;
    if (event !== undefined) {
      return { id: event.id, name: event.title };
    }
    const id = alarms.opened();
    const name = desk.update.alarms.find((one) => one.id === id)?.name;
    return id === undefined || name === undefined ? undefined : { id, name };
  };
  return {
    name: () => found()?.name,
    isAbout,
    setAbout,
    subject: () => (isAbout() ? (found()?.id ?? '') : ''),
  };
}
