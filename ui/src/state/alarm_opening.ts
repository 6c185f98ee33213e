// What of the alarms is open: the alarm whose page stands in the card, and the lines of a flood.

import { type Accessor, batch, createEffect, createSignal, on } from 'solid-js';
import type { AlarmLineDto, Target } from '../generated/wire';
import type { AlarmRows } from './alarm_list';
import { ALL_ALARMS, isNarrowed } from './alarm_query';
import { type Desk, sameTarget } from './desk';

export interface Opening {
  /** The alarm whose page stands in the card. */
  opened: Accessor<string | undefined>;
  /** Shows an alarm: its page in the card, its place in the twin. */
  open(row: { id: string; target: Target | null }): void;
  /** The same for an alarm of which only the name is known. */
  openById(id: string): void;
  /** Shows the page of an alarm that was opened in another window of this desk, or of none; the host knows it. */
  follow(alarm: { id: string; target: Target | undefined } | undefined): void;
  /** Back to the card of the device. */
  close(): void;
}

/** Which alarm is open. Call inside a Solid root. */
export function createOpening(desk: Desk): Opening {
  const [opened, setOpened] = createSignal<{ id: string; target: Target | undefined }>();
  // Whatever else is selected has a card of its own.
  createEffect(
    on(desk.selected, (target) => {
      if (opened() !== undefined && !sameTarget(opened()?.target, target)) {
        setOpened(undefined);
      }
    }),
  );
  function open(row: { id: string; target: Target | null }): void {
    const target = row.target === null ? undefined : { ...row.target };
    batch(() => {
      setOpened({ id: row.id, target });
      if (target === undefined) {
        desk.select(undefined);
      } else {
        desk.selectAndFly(target);
      }
    });
  }
  return {
    opened: () => opened()?.id,
    open,
    openById(id) {
      void desk.backend.alarm(id).then((result) => {
        if (result.ok) {
          open(result.value.row);
        } else {
          desk.attempt(Promise.resolve(result));
        }
      });
    },
    follow: (alarm) => setOpened(alarm),
    close: () => setOpened(undefined),
  };
}

export interface Flood {
  /** Alarms are shown as lines that belong together. */
  inLines: Accessor<boolean>;
  /** In a flood: shows every alarm by itself, or the lines again. */
  setInLines(on: boolean): void;
  isFlood: Accessor<boolean>;
  line: Accessor<AlarmLineDto | undefined>;
  openLine(line: AlarmLineDto): void;
  closeLine(): void;
}

/** The lines of a flood. Call inside a Solid root. */
export function createFlood(desk: Desk, list: AlarmRows): Flood {
  const [wantsLines, setWantsLines] = createSignal(true);
  const isFlood = () => desk.update.alarm_board.flood_since !== null;
  // A line is gone with its flood, and the next flood begins with lines.
  createEffect(
    on(isFlood, (isOn) => {
      if (!isOn) {
        setWantsLines(true);
        if (list.query().line !== null) {
          list.setQuery({ ...list.query(), line: null });
        }
      }
    }),
  );
  return {
    isFlood,
    inLines: () => isFlood() && wantsLines() && !isNarrowed(list.query()),
    setInLines(on) {
      setWantsLines(on);
      if (on) {
        list.setQuery({ ...ALL_ALARMS, order: list.query().order });
      }
    },
    line: () => desk.update.alarm_board.lines.find((one) => one.id === list.query().line),
    openLine: (line) => list.setQuery({ ...ALL_ALARMS, order: list.query().order, line: line.id }),
    closeLine: () => list.setQuery({ ...list.query(), line: null }),
  };
}
