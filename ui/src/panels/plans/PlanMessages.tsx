// The messages of a plan, filled in, what went out of them, and the area that has to be warned.

import { For, Show } from 'solid-js';
import type { LonLat } from '../../backend/plans';
import type { PlanRunDto, PlanRunMessageDto, SentMessageDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { usePages } from '../../state/pages';
import { blankAsk } from '../../state/plan_draft';
import { usePlans } from '../../state/plans';
import { t, word } from '../../state/texts';
import { clockTime, distance, joined } from '../../state/time';
import { AskForm } from './AskForm';
import { Part, visit } from './parts';

export function PlanMessages(props: { caseId: string; run: PlanRunDto }) {
  return (
    <>
      <Warn caseId={props.caseId} run={props.run} />
      <Show when={props.run.messages.length > 0 || props.run.sent.length > 0}>
        <Part title={t('plan.messages')}>
          <ul class="plan-messages">
            <For each={props.run.messages}>
              {(one) => <Message caseId={props.caseId} message={one} maySend={props.run.may_send} />}
            </For>
          </ul>
          <Show when={props.run.sent.length > 0}>
            <h4>{t('plan.sent')}</h4>
            <ul class="plan-messages">
              <For each={props.run.sent}>{(one) => <Sent sent={one} />}</For>
            </ul>
          </Show>
          <p class="hint">{t('plan.no_gateway')}</p>
        </Part>
      </Show>
    </>
  );
}

function Message(props: { caseId: string; message: PlanRunMessageDto; maySend: boolean }) {
  const plans = usePlans();
  const missing = () => joined(props.message.missing.map((one) => word('plan.placeholder', one)));
  return (
    <li class="plan-message">
      <p class="plan-line">
        <span class="row-tag">{word('channel', props.message.channel)}</span>
        <strong class="ellipsis">{props.message.name}</strong>
        <Show when={props.message.sent > 0}>
          <span class="hint num">{t('plan.sent_n', { n: props.message.sent })}</span>
        </Show>
      </p>
      <p class="plan-message-text">{props.message.text}</p>
      <Show when={props.message.missing.length > 0}>
        <p class="hint">{t('plan.message_missing', { what: missing() })}</p>
      </Show>
      <Show when={props.maySend}>
        <div class="tool-acts">
          <button
            type="button"
            aria-label={t('plan.message_send_name', { name: props.message.name })}
            onClick={() =>
              plans.ask.open({
                ...blankAsk(props.caseId, 'message', props.message.id, props.message.name),
                text: props.message.text,
              })
            }
          >
            {t('plan.message_send')}
          </button>
        </div>
      </Show>
      <AskForm caseId={props.caseId} acts={['message']} about={props.message.id} />
    </li>
  );
}

function Sent(props: { sent: SentMessageDto }) {
  return (
    <li class="plan-message">
      <p class="hint num">
        {clockTime(props.sent.at)} · {props.sent.by} · {props.sent.name} → {joined(props.sent.to)}
      </p>
      <p class="plan-message-text">{props.sent.text}</p>
    </li>
  );
}

function Warn(props: { caseId: string; run: PlanRunDto }) {
  const desk = useDesk();
  const plans = usePlans();
  const pages = usePages();
  /** A message of the plan that is spoken or shown to everybody there. */
  const message = () => props.run.messages.find((one) => one.channel === 'broadcast' || one.channel === 'sign');
  return (
    <Show when={props.run.warn}>
      {(warn) => (
        <Part title={t('plan.warn')}>
          <p class="num">
            {warn().radius_m === null
              ? t('plan.warn_fence', { name: warn().fence })
              : t('plan.warn_radius', { far: distance(warn().radius_m ?? 0) })}
          </p>
          <div class="tool-acts">
            <button type="button" onClick={() => visit(desk, warn().ring)}>
              {t('plan.warn_look')}
            </button>
            <Show when={props.run.may_send}>
              <button
                type="button"
                onClick={() => {
                  plans.cast.open({
                    caseId: props.caseId,
                    area: warn().ring.map(([lon, lat]): LonLat => [lon, lat]),
                    channel: message()?.channel ?? 'broadcast',
                    text: message()?.text ?? '',
                    message: message()?.id ?? '',
                  });
                  pages.setCaseTab('dispatch');
                }}
              >
                {t('plan.warn_cast')}
              </button>
            </Show>
          </div>
        </Part>
      )}
    </Show>
  );
}
