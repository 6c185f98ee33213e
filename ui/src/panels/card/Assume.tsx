// In a what-if: a value for this series, set by hand from the moment shown on.

import { createEffect, createSignal, on } from 'solid-js';
import type { SeriesDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { t } from '../../state/texts';
import { unitWords } from '../../state/time';

export function Assume(props: { series: SeriesDto }) {
  const desk = useDesk();
  const [text, setText] = createSignal('');
  createEffect(
    on(
      () => props.series.id,
      () => setText(''),
    ),
  );
  const value = () => (text().trim() === '' ? Number.NaN : Number(text().trim().replace(',', '.')));
  return (
    <form
      class="assume"
      onSubmit={(event) => {
        event.preventDefault();
        const branch = desk.branch();
        if (branch !== undefined && Number.isFinite(value())) {
          desk.attempt(desk.backend.assume(branch, props.series.id, value(), desk.shown()));
          setText('');
        }
      }}
    >
      <input
        type="text"
        inputmode="decimal"
        class="num"
        autocomplete="off"
        aria-label={t('branch.assume_name', { name: props.series.name })}
        placeholder={t('branch.assume_hint')}
        value={text()}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <span class="unit">{unitWords(props.series.unit)}</span>
      <button type="submit" disabled={!Number.isFinite(value())}>
        {t('branch.assume')}
      </button>
    </form>
  );
}
