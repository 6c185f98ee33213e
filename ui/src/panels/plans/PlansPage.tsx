// Every plan of the city, to be looked up before there is an event.

import './plans.css';
import { createEffect, createMemo, createSignal, For, on, Show } from 'solid-js';
import type { PlanDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { language, t } from '../../state/texts';
import { joined } from '../../state/time';
import { PlanSheet } from './PlanSheet';
import { createCategoryNames } from './parts';

export function PlansPage() {
  const desk = useDesk();
  const categoryName = createCategoryNames();
  const [plans, setPlans] = createSignal<PlanDto[]>();
  const [failure, setFailure] = createSignal<string>();
  const [text, setText] = createSignal('');
  const [chosen, setChosen] = createSignal<string>();

  function read(): void {
    void desk.backend.allPlans().then((result) => {
      setFailure(result.ok ? undefined : result.error.message);
      if (result.ok) {
        setPlans(result.value);
      }
    });
  }
  createEffect(on([language, () => desk.update.city], read));

  const found = createMemo(() => {
    const words = text().toLowerCase();
    return (plans() ?? []).filter((plan) => wordsOf(plan, categoryName).includes(words));
  });
  const isEmpty = () => plans()?.length === 0;
  const shown = () => found().find((plan) => plan.id === chosen()) ?? found()[0];
  return (
    <div class="page-inside plans-page">
      <div class="page-tools">
        <input
          type="search"
          class="strip-field"
          autocomplete="off"
          spellcheck={false}
          aria-label={t('plan.find')}
          placeholder={t('plan.find')}
          onInput={(event) => {
            if (!event.isComposing) {
              setText(event.currentTarget.value.trim());
            }
          }}
          onCompositionEnd={(event) => setText(event.currentTarget.value.trim())}
        />
        <span class="hint num" role="status">
          {t('plan.found', { n: found().length })}
        </span>
      </div>
      <Show
        when={plans()}
        fallback={
          <Show
            when={failure()}
            fallback={
              <div class="blank" aria-busy="true">
                <span class="hint">{t('card.loading')}</span>
              </div>
            }
          >
            {(message) => (
              <div class="blank" role="alert">
                <strong>{t('plan.failed', { message: message() })}</strong>
                <span class="hint">{t('plan.failed_hint')}</span>
                <button type="button" onClick={read}>
                  {t('app.retry')}
                </button>
              </div>
            )}
          </Show>
        }
      >
        <Show
          when={shown()}
          fallback={
            <div class="blank">
              <strong>{isEmpty() ? t('plan.empty') : t('plan.none_found')}</strong>
              <span class="hint">{isEmpty() ? t('plan.empty_hint') : t('plan.none_found_hint')}</span>
            </div>
          }
        >
          {(plan) => (
            <div class="plans-body">
              <div class="plans-list scrolls" role="region" tabindex="0" aria-label={t('plan.list')}>
                <ul>
                  <For each={found()}>
                    {(one) => (
                      <li>
                        <button
                          type="button"
                          class="quiet plans-row"
                          aria-current={one.id === plan().id}
                          onClick={() => setChosen(one.id)}
                        >
                          <span class="ellipsis">{one.name}</span>
                          <span class="hint ellipsis">{joined(one.categories.map(categoryName))}</span>
                        </button>
                      </li>
                    )}
                  </For>
                </ul>
              </div>
              <div class="plans-sheet scrolls" role="region" tabindex="0" aria-label={plan().name}>
                <h3>
                  {plan().name} <span class="hint">{plan().pack}</span>
                </h3>
                <PlanSheet plan={plan()} />
              </div>
            </div>
          )}
        </Show>
      </Show>
    </div>
  );
}

/** What a plan is found by. */
function wordsOf(plan: PlanDto, categoryName: (category: string) => string): string {
  return [plan.name, plan.about, plan.id, ...plan.categories.map(categoryName)].join(' ').toLowerCase();
}
