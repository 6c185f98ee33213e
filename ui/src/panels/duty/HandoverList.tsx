// Handovers that were written, the newest first: who gave the desk to whom, and whether what they signed still holds.

import { For, onMount, Show } from 'solid-js';
import type { HandoverRowDto } from '../../generated/wire';
import { useDuty } from '../../state/duty';
import { t, word } from '../../state/texts';
import { quantity, stretch } from '../../state/time';
import { Waiting } from './parts';

export function HandoverList() {
  const { handing } = useDuty();
  onMount(handing.readRows);
  return (
    <div class="duty-fills scrolls" role="region" aria-label={t('duty.view_handovers')} tabindex="0">
      <Show when={handing.rows()} fallback={<Waiting failure={handing.rowsFailure()} onRetry={handing.readRows} />}>
        {(rows) => (
          <Show
            when={rows().length > 0}
            fallback={
              <div class="blank">
                <strong>{t('handover.list_none')}</strong>
                <span class="hint">{t('handover.list_none_hint')}</span>
              </div>
            }
          >
            <table class="page-table handover-list">
              <thead>
                <tr>
                  <th scope="col">{t('handover.shift')}</th>
                  <th scope="col">{t('handover.period')}</th>
                  <th scope="col">{t('handover.outgoing')}</th>
                  <th scope="col">{t('handover.incoming')}</th>
                  <th scope="col">{t('handover.items')}</th>
                  <th scope="col">{t('card.status')}</th>
                  <th scope="col">
                    <span class="hidden-words">{t('duty.acts')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                <For each={rows()}>{(row) => <Row row={row} />}</For>
              </tbody>
            </table>
          </Show>
        )}
      </Show>
    </div>
  );
}

function Row(props: { row: HandoverRowDto }) {
  const duty = useDuty();
  const period = () => stretch(props.row.from, props.row.until);
  return (
    <tr>
      <td>{props.row.shift_name}</td>
      <td class="num">{period()}</td>
      <td>{props.row.outgoing}</td>
      <td>{props.row.incoming}</td>
      <td class="num">{quantity(props.row.items, 0)}</td>
      <td>
        {word('handover.state', props.row.state)}
        <Show when={!props.row.is_intact}>
          {' '}
          <strong class="duty-overdue">{t('handover.not_intact')}</strong>
        </Show>
      </td>
      <td class="log-acts">
        <button
          type="button"
          class="quiet"
          aria-label={t('duty.open_name', { name: `${props.row.shift_name} ${period()}` })}
          onClick={() => {
            // The one under way goes on where it stands.
            duty.handing.show(props.row.state === 'done' ? props.row.id : undefined);
            duty.setView('handover');
          }}
        >
          {t('duty.open_it')}
        </button>
      </td>
    </tr>
  );
}
