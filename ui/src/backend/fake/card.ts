// How the sample city fills a card: buildings, devices, cameras, events.

import type { Card, EventRow, FreshnessDto, NearCameraDto, Target } from '../../generated/wire';
import { SECOND } from '../../state/time';
import type { Result } from '../backend';
import { type CityEvent, FAKE_NOW, type FakeCamera, type FakeCity, type Sensor, severityAt } from './city';
import clipUrl from './clip.webm?url';
import { limitsOf, qualityAt } from './history';
import { BUILDINGS } from './work';

export interface Reading {
  value: number | null;
  happenedAt: number | null;
  freshness: FreshnessDto;
}

/** What a card sees of the desk. */
export interface Seen {
  city: FakeCity;
  shown: number;
  reading(sensor: Sensor): Reading;
  /** An event as it stood, with what was changed here. */
  eventAt(event: CityEvent, at: number): EventRow;
  /** True for a series whose value somebody set by hand in the branch that is shown. */
  isAssumed(series: string): boolean;
}

/** The card of `target` at the moment that `seen` shows. */
export function cardOf(target: Target, seen: Seen): Result<Card> {
  const { city, shown } = seen;
  const blank = { series: [], camera: null, event: null, cameras: [], attributes: [], origin: null, related: [] };
  const building = target.kind === 'feature' ? BUILDINGS.find((one) => one.id === target.id) : undefined;
  if (building !== undefined) {
    const { id, name, lon, lat } = building;
    const next = BUILDINGS.find((one) => one.id === `w${Number(id.slice(1)) + 1}`);
    const attributes: [string, string][] = [
      ['类别', '建筑'],
      ['高度', `${building.height} m`],
      ['高度来源', '实测或标注'],
      ['层数', String(building.levels)],
      ['用途', building.use],
    ];
    return {
      ok: true,
      value: {
        ...blank,
        target,
        name,
        kind: 'building',
        code: id,
        lon,
        lat,
        cameras: near(city, lon, lat),
        attributes,
        origin: {
          source: '徐州市基础测绘 1:500',
          licence: '内部使用',
          epoch: '2025-06-30',
          cim_level: 'CIM2',
          crs: 'EPSG:4548',
          is_synthetic: false,
        },
        related:
          next === undefined
            ? []
            : [{ target: { kind: 'feature', id: next.id }, name: next.name, kind: 'building_part', is_whole: false }],
      },
    };
  }
  const sensor = target.kind === 'thing' ? city.sensors.find((s) => s.id === target.id) : undefined;
  if (sensor !== undefined) {
    const reading = seen.reading(sensor);
    const { name, kind, code, lon, lat, unit } = sensor;
    const isAssumed = seen.isAssumed(sensor.id);
    const quality = isAssumed
      ? ('estimated' as const)
      : reading.freshness === 'fresh'
        ? qualityAt(sensor, shown)
        : reading.freshness;
    const severity = severityAt(city, sensor, shown);
    const series = [
      {
        id: sensor.id,
        name: '实时值',
        unit,
        value: reading.value,
        happened_at: reading.happenedAt,
        freshness: reading.freshness,
        severity,
        limits: limitsOf(sensor),
        quality,
        known_at: reading.happenedAt,
      },
      {
        id: `${sensor.id}-battery`,
        name: '电池',
        unit: '%',
        value: 86,
        happened_at: reading.happenedAt,
        freshness: reading.freshness,
        severity: 'normal' as const,
        limits: [],
        quality: 'good' as const,
        known_at: reading.happenedAt,
      },
    ];
    const attributes: [string, string][] = [
      ['厂商', '示例仪表'],
      ['型号', `CM-${kind.toUpperCase()}-2`],
      ['安装', '2025-04-18'],
      ['上报周期', `${sensor.period} s`],
      ['权属', '市城市管理局'],
      ['网格', '320302 003 012 005'],
    ];
    return {
      ok: true,
      value: { ...blank, target, name, kind, code, lon, lat, series, cameras: near(city, lon, lat), attributes },
    };
  }
  const camera = target.kind === 'camera' ? city.cameras.find((c) => c.id === target.id) : undefined;
  if (camera !== undefined) {
    const { name, id, lon, lat } = camera;
    const attributes: [string, string][] = [
      ['协议', 'GB/T 28181-2022'],
      ['行业', '社会治安'],
    ];
    return {
      ok: true,
      value: {
        ...blank,
        target,
        name,
        kind: 'camera',
        code: id,
        lon,
        lat,
        camera: cameraDto(camera),
        cameras: [],
        attributes,
      },
    };
  }
  const event = target.kind === 'event' ? city.events.find((e) => e.id === target.id) : undefined;
  if (event !== undefined) {
    const { title, id, lon, lat } = event;
    const attributes: [string, string][] = [
      ['办理时限', '1 小时'],
      ['责任单位', '市政管理处'],
    ];
    return {
      ok: true,
      value: {
        ...blank,
        target,
        name: title,
        kind: 'event',
        code: `SJ20261121${id.padStart(6, '0')}`,
        lon,
        lat,
        event: seen.eventAt(event, shown),
        cameras: near(city, lon, lat),
        attributes,
      },
    };
  }
  return { ok: false, error: { code: 'not_found', message: `${target.kind} ${target.id}` } };
}

function near(city: FakeCity, lon: number, lat: number): NearCameraDto[] {
  return city.cameras
    .map((camera) => ({ camera, distance: Math.hypot((camera.lon - lon) * 91_800, (camera.lat - lat) * 111_000) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 4)
    .map(({ camera, distance }, i) => ({
      id: camera.id,
      name: camera.name,
      distance_m: distance,
      in_view: i < 2,
      camera: cameraDto(camera),
      sight: i === 0 ? 'clear' : i === 1 ? 'blocked' : 'unknown',
      can_look: true,
    }));
}

/** An event as it stood at a moment. */
export function eventRow(event: CityEvent, at: number): EventRow {
  const severity = ({ I: 'critical', II: 'high', III: 'medium', IV: 'low' } as const)[event.level];
  const status = at >= event.closedFrom ? 'closed' : at >= event.handledFrom ? 'handling' : 'reported';
  const { id, title, category, level, source } = event;
  const standing = event.standing ?? 'actual';
  return { id, title, category, level, severity, status, happened_at: event.from, source, standing, unsynced: false };
}

function cameraDto(camera: FakeCamera) {
  const from = FAKE_NOW - 20 * 60 * SECOND;
  const url = camera.clip === 'broken' ? 'http://127.0.0.1:9/clips/gone.webm' : new URL(clipUrl, location.href).href;
  return {
    on: camera.on,
    azimuth_deg: camera.azimuth,
    fov_deg: camera.fov,
    range_m: camera.range,
    category: camera.category,
    clips: camera.clip === 'none' ? [] : [{ url, from, to: from + 60 * SECOND }],
  };
}
