// The handover of a shift, step by step: the outgoing officer checks and signs, the incoming officer sees and signs,
// and the desk changes hands. An earlier one is only read.

import { For, Match, Show, Switch } from 'solid-js';
import type { HandoverDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { useDuty } from '../../state/duty';
import { SHEET_STEPS } from '../../state/duty_sheet';
import { t, word } from '../../state/texts';
import { clockTime, moment, stretch } from '../../state/time';
import { HandoverItems } from './HandoverItems';
import { HandoverSheet } from './HandoverSheet';
import { Complete, Done, SignIn } from './HandoverSigns';
import { Waiting } from './parts';
import { ReportExport } from './ReportExport';

export function HandoverView() {
  const { handing } = useDuty();
  handing.watch();
  return (
    <Show when={handing.handover()} fallback={<Waiting failure={handing.failure()} onRetry={handing.read} />}>
      {(handover) => <Handover handover={handover()} />}
    </Show>
  );
}

function Handover(props: { handover: HandoverDto }) {
  const desk = useDesk();
  const { handing } = useDuty();
  return (
    <>
      <section class="page-tools" aria-label={t('handover.title')}>
        <Steps />
        <span class="num handover-title">
          <strong>{props.handover.shift_name}</strong> {stretch(props.handover.from, props.handover.until)}
        </span>
        <Show when={props.handover.state !== 'open'}>
          <ReportExport of={() => ({ kind: 'handover', id: props.handover.id })} formats={['pdf', 'docx']} />
        </Show>
        <Show when={handing.isEarlier()}>
          <button type="button" onClick={() => handing.show(undefined)}>
            {t('handover.show_current')}
          </button>
        </Show>
      </section>
      <Show when={!props.handover.is_intact}>
        <p class="duty-failure" role="alert">
          <strong>{t('handover.not_intact')}</strong> {t('handover.not_intact_hint')}
        </p>
      </Show>
      <div class="handover duty-fills">
        <HandoverItems handover={props.handover} />
        {/* What stands here scrolls by itself: the list beside it stays. */}
        <div class="handover-side scrolls" role="region" aria-label={t('handover.sheet')} tabindex="0">
          <Show when={handing.step() === 'check' || handing.step() === 'sign_out'}>
            <Returned handover={props.handover} />
          </Show>
          <Show
            when={desk.live() || handing.step() === 'done'}
            fallback={<p class="hint duty-past">{t('handover.past')}</p>}
          >
            <Switch>
              <Match when={handing.step() === 'check' || handing.step() === 'sign_out'}>
                <HandoverSheet handover={props.handover} />
              </Match>
              <Match when={handing.step() === 'sign_in'}>
                <SignIn handover={props.handover} />
              </Match>
              <Match when={handing.step() === 'complete'}>
                <Complete handover={props.handover} />
              </Match>
              <Match when={handing.step() === 'done'}>
                <Done handover={props.handover} />
              </Match>
            </Switch>
          </Show>
        </div>
      </div>
    </>
  );
}

function Steps() {
  const { handing } = useDuty();
  const place = () => {
    const step = handing.step();
    return step === 'done' ? SHEET_STEPS.length : SHEET_STEPS.indexOf(step);
  };
  return (
    <ol class="handover-steps" aria-label={t('handover.steps')}>
      <For each={SHEET_STEPS}>
        {(step, i) => (
          <li
            data-place={i() < place() ? 'done' : i() === place() ? 'now' : 'next'}
            aria-current={i() === place() ? 'step' : undefined}
          >
            <span class="num">{i() + 1}</span> {word('handover.step', step)}
            <Show when={i() < place()}>
              <span class="hidden-words">{t('handover.step_done')}</span>
            </Show>
          </li>
        )}
      </For>
    </ol>
  );
}

/** That the incoming officer sent it back, the newest first. */
function Returned(props: { handover: HandoverDto }) {
  return (
    <Show when={props.handover.returned.length > 0}>
      <ul class="handover-returned num" aria-label={t('handover.returned')}>
        <For each={[...props.handover.returned].reverse()}>
          {(one) => (
            <li title={moment(one.at)}>
              {t('handover.returned_by', { by: one.by, time: clockTime(one.at), reason: one.reason })}
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}
