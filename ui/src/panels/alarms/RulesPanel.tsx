// The rules that raise alarms: what each says, whether it is on, and what it would have done lately.

import './load.css';
import { createSignal, For, onMount, Show } from 'solid-js';
import type { RuleDto, RuleTrialDto } from '../../generated/wire';
import { Shape } from '../../parts/Shape';
import { useDesk } from '../../state/desk';
import { t, word } from '../../state/texts';
import { clockTime, DAY, moment, quantity } from '../../state/time';
import { Groups } from './Groups';

const TRIALS = [
  { millis: DAY, words: 'rules.try_day' },
  { millis: 7 * DAY, words: 'rules.try_week' },
] as const;

export function RulesPanel() {
  const desk = useDesk();
  const [rules, setRules] = createSignal<RuleDto[]>();
  const [failure, setFailure] = createSignal<string>();
  const [open, setOpen] = createSignal<string>();

  function read(): void {
    void desk.backend.alarmRules().then((result) => {
      setFailure(result.ok ? undefined : result.error.message);
      if (result.ok) {
        setRules(result.value);
      }
    });
  }
  onMount(read);

  async function switchRule(rule: RuleDto): Promise<void> {
    const isOn = !rule.is_on;
    const result = await desk.backend.switchRule(rule.id, isOn);
    if (!result.ok) {
      desk.attempt(Promise.resolve(result));
      return;
    }
    read();
    desk.say(t(isOn ? 'rules.switched_on' : 'rules.switched_off', { name: rule.name }), {
      words: t('alarms.undo'),
      run: () => void desk.backend.switchRule(rule.id, rule.is_on).then(read),
    });
  }

  return (
    <div class="drawer-page rules-page scrolls">
      <Groups />
      <Show
        when={rules()}
        fallback={
          <Show
            when={failure()}
            fallback={
              <div class="blank" aria-busy="true">
                <span class="hint">{t('rules.loading')}</span>
              </div>
            }
          >
            {(message) => (
              <div class="blank" role="alert">
                <strong>{t('rules.failed', { message: message() })}</strong>
                <span class="hint">{t('rules.failed_hint')}</span>
                <button type="button" onClick={read}>
                  {t('app.retry')}
                </button>
              </div>
            )}
          </Show>
        }
      >
        {(known) => (
          <ul class="rules-list" aria-label={t('drawer.alarm_rules')}>
            <For
              each={known()}
              fallback={
                <li class="blank">
                  <strong>{t('rules.empty')}</strong>
                  <span class="hint">{t('rules.empty_hint')}</span>
                </li>
              }
            >
              {(rule) => (
                <Rule
                  rule={rule}
                  isOpen={open() === rule.id}
                  onOpen={() => setOpen(open() === rule.id ? undefined : rule.id)}
                  onSwitch={() => void switchRule(rule)}
                />
              )}
            </For>
          </ul>
        )}
      </Show>
    </div>
  );
}

function Rule(props: { rule: RuleDto; isOpen: boolean; onOpen: () => void; onSwitch: () => void }) {
  return (
    <li class="rule" classList={{ off: !props.rule.is_on }}>
      <div class="rule-row">
        <button
          type="button"
          role="switch"
          aria-checked={props.rule.is_on}
          aria-label={t('rules.switch_name', { name: props.rule.name })}
          onClick={() => props.onSwitch()}
        >
          {props.rule.is_on ? t('rules.on') : t('rules.off')}
        </button>
        <button type="button" class="quiet rule-name" aria-expanded={props.isOpen} onClick={() => props.onOpen()}>
          <span class="ellipsis">{props.rule.name}</span>
          <span class="hint">{word('rule_kind', props.rule.kind)}</span>
        </button>
        <span class="num hint">{t('rules.conditions', { n: quantity(props.rule.conditions, 0) })}</span>
        <span class="num" classList={{ hint: props.rule.active === 0 }}>
          {t('rules.active', { n: quantity(props.rule.active, 0) })}
        </span>
        <span class="hint ellipsis" title={props.rule.id}>
          {props.rule.pack}
        </span>
      </div>
      <Show when={props.isOpen}>
        <div class="rule-body">
          <p>{props.rule.about === '' ? t('rules.about_none') : props.rule.about}</p>
          <Trial rule={props.rule.id} />
        </div>
      </Show>
    </li>
  );
}

/** Tries a rule on what was recorded; nothing is raised by it. */
function Trial(props: { rule: string }) {
  const desk = useDesk();
  const [trial, setTrial] = createSignal<RuleTrialDto>();
  const [failure, setFailure] = createSignal<string>();
  const [busy, setBusy] = createSignal(false);

  async function run(one: (typeof TRIALS)[number]): Promise<void> {
    setBusy(true);
    setFailure(undefined);
    setTrial(undefined);
    const to = Math.round(desk.shown());
    const result = await desk.backend.tryRule(props.rule, { from: to - one.millis, to });
    setBusy(false);
    if (result.ok) {
      setTrial(result.value);
    } else {
      setFailure(result.error.message);
    }
  }
  return (
    <div class="rule-trial">
      <div class="tool-acts">
        <For each={TRIALS}>
          {(one) => (
            <button type="button" disabled={busy()} onClick={() => void run(one)}>
              {t(one.words)}
            </button>
          )}
        </For>
      </div>
      <div role="status">
        <Show when={busy()}>
          <p class="hint">{t('rules.trying')}</p>
        </Show>
        <Show when={failure()}>{(message) => <p>{t('rules.try_failed', { message: message() })}</p>}</Show>
        <Show when={trial()}>{(known) => <Came trial={known()} />}</Show>
      </div>
    </div>
  );
}

function Came(props: { trial: RuleTrialDto }) {
  const desk = useDesk();
  const words = () => {
    const { raised, in_burst: inBurst, burst_at: at } = props.trial;
    if (raised === 0) {
      return t('rules.would_none');
    }
    return at === null
      ? t('rules.would', { n: quantity(raised, 0) })
      : t('rules.would_burst', { n: quantity(raised, 0), burst: quantity(inBurst, 0), at: moment(at) });
  };
  return (
    <>
      <p class="num">
        <strong>{words()}</strong>
        <Show when={props.trial.chattering > 0}> {t('rules.would_chatter', { n: props.trial.chattering })}</Show>
      </p>
      <ul class="rule-examples num" aria-label={t('rules.examples')}>
        <For each={props.trial.examples}>
          {(one) => (
            <li>
              <Shape severity={one.severity} />
              <button
                type="button"
                class="quiet"
                title={t('rules.go_to', { time: clockTime(one.at) })}
                onClick={() => desk.scrubTo(one.at)}
              >
                {moment(one.at)}
              </button>
              <span class="ellipsis">{one.name}</span>
              <span class="hint">{quantity(one.value)}</span>
            </li>
          )}
        </For>
      </ul>
    </>
  );
}
