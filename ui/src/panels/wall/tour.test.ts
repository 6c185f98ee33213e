import { expect, test } from 'vitest';
import type { AlarmRow, EventRow } from '../../generated/wire';
import { GraveNews, type Interruption, startTour, stepTour } from './tour';

const alarm = (id: string, severity: AlarmRow['severity'] = 'critical') =>
  ({ id, thing_id: `t${id}`, severity, active: true }) as AlarmRow;
const event = (id: string, level: string) => ({ id, level, status: 'reported', standing: 'actual' }) as EventRow;
const grave: Interruption = { id: 'alarm 1', kind: 'alarm', alarm: alarm('1') };

test('views follow each other every thirty seconds and begin again', () => {
  const begun = startTour(0, 2);
  expect(begun.acts).toEqual([{ act: 'view', index: 0 }]);
  expect(stepTour(begun.tour, 29_000, 2, []).acts).toEqual([]);
  const second = stepTour(begun.tour, 30_000, 2, []);
  expect(second.acts).toEqual([{ act: 'view', index: 1 }]);
  expect(stepTour(second.tour, 60_000, 2, []).acts).toEqual([{ act: 'view', index: 0 }]);
});

test('something grave interrupts, and the same view returns by itself after twenty seconds', () => {
  const begun = startTour(0, 3);
  const cut = stepTour(begun.tour, 5000, 3, [grave]);
  expect(cut.acts).toEqual([{ act: 'fly', target: { kind: 'thing', id: 't1' } }]);
  expect(stepTour(cut.tour, 24_000, 3, []).tour.state).toBe('interrupted');
  const back = stepTour(cut.tour, 25_000, 3, []);
  expect(back.tour.state).toBe('touring');
  expect(back.acts).toEqual([{ act: 'view', index: 0 }]);
});

test('a city without views still interrupts', () => {
  const begun = startTour(0, 0);
  expect(begun.acts).toEqual([]);
  expect(stepTour(begun.tour, 1000, 0, [grave]).tour.state).toBe('interrupted');
});

test('what stood there at the beginning is not news; a new critical alarm or a level II event is, once', () => {
  const news = new GraveNews();
  expect(news.since([alarm('1')], [event('1', 'I')])).toEqual([]);
  expect(
    news
      .since([alarm('1'), alarm('2'), alarm('3', 'high')], [event('1', 'I'), event('2', 'II'), event('3', 'III')])
      .map((one) => one.id),
  ).toEqual(['event 2', 'alarm 2']);
  expect(news.since([alarm('1'), alarm('2')], [event('1', 'I'), event('2', 'II')])).toEqual([]);
});
