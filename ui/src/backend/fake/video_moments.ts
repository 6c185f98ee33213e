// Clips and detections of the sample city's cameras over the last day.

import type {
  LaneDto,
  LanesDto,
  LanesQueryDto,
  MomentImportDto,
  MosaicDto,
  VideoKindDto,
  VideoMomentDto,
  VideoMomentQueryDto,
} from '../../generated/wire';
import { either } from '../../state/texts';
import { DAY, MINUTE, SECOND } from '../../state/time';
import type { Result } from '../backend';
import type { VideoMomentsBackend } from '../video';
import { noise } from './city';
import { type FakeChannel, words } from './video_channels';
import { type FakeRights, refusal } from './video_rights';

const KIND_ROWS = [
  ['clip', '录像', 'Clip'],
  ['motor_vehicle', '机动车', 'Vehicle'],
  ['person', '人员', 'Person'],
  ['non_motor_vehicle', '非机动车', 'Bicycle'],
] as const;
const COLOURS = [
  ['1', '黑', 'black'],
  ['2', '白', 'white'],
  ['5', '红', 'red'],
  ['6', '蓝', 'blue'],
] as const;
const MOMENTS = 600;

export interface FakeMomentsHost {
  calls: string[];
  now(): number;
  channels(): readonly FakeChannel[];
  rights: FakeRights;
  setTime(time: number): void;
  changed(): void;
}

export function kindTable(): VideoKindDto[] {
  return KIND_ROWS.map(([code, zh, en]) => ({
    code,
    name: either({ zh, en }),
    attributes:
      code === 'clip'
        ? []
        : [
            { code: 'colour', name: either({ zh: '颜色', en: 'Colour' }), values: words(COLOURS) },
            ...(code === 'motor_vehicle'
              ? [{ code: 'plate', name: either({ zh: '号牌', en: 'Plate' }), values: [] }]
              : []),
          ],
  }));
}

interface Held {
  kind: string;
  channel: FakeChannel;
  id: string;
  from: number;
  to: number;
  colour: string;
  plate: string;
  confidence: number;
}

export class FakeMoments {
  private readonly all: Held[];
  revision = 0;

  constructor(private readonly host: FakeMomentsHost) {
    const cameras = host.channels().slice(0, 60);
    const now = Math.round(host.now());
    this.all = Array.from({ length: cameras.length === 0 ? 0 : MOMENTS }, (_, i): Held => {
      const channel = cameras[Math.floor(noise(i, 601) * cameras.length)] as FakeChannel;
      const kind = KIND_ROWS[Math.floor(noise(i, 602) * KIND_ROWS.length)]?.[0] ?? 'clip';
      const from = now - Math.floor(noise(i, 603) * DAY) - MINUTE;
      return {
        id: `vm-${i}`,
        kind,
        channel,
        from,
        to: from + (kind === 'clip' ? 20 * MINUTE : 3 * SECOND),
        colour: COLOURS[i % COLOURS.length]?.[0] ?? '1',
        plate: kind === 'motor_vehicle' ? `苏C${String(10_000 + Math.floor(89_000 * noise(i, 604)))}` : '',
        confidence: 0.6 + 0.4 * noise(i, 605),
      };
    }).sort((a, b) => b.from - a.from);
  }

  count(): number {
    return this.all.length;
  }

  backend(): VideoMomentsBackend {
    const answer = <T>(value: T): Promise<Result<T>> => Promise.resolve({ ok: true, value });
    return {
      videoMoments: (query) => {
        const found = this.all.filter((one) => fits(one, query));
        return answer({
          total: found.length,
          offset: query.offset,
          rows: found.slice(query.offset, query.offset + query.limit).map((one) => this.dto(one)),
        });
      },
      momentLanes: (query) => answer(this.lanes(query)),
      importMoments: (path) => {
        this.host.calls.push(`importMoments ${path}`);
        this.revision += 1;
        queueMicrotask(() => this.host.changed());
        const isRead = path.endsWith('.jsonl');
        const report: MomentImportDto = {
          read: isRead ? 240 : 0,
          added: isRead ? 236 : 0,
          changed: 0,
          same: isRead ? 2 : 0,
          rejected: isRead ? 2 : 0,
          rejects: isRead
            ? [
                ['17', 'no camera'],
                ['203', 'not JSON'],
              ]
            : [],
          forgotten: 0,
          refused: isRead ? null : refusal('nothing'),
        };
        return answer(report);
      },
      goToMoment: (id, size) => {
        this.host.calls.push(`goToMoment ${id} ${size}`);
        return answer(this.around(id, size));
      },
    };
  }

  private around(id: string, size: number): MosaicDto {
    const moment = this.all.find((one) => one.id === id);
    const base: MosaicDto = {
      id: '',
      name: '',
      size,
      cells: [],
      follows: 'clock',
      event: null,
      is_shared: false,
      by: '',
      saved_at: 0,
      is_mine: true,
      at: null,
      refused: null,
    };
    if (moment === undefined) {
      return { ...base, refused: refusal('nothing') };
    }
    this.host.setTime(moment.from);
    const others = this.host
      .channels()
      .filter(
        (one) => one !== moment.channel && one.status === 'on' && !this.host.rights.denied(one).includes('playback'),
      )
      .map((one) => ({ one, far: Math.hypot(one.lon - moment.channel.lon, one.lat - moment.channel.lat) }))
      .sort((a, b) => a.far - b.far)
      .map(({ one }) => one);
    return {
      ...base,
      at: moment.from,
      cells: [moment.channel, ...others]
        .slice(0, size)
        .map((one) => ({ camera: one.id, name: one.name, preset: 0, is_denied: false })),
    };
  }

  private lanes(query: LanesQueryDto): LanesDto {
    const width = (query.to - query.from) / Math.max(1, query.bins);
    const lanes = KIND_ROWS.filter(([kind]) => query.kinds.length === 0 || query.kinds.includes(kind)).map(
      ([kind, zh, en]): LaneDto => {
        const counts = Array.from({ length: query.bins }, () => 0);
        for (const one of this.all) {
          const bin = Math.floor((one.from - query.from) / width);
          const isWanted = query.cameras.length === 0 || query.cameras.includes(one.channel.id);
          if (one.kind === kind && isWanted && bin >= 0 && bin < counts.length) {
            counts[bin] = (counts[bin] ?? 0) + 1;
          }
        }
        return { kind, name: either({ zh, en }), counts };
      },
    );
    return { from: query.from, to: query.to, lanes };
  }

  private dto(one: Held): VideoMomentDto {
    const kind = KIND_ROWS.find(([code]) => code === one.kind);
    const colour = COLOURS.find(([code]) => code === one.colour);
    const attributes: [string, string][] = [
      [either({ zh: '颜色', en: 'Colour' }), colour === undefined ? '' : either({ zh: colour[1], en: colour[2] })],
      ...(one.plate === '' ? [] : [[either({ zh: '号牌', en: 'Plate' }), one.plate] as [string, string]]),
    ];
    const isClip = one.kind === 'clip';
    return {
      id: one.id,
      camera: one.channel.id,
      name: one.channel.name,
      kind: one.kind,
      kind_name: kind === undefined ? one.kind : either({ zh: kind[1], en: kind[2] }),
      from: one.from,
      to: one.to,
      place: [one.channel.lon, one.channel.lat],
      attributes: isClip ? [] : attributes,
      area: isClip ? null : [0.4, 0.45, 0.55, 0.7],
      confidence: isClip ? null : one.confidence,
      source: isClip ? 'nvr' : 'analytics',
      can_look: !this.host.rights.denied(one.channel).includes('playback'),
    };
  }
}

function fits(one: Held, query: VideoMomentQueryDto): boolean {
  return (
    one.to >= (query.from ?? 0) &&
    one.from <= (query.to ?? Number.POSITIVE_INFINITY) &&
    (query.kinds.length === 0 || query.kinds.includes(one.kind)) &&
    (query.cameras.length === 0 || query.cameras.includes(one.channel.id)) &&
    (query.min_confidence === null || one.kind === 'clip' || one.confidence >= query.min_confidence) &&
    (query.area.length < 3 || isWithin(query.area, one.channel)) &&
    query.attributes.every(([name, value]) => (name === 'plate' ? one.plate.includes(value) : one.colour === value))
  );
}

export function isWithin(ring: readonly (readonly [number, number])[], place: { lon: number; lat: number }): boolean {
  let inside = false;
  for (const [i, [lon, lat]] of ring.entries()) {
    const [beforeLon, beforeLat] = ring[(i + ring.length - 1) % ring.length] ?? [lon, lat];
    const crosses = lat > place.lat !== beforeLat > place.lat;
    if (crosses && place.lon < ((beforeLon - lon) * (place.lat - lat)) / (beforeLat - lat) + lon) {
      inside = !inside;
    }
  }
  return inside;
}
