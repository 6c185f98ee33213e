// The checklist of a plan at work: who does what by when, ticked with time and author.

import { For, Show } from 'solid-js';
import type { PlanMarkDto, PlanRunDto, PlanRunStepDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { type AskAct, blankAsk } from '../../state/plan_draft';
import { deskRefusalWords, dueTone, dueWords } from '../../state/plan_words';
import { usePlans } from '../../state/plans';
import { t, word } from '../../state/texts';
import { clockTime } from '../../state/time';
import { AskForm } from './AskForm';
import { stepFacts } from './PlanSheet';
import { Part } from './parts';

const ASKED: readonly AskAct[] = ['tick', 'skip', 'untick'];

export function PlanSteps(props: { caseId: string; run: PlanRunDto }) {
  const called = () => props.run.steps.filter((one) => one.is_called || one.mark !== null);
  const others = () => props.run.steps.filter((one) => !one.is_called && one.mark === null);
  const isOpen = () => props.run.state === 'running' && !props.run.is_past;
  return (
    <Part title={t('plan.steps')}>
      <ol class="plan-steps">
        <For each={called()}>{(one) => <Step caseId={props.caseId} state={one} isOpen={isOpen()} />}</For>
      </ol>
      <Show when={others().length > 0}>
        <details class="plan-more">
          <summary>{t('plan.not_called', { n: others().length })}</summary>
          <ul class="plan-sheet-list">
            <For each={others()}>
              {(one) => (
                <li>
                  <span>{one.step.text}</span>
                  <span class="hint">{stepFacts(one.step)}</span>
                </li>
              )}
            </For>
          </ul>
        </details>
      </Show>
    </Part>
  );
}

function Step(props: { caseId: string; state: PlanRunStepDto; isOpen: boolean }) {
  const desk = useDesk();
  const step = () => props.state.step;
  const tone = () => dueTone(props.state, desk.now());
  const due = () => (props.isOpen ? dueWords(props.state, desk.now()) : '');
  const facts = () =>
    [
      word('role', step().role),
      step().needs_evidence ? t('plan.needs_evidence') : '',
      step().is_optional ? t('plan.optional') : '',
    ]
      .filter((part) => part !== '')
      .join(' · ');
  return (
    <li class="plan-step" data-mark={props.state.mark?.kind ?? 'open'} data-due={tone()}>
      <StepMark mark={props.state.mark} />
      <div class="plan-step-words">
        <p class="plan-step-text">{step().text}</p>
        <p class="plan-line">
          <span class="hint">{facts()}</span>
          <Show when={due() !== ''}>
            <span class="plan-due num">{due()}</span>
          </Show>
        </p>
        <Show when={step().contacts.length > 0}>
          <p class="plan-contacts num">
            <For each={step().contacts}>
              {(one) => (
                <span>
                  {one.name} <strong>{one.phone}</strong>
                </span>
              )}
            </For>
          </p>
        </Show>
        <Show when={props.state.mark}>{(mark) => <Ticked mark={mark()} />}</Show>
        <Show when={props.isOpen}>
          <StepActs caseId={props.caseId} state={props.state} />
        </Show>
      </div>
    </li>
  );
}

/** A box with a tick, with a stroke through it, or empty: shape, not colour. */
function StepMark(props: { mark: PlanMarkDto | null }) {
  const path = () => (props.mark === null ? '' : props.mark.kind === 'done' ? 'm4 8.5 3 3 5.5-7' : 'M4 8h8');
  return (
    <svg class="plan-mark" viewBox="0 0 16 16" role="img" aria-label={word('plan.mark', props.mark?.kind ?? 'open')}>
      <rect x="1" y="1" width="14" height="14" rx="1.5" fill="none" stroke="currentColor" stroke-width="1.2" />
      <path d={path()} fill="none" stroke="currentColor" stroke-width="2" />
    </svg>
  );
}

function Ticked(props: { mark: PlanMarkDto }) {
  return (
    <p class="plan-ticked num">
      {word('plan.mark', props.mark.kind)} · {props.mark.by} {clockTime(props.mark.at)}
      <Show when={props.mark.note !== ''}> · {props.mark.note}</Show>
      <Show when={props.mark.evidence.length > 0}> · {t('plan.evidence_n', { n: props.mark.evidence.length })}</Show>
    </p>
  );
}

function StepActs(props: { caseId: string; state: PlanRunStepDto }) {
  const plans = usePlans();
  const step = () => props.state.step;
  function ask(act: 'tick' | 'skip' | 'untick'): void {
    plans.ask.open({
      ...blankAsk(props.caseId, act, step().id, step().text),
      needsEvidence: act === 'tick' && step().needs_evidence,
    });
  }
  /** What needs no evidence is ticked at once; a note can be given instead. */
  function tick(): void {
    if (step().needs_evidence) {
      ask('tick');
    } else {
      void plans.act(props.caseId, { act: 'tick', step: step().id, note: '', evidence: [] });
    }
  }
  const named = (key: 'plan.tick' | 'plan.skip' | 'plan.untick' | 'plan.note') => `${t(key)} ${step().text}`;
  return (
    <>
      <Show
        when={props.state.refused === null}
        fallback={
          <Show when={props.state.mark === null && props.state.refused}>
            {(refused) => <p class="hint">{deskRefusalWords(refused())}</p>}
          </Show>
        }
      >
        <div class="tool-acts plan-step-acts">
          <Show
            when={props.state.mark === null}
            fallback={
              <button type="button" class="quiet" aria-label={named('plan.untick')} onClick={() => ask('untick')}>
                {t('plan.untick')}
              </button>
            }
          >
            <button type="button" aria-label={named('plan.tick')} disabled={plans.busy()} onClick={tick}>
              {t('plan.tick')}
            </button>
            <Show when={props.state.may_skip}>
              <button type="button" aria-label={named('plan.skip')} onClick={() => ask('skip')}>
                {t('plan.skip')}
              </button>
            </Show>
            <Show when={!step().needs_evidence}>
              <button type="button" class="quiet" aria-label={named('plan.note')} onClick={() => ask('tick')}>
                {t('plan.note')}
              </button>
            </Show>
          </Show>
        </div>
      </Show>
      <AskForm caseId={props.caseId} acts={ASKED} about={step().id} />
    </>
  );
}
