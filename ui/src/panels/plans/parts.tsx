// Small pieces of the plans: forms that mind an input method, a list that could not be read, a place that is flown to.

import { createMemo, type JSX, Show } from 'solid-js';
import type { LonLat } from '../../backend/plans';
import { useCases } from '../../state/cases';
import type { Desk } from '../../state/desk';
import type { CaseRead } from '../../state/plans';
import { viewOf } from '../../state/pointing';
import { t, word } from '../../state/texts';

/** Some browsers end the composition before they tell of the Enter that ended it. */
const SOON_MILLIS = 30;
let composedAt = Number.NEGATIVE_INFINITY;

/** Told when an input method has put its words into a field. */
export function composed(): void {
  composedAt = performance.now();
}

export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229 || performance.now() - composedAt < SOON_MILLIS;
}

/** The keys of a form: Enter sends it, Escape gives it up; buttons keep their own Enter. */
export function formKeys(send: () => void, giveUp: () => void): (event: KeyboardEvent) => void {
  return (event) => {
    if (isComposing(event)) {
      return;
    }
    if (event.key === 'Escape') {
      event.preventDefault();
      giveUp();
    } else if (event.key === 'Enter' && !event.shiftKey && !(event.target instanceof HTMLButtonElement)) {
      event.preventDefault();
      send();
    }
  };
}

/** What a category is called: by the tables of the desk, else by the words that everybody knows. */
export function createCategoryNames(): (category: string) => string {
  const cases = useCases();
  const known = createMemo(() => new Map((cases.tables()?.categories ?? []).map((one) => [one.word, one.name])));
  return (category) => known().get(category) ?? word('category', category);
}

/** Flies to where all of `places` are seen. */
export function visit(desk: Desk, places: readonly LonLat[]): void {
  const view = viewOf(places.map(([lon, lat]) => ({ lon, lat })));
  if (view !== undefined) {
    desk.attempt(desk.backend.goToPlace({ ...view, heading_deg: Math.round(desk.twin.heading()) }));
  }
}

/** What is shown of something that was read, or why there is nothing. */
export function Read(props: { isKnown: boolean; read: CaseRead; children: JSX.Element }) {
  return (
    <Show
      when={props.isKnown}
      fallback={
        <Show
          when={props.read.failure()}
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
              <button type="button" onClick={() => props.read.read()}>
                {t('app.retry')}
              </button>
            </div>
          )}
        </Show>
      }
    >
      {props.children}
    </Show>
  );
}

/** A part of a tab, with its heading. */
export function Part(props: { title: string; children: JSX.Element }) {
  return (
    <section class="plan-part" aria-label={props.title}>
      <h3>{props.title}</h3>
      {props.children}
    </section>
  );
}
