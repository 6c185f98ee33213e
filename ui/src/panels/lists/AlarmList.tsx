// Alarms: the desk of the present, or what stood at the moment shown.

import { Show } from 'solid-js';
import { useDesk } from '../../state/desk';
import { AlarmDesk } from '../alarms/AlarmDesk';
import { ShownAlarms } from './ShownAlarms';

export function AlarmList() {
  const desk = useDesk();
  return (
    <Show when={desk.past()} fallback={<AlarmDesk />}>
      <ShownAlarms />
    </Show>
  );
}
