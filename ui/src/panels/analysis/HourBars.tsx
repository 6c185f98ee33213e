// Cases by the hour of the day in which they happened, with the part that was too late.

import type { AnalysisDto } from '../../generated/wire';
import { barPath } from '../../state/alarm_load';
import { hoursOf } from '../../state/analysis_figures';
import { t } from '../../state/texts';
import { quantity } from '../../state/time';
import { Legend } from './DayChart';

const HEIGHT = 60;

export function HourBars(props: { analysis: AnalysisDto }) {
  const hours = () => hoursOf(props.analysis);
  const most = () => Math.max(1, ...hours().cases);
  const busiest = () => hours().cases.indexOf(most());
  return (
    <section class="analysis-hours" aria-label={t('analysis.by_hour')}>
      <h3>
        {t('analysis.by_hour')}{' '}
        <span class="hint num">
          {t('analysis.most_hour', { hour: `${Math.max(0, busiest())}:00`, n: quantity(most(), 0) })}
        </span>
      </h3>
      <svg
        class="analysis-hours-bars"
        viewBox={`0 0 24 ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t('analysis.by_hour_words', { hour: `${Math.max(0, busiest())}:00`, n: quantity(most(), 0) })}
      >
        <path class="analysis-cases" d={barPath(hours().cases, most() * 1.05, HEIGHT, () => true)} />
        <path class="analysis-late" d={barPath(hours().overdue, most() * 1.05, HEIGHT, () => true)} />
      </svg>
      <p class="analysis-hours-axis num hint" aria-hidden="true">
        <span>0:00</span>
        <span>6:00</span>
        <span>12:00</span>
        <span>18:00</span>
        <span>24:00</span>
      </p>
      <Legend />
    </section>
  );
}
