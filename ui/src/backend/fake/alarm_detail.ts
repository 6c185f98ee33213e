// What the sample city knows around an alarm: its neighbours, a network of a kind, cameras, people, earlier alarms.

import type { AlarmBeforeDto, AlarmDetailDto, AlarmNearDto, AlarmStepDto, SeverityDto } from '../../generated/wire';
import { MINUTE, SECOND } from '../../state/time';
import type { Entry } from './alarm_entries';
import { ruleAbout } from './alarm_load';
import type { Reading } from './card';
import { type FakeCity, limitOf, noise, type Sensor, severityAt } from './city';

/** Metres per degree around the sample city. */
const METRES = { lon: 91_800, lat: 111_000 } as const;
/** Kinds whose devices stand along a network. */
const NETWORKED = ['gas', 'water_level', 'manhole'];
const FORCES = ['供水抢修 3 组', '市政巡查 苏C·7F102', '网格员 赵倩', '消防 和平路站', '交警 铁骑 12'];

export function stepOf(at: number, verb: string, by: string, note: string, severity: SeverityDto | null): AlarmStepDto {
  return { at: Math.round(at), verb, by, note, severity };
}

/** Everything around `entry` but its row and what may be done to it. */
export function detailOf(
  city: FakeCity,
  entry: Entry,
  entries: readonly Entry[],
  reading: (sensor: Sensor) => Reading,
): Omit<AlarmDetailDto, 'row' | 'allowed' | 'max_shelve_s' | 'event_category' | 'event_category_name' | 'plans'> {
  const { sensor } = entry;
  const near = (one: Sensor): AlarmNearDto => {
    const { value } = reading(one);
    return {
      target: { kind: 'thing', id: one.id },
      name: one.name,
      kind: one.kind,
      distance_m: metresBetween(sensor, one),
      severity: severityAt(city, one, city.now),
      value: value === null ? '' : value.toFixed(1),
    };
  };
  const others = city.sensors.filter((one) => one !== sensor).map(near);
  const byDistance = (a: AlarmNearDto, b: AlarmNearDto) => a.distance_m - b.distance_m;
  const along = NETWORKED.includes(sensor.kind)
    ? others.filter((one) => one.kind === sensor.kind).sort(byDistance)
    : [];
  return {
    position: [sensor.lon, sensor.lat],
    series: sensor.id,
    about: ruleAbout(entry.rule),
    steps: [...entry.steps],
    consequences: entries
      .filter((one) => one.cause === entry.id)
      .slice(0, 50)
      .map((one) => ({
        ...near(one.sensor),
        name: one.name,
        severity: one.severity,
        value: (one.value ?? limitOf(one.sensor, one.severity)).toFixed(1),
      })),
    upstream: along.filter((_, i) => i % 2 === 0),
    downstream: along.filter((_, i) => i % 2 === 1),
    neighbours: others.sort(byDistance).slice(0, 12),
    cameras: city.cameras
      .map(
        (camera): AlarmNearDto => ({
          target: { kind: 'camera', id: camera.id },
          name: camera.name,
          kind: 'camera',
          distance_m: metresBetween(sensor, camera),
          severity: 'normal',
          value: '',
        }),
      )
      .sort(byDistance)
      .slice(0, 4),
    forces: FORCES.map(
      (name, i): AlarmNearDto => ({
        target: { kind: 'thing', id: city.sensors[i]?.id ?? '1' },
        name,
        kind: i % 2 === 0 ? 'person' : 'vehicle',
        distance_m: 180 + 340 * i + 90 * noise(Number(sensor.id), i),
        severity: 'normal',
        value: '',
      }),
    ),
    before: beforeOf(city, entry),
  };
}

function beforeOf(city: FakeCity, entry: Entry): AlarmBeforeDto[] {
  return city.episodes
    .filter((one) => one.sensor === entry.sensor && one.id !== entry.id && one.until < entry.from)
    .sort((a, b) => b.from - a.from)
    .slice(0, 10)
    .map((one) => ({
      since: Math.round(one.from),
      for_s: (one.until - one.from) / SECOND,
      severity: one.severity,
      acknowledged_after_s: one.acknowledgedBy === null ? null : (2 * MINUTE) / SECOND,
      comment: Number(one.id.slice(1)) % 3 === 0 ? '现场查看，无异常' : '',
    }));
}

function metresBetween(a: { lon: number; lat: number }, b: { lon: number; lat: number }): number {
  return Math.hypot((a.lon - b.lon) * METRES.lon, (a.lat - b.lat) * METRES.lat);
}
