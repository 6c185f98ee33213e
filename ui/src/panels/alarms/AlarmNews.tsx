// Says aloud to a screen reader what a sighted person is told by tone and blinking: a new alarm of the top priority.

import { createSignal } from 'solid-js';
import { everyAtMost, useDesk } from '../../state/desk';
import { t, word } from '../../state/texts';
import { joined, quantity, unitWords } from '../../state/time';

/** In a flood one is said at a time. */
const SAY_MILLIS = 3000;

export function AlarmNews() {
  const desk = useDesk();
  const [words, setWords] = createSignal('');
  let said: string | undefined;
  everyAtMost(
    SAY_MILLIS,
    () => desk.update.live_alarms.newest?.id,
    () => {
      const { newest, counts } = desk.update.live_alarms;
      if (newest === null || newest.severity !== 'critical' || newest.id === said) {
        return;
      }
      said = newest.id;
      const value = `${quantity(newest.value)} ${unitWords(newest.unit)}`;
      setWords(
        t('alarms.news', { what: joined([newest.name, word('kind', newest.sensor_kind), value]), n: counts[0] }),
      );
    },
  );
  return (
    <p class="hidden-words alarm-news" aria-live="assertive">
      {words()}
    </p>
  );
}
