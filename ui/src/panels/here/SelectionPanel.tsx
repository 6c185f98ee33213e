// What a box or a lasso holds: counts by kind and by state, and the first of the things themselves.

import './here.css';
import { For, Show } from 'solid-js';
import { Shape } from '../../parts/Shape';
import { VirtualRows } from '../../parts/VirtualRows';
import { sameTarget, useDesk } from '../../state/desk';
import { type SelectedItem, severityOf, usePointing } from '../../state/pointing';
import { createScale } from '../../state/scale';
import { ALARMING } from '../../state/severity';
import { markedName } from '../../state/standing';
import { t, word } from '../../state/texts';
import { age, quantity } from '../../state/time';

const ROW_DESIGN_PX = 28;

export function SelectionPanel() {
  const pointing = usePointing();
  return (
    <div class="drawer-page selection-page">
      <Show
        when={pointing.selection.total > 0}
        fallback={
          <div class="blank">
            <strong>{t('selection.empty')}</strong>
            <span class="hint">{t('selection.empty_hint')}</span>
          </div>
        }
      >
        <Summary />
        <Names />
      </Show>
    </div>
  );
}

function Summary() {
  const pointing = usePointing();
  const states = () => [
    ...ALARMING.map((severity, i) => ({ severity, count: pointing.selection.by_class[4 - i] ?? 0 })),
    { severity: 'normal' as const, count: pointing.selection.by_class[0] ?? 0 },
  ];
  const unreal = () => pointing.selection.by_class[5] ?? 0;
  return (
    <section class="selection-summary scrolls" aria-label={t('selection.title')}>
      <p class="selection-total num" role="status">
        {t('selection.total', { n: quantity(pointing.selection.total, 0) })}
      </p>
      <div class="tool-acts">
        <button type="button" onClick={() => pointing.visit()}>
          {t('selection.visit')}
        </button>
        <button type="button" onClick={() => pointing.clear()}>
          {t('selection.clear')} <kbd>Esc</kbd>
        </button>
        <button type="button" aria-pressed={pointing.adding()} onClick={() => pointing.setAdding(!pointing.adding())}>
          {t('selection.add')}
        </button>
      </div>
      <div class="selection-counts">
        <ul aria-label={t('selection.by_state')}>
          <For each={states().filter((one) => one.count > 0)}>
            {(one) => (
              <li>
                <Shape severity={one.severity} quiet />
                <span>{word('severity', one.severity)}</span>
                <span class="num">{quantity(one.count, 0)}</span>
              </li>
            )}
          </For>
          <Show when={unreal() > 0}>
            <li>
              <Shape severity="medium" quiet unreal />
              <span>{t('selection.unreal')}</span>
              <span class="num">{quantity(unreal(), 0)}</span>
            </li>
          </Show>
          <Show when={pointing.selection.late > 0}>
            <li class="old">
              <Shape severity="normal" quiet />
              <span>{t('selection.late')}</span>
              <span class="num">{quantity(pointing.selection.late, 0)}</span>
            </li>
          </Show>
        </ul>
        <ul aria-label={t('selection.by_kind')}>
          <For each={pointing.selection.by_kind}>
            {(one) => (
              <li>
                <span>{word('kind', one[0])}</span>
                <span class="num">{quantity(one[1], 0)}</span>
              </li>
            )}
          </For>
        </ul>
      </div>
    </section>
  );
}

function Names() {
  const desk = useDesk();
  const pointing = usePointing();
  const scale = createScale();
  return (
    <section class="selection-names" aria-label={t('selection.names')}>
      <Show when={pointing.selection.names.length < pointing.selection.total}>
        <p class="hint num">
          {t('selection.first', {
            n: pointing.selection.names.length,
            total: quantity(pointing.selection.total, 0),
          })}
        </p>
      </Show>
      <VirtualRows<SelectedItem>
        label={t('selection.names')}
        rows={pointing.selection.names}
        rowPx={ROW_DESIGN_PX * scale()}
        current={undefined}
        idPrefix="selected"
        onEnter={() => undefined}
        onLeave={() => undefined}
      >
        {(item) => (
          <div role="row" tabindex="-1">
            <button
              type="button"
              class="quiet selection-row"
              role="gridcell"
              aria-current={sameTarget(item.target, desk.selected())}
              onClick={() => desk.selectAndFly({ ...item.target })}
            >
              <Shape severity={severityOf(item.severity)} unreal={item.severity === 'unreal'} />
              <span class="ellipsis">{markedName(item.name, item.target, desk.update.events)}</span>
              <span class="hint ellipsis">{word('kind', item.kind)}</span>
              <span class="hint num">{item.at === null ? t('age.none') : age(desk.shown(), item.at)}</span>
            </button>
          </div>
        )}
      </VirtualRows>
    </section>
  );
}
