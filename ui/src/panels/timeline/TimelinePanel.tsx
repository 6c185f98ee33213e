// The bottom of the desk: history at a glance, the handle on the clock, and what can be done with a stretch of it.

import './timeline.css';
import { t } from '../../state/texts';
import { Strip } from './Strip';
import { TrackArea } from './Track';
import { Transport } from './Transport';

export function TimelinePanel() {
  return (
    <section class="timeline" aria-label={t('time.region')}>
      <Strip />
      <div class="timeline-main">
        <Transport />
        <TrackArea />
      </div>
    </section>
  );
}
