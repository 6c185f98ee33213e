// Who sees what in the sample city: by distance and direction; a few lines are blocked by a building, as the host would say it.

import type {
  CalibrationDto,
  CoverageAreaDto,
  CoverageDto,
  MosaicDto,
  MosaicForDto,
  SightDto,
  SightsDto,
  SightTargetDto,
  SuggestionDto,
  VideoVolumeDto,
} from '../../generated/wire';
import type { Result } from '../backend';
import type { SightBackend } from '../video';
import { type FakeCity, noise } from './city';
import type { FakeChannel } from './video_channels';
import { acted, type FakeRights, refusal, refusedAct } from './video_rights';

const METRES = { lon: 91_900, lat: 111_200 };
const MOST_ROWS = 50;
type LonLat = [number, number];

export interface FakeSightHost {
  city: FakeCity;
  calls: string[];
  channels(): readonly FakeChannel[];
  channel(id: string): FakeChannel | undefined;
  placeOf(kind: 'event' | 'alarm' | 'thing', id: string): LonLat | undefined;
  rights: FakeRights;
  isPast(): boolean;
  changed(): void;
}

export function volumeOf(one: FakeChannel): VideoVolumeDto {
  return {
    lens: [one.lon, one.lat, 42],
    azimuth_deg: one.azimuth,
    tilt_deg: 12,
    roll_deg: 0,
    fov_h_deg: one.fov,
    fov_v_deg: one.fov * 0.56,
    range_m: one.range,
    width_px: 1920,
    height_px: 1080,
    assumed: one.isAssumed ? ['height', 'azimuth', 'tilt', 'fov'] : ['height', 'tilt'],
    is_calibrated: false,
  };
}

export class FakeSight {
  private readonly calibrated = new Set<string>();
  revision = 0;

  constructor(private readonly host: FakeSightHost) {}

  isCalibrated(id: string): boolean {
    return this.calibrated.has(id);
  }

  backend(): SightBackend & { mosaicFor(ask: MosaicForDto): Promise<Result<MosaicDto>> } {
    const { host } = this;
    const done = <T>(call: string, value: T): Promise<Result<T>> => {
      host.calls.push(call);
      this.revision += 1;
      queueMicrotask(() => host.changed());
      return Promise.resolve({ ok: true, value });
    };
    return {
      whoSees: (target) => done(`whoSees ${target.kind}`, this.sights(target)),
      showSightLines: (target) =>
        done(
          `showSightLines ${target?.kind ?? 'nothing'}`,
          target === undefined ? { ...NO_SIGHTS } : this.sights(target),
        ),
      showVolumes: (ids) => done(`showVolumes ${ids.length}`, acted(ids.length)),
      coverage: (area) => done(`coverage ${area.cell_m}`, this.coverage(area)),
      clearCoverage: () => done('clearCoverage', undefined),
      routeCoverage: (path) => {
        const length = lengthOf(path);
        return done('routeCoverage', {
          is_with_obstacles: true,
          length_m: length,
          seen_share: 0.74,
          gaps: [
            { from_m: length * 0.21, to_m: length * 0.33 },
            { from_m: length * 0.7, to_m: length * 0.84 },
          ],
          cameras: this.nearest(path[0] ?? [0, 0], 4).map((one, i): [string, string, number, number] => [
            one.id,
            one.name,
            (length * i) / 4,
            (length * (i + 1)) / 4,
          ]),
          refused: path.length < 2 ? refusal('bad_path') : null,
        });
      },
      suggestCameras: (ask) =>
        done(`suggestCameras ${ask.count}`, {
          is_with_obstacles: true,
          rows: this.suggestions(ask.area, ask.count),
          seen_share: 0.68,
          refused: ask.area.ring.length < 3 ? refusal('bad_area') : null,
        }),
      calibrate: (id, points, save) => {
        if (save && !host.isPast()) {
          this.calibrated.add(id);
        }
        return done(`calibrate ${id} ${points.length} ${save}`, this.calibration(id, points.length, save));
      },
      undoCalibration: (id) => {
        this.calibrated.delete(id);
        return done(`undoCalibration ${id}`, this.calibration(id, 4, false));
      },
      savePreset: (id, preset) => done(`savePreset ${id} ${preset.number}`, acted(1)),
      deletePreset: (id, number) => done(`deletePreset ${id} ${number}`, number < 1 ? refusedAct('nothing') : acted(1)),
      mosaicFor: (ask) => done(`mosaicFor ${ask.target.kind} ${ask.size}`, this.mosaicFor(ask)),
    };
  }

  private placeOf(target: SightTargetDto): LonLat | undefined {
    switch (target.kind) {
      case 'point':
        return [target.lon, target.lat];
      case 'path':
        return target.path[0];
      case 'area':
        return middleOf(target.ring);
      case 'event':
      case 'alarm':
      case 'thing':
        return this.host.placeOf(target.kind, target.id);
    }
  }

  private sights(target: SightTargetDto): SightsDto {
    const place = this.placeOf(target);
    if (place === undefined) {
      return { ...NO_SIGHTS, refused: refusal('no_place') };
    }
    const rows = this.nearest(place, MOST_ROWS)
      .map((one, i) => this.sight(one, place, i))
      .sort((a, b) => Number(b.is_clear) - Number(a.is_clear) || b.score - a.score);
    const clear = rows.filter((row) => row.is_clear).length;
    return {
      is_with_obstacles: true,
      rows,
      clear,
      blocked: rows.length - clear,
      denied: 1,
      place: [place[0], place[1], 34],
      took_ms: 6.4,
      refused: null,
    };
  }

  private sight(one: FakeChannel, place: LonLat, i: number): SightDto {
    const far = metres([one.lon, one.lat], place);
    const isClear = i === 0 || (i % 3 !== 2 && noise(i, 501) < 0.7);
    const pixels = 1920 / Math.max(4, far);
    const parts = [
      { part: 'pixels', value: Math.min(1, pixels / 40), weight: 0.45 },
      { part: 'angle', value: 0.6, weight: 0.2 },
      { part: 'grade', value: one.grade === 0 ? 0.4 : 0.7, weight: 0.1 },
      { part: 'health', value: one.status === 'on' ? 1 : 0, weight: 0.25 },
    ];
    const score = parts.reduce((sum, part) => sum + part.value * part.weight, 0) * (isClear ? 1 : 0.3);
    const denied = this.host.rights.denied(one);
    return {
      id: one.id,
      name: one.name,
      is_clear: isClear,
      share: isClear ? 1 : 0,
      distance_m: far,
      pixels,
      incidence_deg: (Math.atan2(8, Math.max(1, far)) * 180) / Math.PI,
      bearing_deg: one.azimuth,
      blocked_by: isClear ? '' : `w${100 + i}`,
      blocked_by_name: isClear ? '' : '彭城大厦',
      blocked_at: isClear ? null : [(one.lon + place[0]) / 2, (one.lat + place[1]) / 2, 48],
      preset: one.ptz === 1 && i % 4 === 1 ? 3 : null,
      score,
      parts,
      is_assumed: one.isAssumed,
      is_healthy: one.status === 'on' && one.faults.length === 0,
      can_look: !denied.includes('live'),
      can_play_back: !denied.includes('playback'),
      category: one.category,
      grade: one.grade,
    };
  }

  private nearest(place: LonLat, count: number): FakeChannel[] {
    return this.host
      .channels()
      .filter((one) => !one.isSecret && one.status === 'on' && !this.host.rights.denied(one).includes('live'))
      .map((one) => ({ one, far: metres([one.lon, one.lat], place) }))
      .sort((a, b) => a.far - b.far)
      .slice(0, count)
      .map(({ one }) => one);
  }

  private mosaicFor(ask: MosaicForDto): MosaicDto {
    const place = this.placeOf(ask.target);
    const found = place === undefined ? [] : this.sights(ask.target).rows.filter((row) => row.is_clear);
    return {
      id: '',
      name: '',
      size: ask.size,
      cells: found
        .slice(0, ask.size)
        .map((row) => ({ camera: row.id, name: row.name, preset: row.preset ?? 0, is_denied: false })),
      follows: ask.target.kind === 'event' ? 'event' : 'nothing',
      event: ask.target.kind === 'event' ? ask.target.id : null,
      is_shared: false,
      by: '',
      saved_at: 0,
      is_mine: true,
      at: null,
      refused: place === undefined ? refusal('no_place') : null,
    };
  }

  private coverage(area: CoverageAreaDto): CoverageDto {
    const size = areaOf(area.ring);
    const shares = [0.24, 0.31, 0.22, 0.12, 0.07, 0.04];
    const [lon, lat] = middleOf(area.ring);
    return {
      area,
      is_with_obstacles: true,
      area_m2: size,
      blind_m2: size * 0.24,
      seen_share: 0.76,
      by_count_m2: shares.map((share) => share * size),
      cameras: 38,
      size: [Math.round(Math.sqrt(size) / area.cell_m), Math.round(Math.sqrt(size) / area.cell_m)],
      blind_spots: [0, 1, 2, 3, 4].map((i): [number, number, number] => [
        lon + 0.002 * (noise(i, 502) - 0.5),
        lat + 0.002 * (noise(i, 503) - 0.5),
        size * 0.05 * (1 - i / 6),
      ]),
      took_ms: 840,
      refused: area.ring.length < 3 ? refusal('bad_area') : null,
    };
  }

  private suggestions(area: CoverageAreaDto, count: number): SuggestionDto[] {
    const size = areaOf(area.ring);
    const [lon, lat] = middleOf(area.ring);
    return Array.from({ length: Math.min(20, count) }, (_, i) => ({
      volume: {
        lens: [lon + 0.003 * (noise(i, 504) - 0.5), lat + 0.003 * (noise(i, 505) - 0.5), 40] as [
          number,
          number,
          number,
        ],
        azimuth_deg: Math.round(360 * noise(i, 506)),
        tilt_deg: 15,
        roll_deg: 0,
        fov_h_deg: 90,
        fov_v_deg: 55,
        range_m: 120,
        width_px: 2560,
        height_px: 1440,
        assumed: [],
        is_calibrated: false,
      },
      stands_on: ['corner', 'pole', 'roof'][i % 3] ?? 'corner',
      gain_m2: size * 0.08 * 0.7 ** i,
      seen_share: Math.min(0.97, 0.68 + 0.08 * (1 - 0.7 ** (i + 1)) * 3),
    }));
  }

  private calibration(id: string, points: number, save: boolean): CalibrationDto {
    const channel = this.host.channel(id);
    const isEnough = points >= 4 && channel !== undefined;
    const field = (name: string, before: number, after: number, isHeld = false) => ({
      field: name,
      before,
      after,
      is_held: isHeld,
    });
    return {
      id,
      volume: channel === undefined ? null : { ...volumeOf(channel), is_calibrated: this.isCalibrated(id) },
      fields: isEnough
        ? [
            field('azimuth', channel.azimuth, channel.azimuth + 3.4),
            field('tilt', 12, 14.2),
            field('roll', 0, 0.6),
            field('fov', channel.fov, channel.fov - 1.8),
            field('up', 8, 8, true),
          ]
        : [],
      residuals_px: isEnough ? Array.from({ length: points }, (_, i) => 1 + 3 * noise(i, 507)) : [],
      rms_px: isEnough ? 2.4 : 0,
      is_saved: save && isEnough,
      can_undo: this.isCalibrated(id),
      refused: isEnough ? null : refusal('bad_points'),
    };
  }
}

const NO_SIGHTS: SightsDto = {
  is_with_obstacles: true,
  rows: [],
  clear: 0,
  blocked: 0,
  denied: 0,
  place: null,
  took_ms: 0,
  refused: null,
};

function metres(a: LonLat, b: LonLat): number {
  return Math.hypot((a[0] - b[0]) * METRES.lon, (a[1] - b[1]) * METRES.lat);
}

function middleOf(ring: readonly LonLat[]): LonLat {
  const count = Math.max(1, ring.length);
  return [ring.reduce((sum, [lon]) => sum + lon, 0) / count, ring.reduce((sum, [, lat]) => sum + lat, 0) / count];
}

function lengthOf(path: readonly LonLat[]): number {
  return path.slice(1).reduce((sum, place, i) => sum + metres(path[i] ?? place, place), 0);
}

function areaOf(ring: readonly LonLat[]): number {
  const twice = ring.reduce((sum, [lon, lat], i) => {
    const [nextLon, nextLat] = ring[(i + 1) % ring.length] ?? [lon, lat];
    return sum + (lon * nextLat - nextLon * lat) * METRES.lon * METRES.lat;
  }, 0);
  return Math.abs(twice) / 2;
}
