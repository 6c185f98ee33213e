// Says in the top bar that the shift ends and the desk is to be handed over; leads there. Nothing before.

import './duty.css';
import { Show } from 'solid-js';
import { Shape } from '../../parts/Shape';
import { useDuty } from '../../state/duty';
import { usePages } from '../../state/pages';
import { t } from '../../state/texts';
import { shortTime } from '../../state/time';

export function DutyDue() {
  const duty = useDuty();
  const pages = usePages();
  return (
    <Show when={duty.board()?.is_handover_due === true ? duty.board()?.shift : undefined}>
      {(shift) => (
        <button
          type="button"
          class="duty-due num"
          title={t('duty.until', { time: shortTime(shift().until) })}
          onClick={() => {
            duty.setView('handover');
            pages.open('duty');
          }}
        >
          <Shape severity="high" quiet /> {t('duty.due')}
        </button>
      )}
    </Show>
  );
}
