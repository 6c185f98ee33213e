// What is done to alarms: at once, after a text or after a word; what refused it is told, and what can be is taken back.

import { type Accessor, createSignal } from 'solid-js';
import type { AlarmActDto, AlarmActedDto, AlarmPickDto, DeskAlarmDto } from '../generated/wire';
import { type Draft, dropDraft, keepDraft, keptDraft, type Written } from './alarm_draft';
import type { AlarmRows } from './alarm_list';
import type { Picked, Picking } from './alarm_picking';
import { type ActWord, type BarAct, doneWords, fits, refusalWords, WAY_BACK } from './alarm_words';
import type { Desk } from './desk';
import { t } from './texts';
import { HOUR, SECOND } from './time';

/** What a new shelving is for, seconds. */
const FIRST_SHELVING_S = HOUR / SECOND;

/** What is being asked of the person: a text, or whether they are sure. */
export type Asked =
  | { kind: 'text'; draft: Draft; isKept: boolean }
  | { kind: 'sure'; act: AlarmActDto; picked: Picked };

export interface Acting {
  /** Does an act to what is picked: at once, or after a text or a word. */
  act(act: BarAct): void;
  /** The same, for one alarm. */
  actOn(row: DeskAlarmDto, act: BarAct): void;
  asked: Accessor<Asked | undefined>;
  /** What is written; kept on the machine as it is typed. */
  write(change: Partial<Pick<Draft, 'text' | 'forSeconds'>>): void;
  /** Does what is asked about. */
  send(): void;
  giveUp(): void;
  busy: Accessor<boolean>;
}

/** What is done to what `picking` holds. Call inside a Solid root. */
export function createActing(desk: Desk, list: AlarmRows, picking: Picking): Acting {
  const kept = desk.mode === 'wall' ? undefined : keptDraft(Date.now());
  const [asked, setAsked] = createSignal<Asked | undefined>(
    kept === undefined ? undefined : { kind: 'text', draft: kept, isKept: true },
  );
  const [running, setRunning] = createSignal(0);

  async function run(pick: AlarmPickDto, act: AlarmActDto): Promise<boolean> {
    setRunning(running() + 1);
    const result = await desk.backend.actOnAlarms(pick, act);
    setRunning(running() - 1);
    if (!result.ok) {
      desk.attempt(Promise.resolve(result));
      return false;
    }
    report(act.act, result.value);
    list.read();
    return result.value.done > 0 || result.value.refused_count === 0;
  }
  /** Says what came of it, with the way back where there is one. */
  function report(act: ActWord, came: AlarmActedDto): void {
    const refused = came.refused_count === 0 ? '' : refusalWords(came.refused, came.refused_count);
    if (came.done === 0 && refused !== '') {
      desk.attempt(Promise.resolve({ ok: false, error: { code: 'bad_request', message: refused } }));
      return;
    }
    const { undo, ids } = came;
    desk.say(
      [doneWords(act, came.done), refused].filter((part) => part !== '').join(' '),
      undo === null ? undefined : { words: t('alarms.undo'), run: () => void run({ of: 'ids', ids }, undo) },
    );
  }
  function ask(act: Written, picked: Picked): void {
    const draft: Draft = {
      act,
      pick: picked.pick,
      count: picked.count,
      name: picked.name,
      text: '',
      forSeconds: FIRST_SHELVING_S,
      at: Date.now(),
    };
    setAsked({ kind: 'text', draft, isKept: false });
  }
  function begin(picked: Picked, wanted: ActWord): void {
    switch (wanted) {
      case 'comment':
      case 'shelve':
      case 'out_of_service':
        ask(wanted, picked);
        return;
      case 'acknowledge':
      case 'confirm':
        finish(picked, { act: wanted, comment: '' });
        return;
      case 'unshelve':
      case 'in_service':
      case 'reset':
        finish(picked, { act: wanted });
        return;
    }
  }
  /** What cannot be taken back and is for more than one sees is asked about first. */
  function finish(picked: Picked, act: AlarmActDto): void {
    if (picked.pick.of === 'query') {
      setAsked({ kind: 'sure', act, picked });
    } else {
      void run(picked.pick, act);
    }
  }
  function actOn(picked: Picked | undefined, act: BarAct): void {
    if (picked === undefined) {
      return;
    }
    const back = WAY_BACK[act];
    const rows = picked.rows;
    // On what is away already the same key brings it back.
    const wanted =
      back !== undefined && (rows.length > 0 ? rows.every((row) => fits(back, row)) : isAway(picked.pick, act))
        ? back
        : act;
    const fitting = rows.filter((row) => fits(wanted, row));
    if (rows.length > 0 && fitting.length === 0) {
      desk.say(t('alarms.nothing_to_do'));
      return;
    }
    const isPart = rows.length > 1 && fitting.length < rows.length;
    begin(
      isPart
        ? {
            pick: { of: 'ids', ids: fitting.map((row) => row.id) },
            count: fitting.length,
            rows: fitting,
            name: fitting[0]?.name ?? '',
          }
        : picked,
      wanted,
    );
  }

  return {
    act: (act) => actOn(picking.picked(), act),
    actOn: (row, act) => actOn({ pick: { of: 'ids', ids: [row.id] }, count: 1, rows: [row], name: row.name }, act),
    asked,
    write(change) {
      const at = asked();
      if (at?.kind === 'text') {
        const draft = { ...at.draft, ...change, at: Date.now() };
        keepDraft(draft);
        setAsked({ kind: 'text', draft, isKept: at.isKept });
      }
    },
    send() {
      const at = asked();
      if (at?.kind === 'sure') {
        setAsked(undefined);
        void run(at.picked.pick, at.act);
      } else if (at?.kind === 'text' && at.draft.text.trim() !== '' && running() === 0) {
        const { draft } = at;
        // The form stays until the host has taken the text: nothing written is lost to a refusal.
        void run(draft.pick, writtenAct(draft)).then((isTaken) => {
          const now = asked();
          if (isTaken && now?.kind === 'text' && now.draft.pick === draft.pick) {
            dropDraft();
            setAsked(undefined);
          }
        });
      }
    },
    giveUp() {
      dropDraft();
      setAsked(undefined);
    },
    busy: () => running() > 0,
  };
}

/** True when all that a query answers is away by `act`. */
function isAway(pick: AlarmPickDto, act: BarAct): boolean {
  const state = act === 'shelve' ? 'shelved' : 'out_of_service';
  return pick.of === 'query' && pick.query.states.length === 1 && pick.query.states[0] === state;
}

function writtenAct(draft: Draft): AlarmActDto {
  const text = draft.text.trim();
  switch (draft.act) {
    case 'comment':
      return { act: 'comment', text };
    case 'shelve':
      return { act: 'shelve', for_s: draft.forSeconds, reason: text };
    case 'out_of_service':
      return { act: 'out_of_service', reason: text };
  }
}
