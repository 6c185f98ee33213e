// Suppression groups: what leaves the list together, what holds each, and how many alarms it keeps away.

import './groups.css';
import { createEffect, createSignal, For, on, Show } from 'solid-js';
import type { AlarmGroupDto, AlarmGroupWindowDto } from '../../generated/wire';
import { useActs } from '../../state/acts';
import { ALL_ALARMS } from '../../state/alarm_query';
import { useAlarms } from '../../state/alarms';
import { everyAtMost, useDesk } from '../../state/desk';
import { language, t, word } from '../../state/texts';
import { joined, moment, quantity } from '../../state/time';
import { Choices } from '../tools/parts';

/** How often the groups are read again at most. */
const READ_MILLIS = 1000;
/** As the host takes it. */
const TEXT_MOST = 2000;
/** How long to suppress, seconds. */
const TIMES = ['900', '3600', '14400', '28800'] as const;
const USUAL_TIME = '3600';
const DAYS_A_WEEK = 7;

export function Groups() {
  const desk = useDesk();
  const [groups, setGroups] = createSignal<AlarmGroupDto[]>([]);
  const [failure, setFailure] = createSignal<string>();
  const [asked, setAsked] = createSignal<string>();

  function read(): void {
    void desk.backend.alarmGroups().then((result) => {
      setFailure(result.ok ? undefined : result.error.message);
      if (result.ok) {
        setGroups(result.value);
      }
    });
  }
  createEffect(on(language, read));
  everyAtMost(READ_MILLIS, () => desk.update.alarm_board.revision, read);

  async function release(group: AlarmGroupDto): Promise<void> {
    const result = await desk.backend.releaseGroup(group.id);
    if (!result.ok) {
      desk.attempt(Promise.resolve(result));
      return;
    }
    read();
    desk.say(t('groups.released', { name: group.name }));
  }
  async function suppress(group: AlarmGroupDto, seconds: number, reason: string): Promise<void> {
    const result = await desk.backend.suppressGroup(group.id, seconds, reason);
    if (!result.ok) {
      desk.attempt(Promise.resolve(result));
      return;
    }
    setAsked(undefined);
    read();
    desk.say(t('groups.suppressed', { name: group.name }), {
      words: t('alarms.undo'),
      run: () => void release(group),
    });
  }
  return (
    <Show when={groups().length > 0 || failure() !== undefined}>
      <section class="silence-groups" aria-label={t('groups.title')}>
        <h3>{t('groups.title')}</h3>
        <Show when={failure()}>{(message) => <p role="alert">{t('groups.failed', { message: message() })}</p>}</Show>
        <ul class="silence-list">
          <For each={groups()}>
            {(group) => (
              <Group
                group={group}
                isAsked={asked() === group.id}
                onAsk={(on) => setAsked(on ? group.id : undefined)}
                onSuppress={(seconds, reason) => void suppress(group, seconds, reason)}
                onRelease={() => void release(group)}
              />
            )}
          </For>
        </ul>
      </section>
    </Show>
  );
}

function Group(props: {
  group: AlarmGroupDto;
  isAsked: boolean;
  onAsk: (on: boolean) => void;
  onSuppress: (seconds: number, reason: string) => void;
  onRelease: () => void;
}) {
  const desk = useDesk();
  const acts = useActs();
  const alarms = useAlarms();
  const list = (words: readonly string[]) => words.join(t('groups.and'));
  const why = () => {
    const { hand, active_triggers: triggers, window_until: until } = props.group;
    return joined([
      hand === null ? '' : t('groups.by_hand', { by: hand.by, until: moment(hand.until), reason: hand.reason }),
      triggers === 0 ? '' : t('groups.by_trigger', { n: triggers }),
      until === null ? '' : t('groups.by_window', { until: moment(until) }),
    ]);
  };
  return (
    <li class="silence-group" classList={{ on: props.group.is_on }}>
      <div class="silence-row">
        <strong class="ellipsis" title={props.group.id}>
          {props.group.name}
        </strong>
        <span class="silence-state">{t(props.group.is_on ? 'groups.on' : 'groups.off')}</span>
        <button
          type="button"
          class="quiet num"
          disabled={props.group.hidden === 0}
          title={t('groups.show')}
          onClick={() => {
            acts.setTab('alarms');
            alarms.list.setQuery({ ...ALL_ALARMS, states: ['suppressed'], group: props.group.id });
          }}
        >
          {t('groups.hidden', { n: quantity(props.group.hidden, 0) })}
        </button>
        <Show
          when={props.group.hand !== null}
          fallback={
            <button
              type="button"
              disabled={desk.past()}
              aria-expanded={props.isAsked}
              aria-label={t('groups.suppress_name', { name: props.group.name })}
              onClick={() => props.onAsk(!props.isAsked)}
            >
              {t('groups.suppress')}
            </button>
          }
        >
          <button
            type="button"
            disabled={desk.past()}
            aria-label={t('groups.release_name', { name: props.group.name })}
            onClick={() => props.onRelease()}
          >
            {t('groups.release')}
          </button>
        </Show>
      </div>
      <Show when={why() !== ''}>
        <p class="num">{why()}</p>
      </Show>
      <Show when={props.group.about !== ''}>
        <p class="hint">{props.group.about}</p>
      </Show>
      <p class="hint">
        {joined([
          props.group.members.length === 0 ? '' : t('groups.members', { rules: list(props.group.members) }),
          props.group.triggers.length === 0 ? '' : t('groups.triggers', { rules: list(props.group.triggers) }),
          ...props.group.windows.map(windowWords),
        ])}
      </p>
      <Show when={props.isAsked && props.group.hand === null}>
        <Ask group={props.group} onSend={props.onSuppress} onGiveUp={() => props.onAsk(false)} />
      </Show>
    </li>
  );
}

function windowWords(one: AlarmGroupWindowDto): string {
  const days =
    one.days.length === DAYS_A_WEEK
      ? t('groups.every_day')
      : one.days.map((day) => word('groups.day', String(day))).join(t('groups.and'));
  return t('groups.window', { days, from: one.from, to: one.to });
}

/** Why and for how long; both must be said. */
function Ask(props: { group: AlarmGroupDto; onSend: (seconds: number, reason: string) => void; onGiveUp: () => void }) {
  const [reason, setReason] = createSignal('');
  const times = () => {
    const possible = TIMES.filter((one) => Number(one) <= props.group.by_hand_max_s);
    return possible.length === 0 ? TIMES.slice(0, 1) : possible;
  };
  const [chosen, setChosen] = createSignal<(typeof TIMES)[number]>();
  const time = () => chosen() ?? times().find((one) => one === USUAL_TIME) ?? times()[0] ?? USUAL_TIME;
  function send(): void {
    if (reason().trim() !== '') {
      props.onSend(Math.min(Number(time()), props.group.by_hand_max_s), reason().trim());
    }
  }
  return (
    <div class="silence-ask" role="dialog" aria-label={t('groups.suppress_name', { name: props.group.name })}>
      <Choices
        label={t('groups.for')}
        options={times()}
        words={(one) => t(`shelve_for.${one}`)}
        value={time()}
        onChoose={(one) => setChosen(one)}
      />
      <textarea
        class="strip-field"
        rows={2}
        maxlength={TEXT_MOST}
        aria-label={t('groups.why')}
        placeholder={t('groups.why')}
        ref={(element) => queueMicrotask(() => element.focus())}
        onInput={(event) => setReason(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            send();
          }
          if (event.key === 'Escape' && !event.isComposing) {
            event.stopPropagation();
            props.onGiveUp();
          }
        }}
      />
      <div class="tool-acts">
        <button type="button" disabled={reason().trim() === ''} onClick={send}>
          {t('groups.suppress')} <kbd>Enter</kbd>
        </button>
        <button type="button" onClick={() => props.onGiveUp()}>
          {t('range.cancel')} <kbd>Esc</kbd>
        </button>
      </div>
    </div>
  );
}
