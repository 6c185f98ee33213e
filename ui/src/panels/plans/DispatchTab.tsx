// Who was sent for an event and how far they are, sending somebody, and telling everybody within an area.

import './plans.css';
import { For, Show } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { BroadcastDto, DispatchDto, DispatchesDto, DispatchStepDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { blankAsk, DISPATCH_ASKS } from '../../state/plan_draft';
import { answerWords, deskRefusalWords } from '../../state/plan_words';
import { followCase, usePlans } from '../../state/plans';
import { t, word } from '../../state/texts';
import { clockTime, joined, quantity } from '../../state/time';
import { AskForm } from './AskForm';
import { CastForm } from './CastForm';
import { USUAL_ANSWER_S } from './PlanNeeds';
import { Part, Read, visit } from './parts';
import { SendForm } from './SendForm';

const BLANK: DispatchesDto = { rows: [], choices: [], broadcasts: [], refused: null, as_of: 0 };

export function DispatchTab(props: { caseId: string }) {
  const desk = useDesk();
  const plans = usePlans();
  const [held, setHeld] = createStore<{ id: string; it: DispatchesDto }>({ id: '', it: structuredClone(BLANK) });
  const read = followCase(
    desk,
    plans,
    () => props.caseId,
    (id) => desk.backend.dispatches(id),
    (it, id) => setHeld(reconcile({ id, it }, { key: 'id' })),
  );
  const sending = () => plans.send.draft()?.caseId === props.caseId;
  const casting = () => plans.cast.draft()?.caseId === props.caseId;
  function beginSend(): void {
    plans.send.open({ caseId: props.caseId, to: null, task: '', answerWithinS: USUAL_ANSWER_S });
  }
  function beginCast(): void {
    plans.cast.open({ caseId: props.caseId, area: [], channel: 'broadcast', text: '', message: '' });
  }
  return (
    <Read isKnown={held.id === props.caseId} read={read}>
      <Show when={desk.live()} fallback={<p class="hint">{t('event.past')}</p>}>
        <div class="tool-acts">
          <button type="button" disabled={held.it.refused !== null || sending()} onClick={beginSend}>
            {t('dispatch.begin')}
          </button>
          <button type="button" disabled={held.it.refused !== null || casting()} onClick={beginCast}>
            {t('dispatch.cast')}
          </button>
        </div>
        <Show when={held.it.refused}>{(refused) => <p class="hint">{deskRefusalWords(refused())}</p>}</Show>
        <Show when={sending()}>
          <SendForm choices={held.it.choices} />
        </Show>
        <Show when={casting()}>
          <CastForm caseId={props.caseId} />
        </Show>
      </Show>
      <Part title={t('dispatch.rows')}>
        <ul class="dispatches">
          <For
            each={held.it.rows}
            fallback={
              <li class="hint">
                {t('dispatch.none')} {t('dispatch.none_hint')}
              </li>
            }
          >
            {(one) => <Dispatch caseId={props.caseId} dispatch={one} />}
          </For>
        </ul>
      </Part>
      <Show when={held.it.broadcasts.length > 0}>
        <Part title={t('dispatch.casts')}>
          <ul class="dispatches">
            <For each={held.it.broadcasts}>{(one) => <Broadcast broadcast={one} />}</For>
          </ul>
        </Part>
      </Show>
    </Read>
  );
}

function Dispatch(props: { caseId: string; dispatch: DispatchDto }) {
  const desk = useDesk();
  const plans = usePlans();
  const one = () => props.dispatch;
  const answer = () => answerWords(one(), desk.now());
  const isLate = () => one().state === 'sent' && desk.now() > one().answer_by;
  const phone = () => `${one().contact.name} ${one().contact.phone}`.trim();
  /** What is refused or taken back needs a reason; the rest is written down at once. */
  function go(step: DispatchStepDto): void {
    if (step === 'refuse' || step === 'recall') {
      plans.ask.open(blankAsk(props.caseId, step, one().id, one().to.name));
    } else {
      void plans.step(one().id, step, '');
    }
  }
  return (
    <li class="dispatch" data-state={one().state} classList={{ late: isLate() }}>
      <p class="plan-line">
        <strong class="ellipsis" title={one().to.name}>
          {one().to.name}
        </strong>
        <span class="hint">{word('dispatch.kind', one().to.kind)}</span>
        <span class="dispatch-state">{word('dispatch.state', one().state)}</span>
      </p>
      <p class="plan-message-text">{one().task}</p>
      <p class="plan-line num">
        <span class="hint">{t('dispatch.sent_by', { by: one().sent_by, time: clockTime(one().sent_at) })}</span>
        <Show when={answer() !== ''}>
          <span class="dispatch-answer">{answer()}</span>
        </Show>
      </p>
      <Show when={phone() !== ''}>
        <p class="plan-contacts num">{phone()}</p>
      </Show>
      <Show when={one().may.length > 0 && desk.live()}>
        <div class="tool-acts">
          <For each={one().may}>
            {(step) => (
              <button
                type="button"
                classList={{ quiet: step === 'recall' || step === 'refuse' }}
                aria-label={`${word('dispatch.step', step)} ${one().to.name}`}
                disabled={plans.busy()}
                onClick={() => go(step)}
              >
                {word('dispatch.step', step)}
              </button>
            )}
          </For>
        </div>
      </Show>
      <AskForm caseId={props.caseId} acts={DISPATCH_ASKS} about={one().id} />
      <Show when={one().history.length > 0}>
        <details class="plan-more">
          <summary>{t('dispatch.history', { n: one().history.length })}</summary>
          <ul>
            <For each={one().history}>
              {(entry) => (
                <li class="hint num">
                  {clockTime(entry.at)} {word('dispatch.step', entry.step)} · {entry.by}
                  <Show when={entry.note !== ''}> · {entry.note}</Show>
                </li>
              )}
            </For>
          </ul>
        </details>
      </Show>
    </li>
  );
}

function Broadcast(props: { broadcast: BroadcastDto }) {
  const desk = useDesk();
  const reached = () =>
    joined(
      props.broadcast.reached
        .filter((one) => one.count > 0)
        .map((one) => `${word('reach.kind', one.kind)} ${quantity(one.count, 0)}`),
    );
  return (
    <li class="dispatch">
      <p class="plan-line num">
        <span class="row-tag">{word('channel', props.broadcast.channel)}</span>
        <span class="hint">
          {clockTime(props.broadcast.at)} · {props.broadcast.by}
        </span>
        <button type="button" class="quiet" onClick={() => visit(desk, props.broadcast.area)}>
          {t('reach.look')}
        </button>
      </p>
      <p class="plan-message-text">{props.broadcast.text}</p>
      <p class="hint num">{reached() === '' ? t('reach.nobody') : t('reach.reached', { what: reached() })}</p>
    </li>
  );
}
