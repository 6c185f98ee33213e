// The plans that fit an event, before one is started.

import { createSignal, For, Show } from 'solid-js';
import type { PlanOfferDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { usePages } from '../../state/pages';
import { deskRefusalWords } from '../../state/plan_words';
import { usePlans } from '../../state/plans';
import { t, word } from '../../state/texts';
import { PlanSheet } from './PlanSheet';
import { Part } from './parts';

export function PlanOffers(props: { caseId: string; offers: readonly PlanOfferDto[] }) {
  const pages = usePages();
  return (
    <Part title={t('plan.offers')}>
      <ul class="plan-offers">
        <For
          each={props.offers}
          fallback={
            <li class="blank">
              <strong>{t('plan.none')}</strong>
              <span class="hint">{t('plan.none_hint')}</span>
              <button type="button" onClick={() => pages.open('plans')}>
                {t('plan.all')}
              </button>
            </li>
          }
        >
          {(offer) => <Offer caseId={props.caseId} offer={offer} />}
        </For>
      </ul>
    </Part>
  );
}

function Offer(props: { caseId: string; offer: PlanOfferDto }) {
  const desk = useDesk();
  const plans = usePlans();
  const [isOpen, setOpen] = createSignal(false);
  const plan = () => props.offer.plan;
  return (
    <li class="plan-offer">
      <p class="plan-line">
        <strong class="ellipsis" title={plan().name}>
          {plan().name}
        </strong>
        <Show when={props.offer.proposed}>
          {(response) => <span class="row-tag">{t('plan.proposed', { response: word('response', response()) })}</span>}
        </Show>
      </p>
      <p class="hint">{plan().about}</p>
      <div class="tool-acts">
        <Show when={desk.live()} fallback={<span class="hint">{t('event.past')}</span>}>
          <button
            type="button"
            aria-label={t('plan.start_name', { name: plan().name })}
            disabled={plans.busy() || props.offer.refused !== null}
            onClick={() => void plans.act(props.caseId, { act: 'start', plan: plan().id })}
          >
            {t('plan.start')}
          </button>
        </Show>
        <button type="button" class="quiet" aria-expanded={isOpen()} onClick={() => setOpen(!isOpen())}>
          {t('plan.look', { n: plan().steps.length })}
        </button>
      </div>
      <Show when={desk.live() && props.offer.refused}>
        {(refused) => <p class="hint">{deskRefusalWords(refused())}</p>}
      </Show>
      <Show when={isOpen()}>
        <PlanSheet plan={plan()} />
      </Show>
    </li>
  );
}
