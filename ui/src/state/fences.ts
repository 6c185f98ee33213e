// The geofences that people drew: read when a panel shows them, kept and dropped one by one.
//
// The host watches them; who comes and goes stands in its list of events.

import { type Accessor, createSignal } from 'solid-js';
import type { FenceDto } from '../generated/wire';
import type { Desk } from './desk';
import { t } from './texts';

/** Longer names are not taken. */
export const FENCE_NAME_MOST = 40;

export interface Fences {
  list: Accessor<FenceDto[]>;
  /** Why the list cannot be read. */
  failure: Accessor<string | undefined>;
  read(): void;
  /** Keeps a fence; one of the same name gives way. Resolves to a refusal in words. */
  keep(fence: FenceDto): Promise<string | undefined>;
  /** Drops a fence, and offers to take that back. */
  drop(fence: FenceDto): void;
  /** True while the panel shows the fences in place of its tree. */
  open: Accessor<boolean>;
  setOpen(open: boolean): void;
}

/** The fences of `desk`. Call inside a Solid root. */
export function createFences(desk: Desk): Fences {
  const { backend } = desk;
  const [list, setList] = createSignal<FenceDto[]>([]);
  const [failure, setFailure] = createSignal<string>();
  const [open, setOpen] = createSignal(false);
  /** Counts questions and changes: an answer to an older question is of no use. */
  let turn = 0;

  function read(): void {
    turn += 1;
    const mine = turn;
    void backend.fences().then((result) => {
      if (mine !== turn) {
        return;
      }
      setFailure(result.ok ? undefined : result.error.message);
      if (result.ok) {
        setList(result.value);
      }
    });
  }

  async function keep(fence: FenceDto): Promise<string | undefined> {
    const result = await backend.drawFence(fence);
    if (!result.ok) {
      return result.error.message;
    }
    setList([...list().filter((one) => one.name !== fence.name), fence]);
    read();
    return undefined;
  }

  async function drop(fence: FenceDto): Promise<void> {
    const result = await backend.dropFence(fence.name);
    if (!result.ok) {
      desk.attempt(Promise.resolve(result));
      return;
    }
    setList(list().filter((one) => one.name !== fence.name));
    read();
    desk.say(t('fence.dropped', { name: fence.name }), {
      words: t('tool.undo'),
      run: () => {
        void keep(fence).then((refusal) => {
          if (refusal !== undefined) {
            desk.say(t('fence.refused', { message: refusal }));
          }
        });
      },
    });
  }

  return {
    list,
    failure,
    read,
    keep,
    drop: (fence) => void drop(fence),
    open,
    setOpen,
  };
}
