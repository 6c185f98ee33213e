// The video index of the sample city: a catalogue of 1 200 channels with rights, repairs and imports, and everything around it.
//
// Plausible, not exact: what a right is, what a camera sees and how a file is read is Rust's business.

import type {
  ImportReportDto,
  VideoBoardDto,
  VideoChannelDto,
  VideoHealthByDto,
  VideoHealthDto,
  VideoNodeDto,
  VideoPageDto,
  VideoPointsDto,
  VideoProposalDto,
  VideoQueryDto,
  VideoRateDto,
  VideoRefusalDto,
  VideoRowDto,
  VideoTablesDto,
  VideoTreeDto,
  VideoTreePageDto,
  VideoWorkActDto,
  VideoWorkDto,
} from '../../generated/wire';
import { matchWords } from '../../state/spelling';
import { either } from '../../state/texts';
import { HOUR } from '../../state/time';
import type { Result } from '../backend';
import type { CatalogueBackend, VideoBackend } from '../video';
import { type FakeCity, noise } from './city';
import { spelt } from './pinyin';
import {
  CATEGORIES,
  channelsOf,
  codeOf,
  type FakeChannel,
  type FakeGroup,
  fieldsOf,
  GRADES,
  groupsOf,
  PTZ_TYPES,
  sourceNames,
  tagNames,
  words,
} from './video_channels';
import { FakeMoments, isWithin, kindTable } from './video_moments';
import {
  ACTION_ROWS,
  acted,
  FakeRights,
  MOST_GRANT_HOURS,
  PURPOSE_ROWS,
  ROLE_ROWS,
  refusal,
  refusedAct,
} from './video_rights';
import { FakeSight, volumeOf } from './video_sight';
import { FakeViews } from './video_views';

export interface FakeVideoHost {
  city: FakeCity;
  calls: string[];
  operator(): string;
  /** The role in which whoever sits here acts. */
  role(): string;
  now(): number;
  isPast(): boolean;
  setTime(time: number): void;
  pulse(): void;
}

const FAULT_ROWS = [
  ['late', '状态迟到', 'Late'],
  ['moved', '位置变动', 'Moved'],
  ['image_fault', '图像异常', 'Image fault'],
] as const;
const IMPORT_FIELDS = [
  ['DeviceID', '国标编码', 'Identity'],
  ['Name', '名称', 'Name'],
  ['Longitude', '经度', 'Longitude'],
  ['Latitude', '纬度', 'Latitude'],
  ['CivilCode', '行政区', 'Division'],
  ['Address', '安装地址', 'Address'],
  ['Manufacturer', '厂商', 'Manufacturer'],
  ['Status', '状态', 'Status'],
] as const;

export class FakeVideo {
  private all: FakeChannel[];
  private byId: Map<string, FakeChannel>;
  private before: FakeChannel[] | undefined;
  private readonly rights: FakeRights;
  private readonly views: FakeViews;
  private readonly sight: FakeSight;
  private readonly moments: FakeMoments;
  private readonly repairs = new Map<string, { isOpened: boolean; by: string; at: number; note: string }>();
  private catalogue = 1;
  private desk = 1;

  constructor(private readonly host: FakeVideoHost) {
    this.all = channelsOf(host.city);
    this.byId = new Map(this.all.map((one) => [one.id, one]));
    const common = {
      calls: host.calls,
      now: () => host.now(),
      isPast: () => host.isPast(),
      operator: () => host.operator(),
      channels: () => this.all,
      channel: (id: string) => this.byId.get(id),
      changed: () => {
        this.desk += 1;
        host.pulse();
      },
    };
    this.rights = new FakeRights({ ...common, role: () => host.role() });
    this.views = new FakeViews({ ...common, rights: this.rights });
    this.sight = new FakeSight({
      ...common,
      city: host.city,
      rights: this.rights,
      placeOf: (kind, id) => this.placeOf(kind, id),
    });
    this.moments = new FakeMoments({ ...common, rights: this.rights, setTime: (time) => host.setTime(time) });
  }

  board(): VideoBoardDto {
    const listed = this.all;
    return {
      catalogue_revision: this.catalogue,
      desk_revision: this.desk,
      views_revision: this.views.revision,
      moments_revision: this.moments.revision,
      channels: listed.length,
      online: listed.filter((one) => one.status === 'on').length,
      views: this.views.count(),
      max_views: this.views.most,
      moments: this.moments.count(),
      obstacles: listed.length === 0 ? { kind: 'none' } : { kind: 'ready', triangles: 412_380, missing: 0 },
      has_helper: true,
    };
  }

  backend(): VideoBackend {
    const { host } = this;
    const answer = <T>(value: T): Promise<Result<T>> => Promise.resolve({ ok: true, value });
    const tell = <T>(call: string, value: T): Promise<Result<T>> => {
      host.calls.push(call);
      this.desk += 1;
      queueMicrotask(() => host.pulse());
      return answer(value);
    };
    return {
      ...this.catalogueBackend(answer, tell),
      ...this.views.backend(),
      ...this.sight.backend(),
      ...this.moments.backend(),
      rightsMatrix: () => answer(this.rights.matrix()),
      askRight: (id, action, purpose) => {
        const one = this.byId.get(id);
        return one === undefined ? notFound(id) : answer(this.rights.right(one, action, purpose));
      },
      videoGrants: () => answer(this.rights.list()),
      giveGrant: (draft) => tell(`giveGrant ${draft.role ?? draft.person ?? ''}`, this.rights.give(draft)),
      revokeGrant: (id, reason) => tell(`revokeGrant ${id}`, this.rights.revoke(id, reason)),
      videoAudit: (query) => answer(this.rights.audit(query)),
    };
  }

  private catalogueBackend(
    answer: <T>(value: T) => Promise<Result<T>>,
    tell: <T>(call: string, value: T) => Promise<Result<T>>,
  ): CatalogueBackend {
    return {
      videoBoard: () => answer(this.board()),
      videoTables: () => answer(this.tables()),
      videoTree: (tree, node, offset, limit) => answer(this.page(tree, node, offset, limit)),
      videoSearch: (query) => answer(this.search(query)),
      videoPoints: (query, columns, rows) => answer(this.points(query, columns, rows)),
      videoChannel: (id) => {
        const one = this.byId.get(id);
        return one === undefined ? notFound(id) : answer(this.detail(one));
      },
      proposeMapping: (path) => tell(`proposeMapping ${path}`, proposal(path)),
      importChannels: (path, _mapping, dryRun) => tell(`importChannels ${path} ${dryRun}`, this.readFile(path, dryRun)),
      undoImport: () => {
        const before = this.before;
        if (before === undefined) {
          return tell('undoImport', refusedAct('nothing'));
        }
        const changed = this.all.length - before.length;
        this.before = undefined;
        this.use(before);
        return tell('undoImport', acted(changed));
      },
      gradeChannels: (ids, category, grade) =>
        tell(
          `gradeChannels ${ids.length} ${category} ${grade}`,
          this.changeEach(
            ids,
            (one) => ({ ...one, category: category ?? one.category, grade: grade ?? one.grade }),
            'camera_graded',
          ),
        ),
      tagChannels: (ids, add, remove) =>
        tell(
          `tagChannels ${ids.length} +${add.join()} -${remove.join()}`,
          this.changeEach(
            ids,
            (one) => ({ ...one, tags: [...new Set([...one.tags, ...add])].filter((tag) => !remove.includes(tag)) }),
            'camera_graded',
          ),
        ),
      videoHealth: (by) => answer(this.health(by)),
      videoWorks: (offset, limit) => {
        const works = this.works();
        return answer({ total: works.length, rows: works.slice(offset, offset + limit) });
      },
      actOnVideoWork: (act) => tell(`actOnVideoWork ${act.id} ${act.is_opened}`, this.repair(act)),
    };
  }

  private placeOf(kind: 'event' | 'alarm' | 'thing', id: string): [number, number] | undefined {
    const { city } = this.host;
    const found =
      kind === 'event'
        ? city.events.find((one) => one.id === id)
        : kind === 'alarm'
          ? city.episodes.find((one) => one.id === id)?.sensor
          : city.sensors.find((one) => one.id === id);
    return found === undefined ? (kind === 'event' ? [117.185, 34.245] : undefined) : [found.lon, found.lat];
  }

  private use(channels: FakeChannel[]): void {
    this.all = channels;
    this.byId = new Map(channels.map((one) => [one.id, one]));
    this.catalogue += 1;
  }

  private changeEach(ids: readonly string[], change: (one: FakeChannel) => FakeChannel, kind: string) {
    if (this.host.isPast()) {
      return refusedAct('past');
    }
    const wanted = new Set(ids);
    const left: [string, string][] = [];
    let changed = 0;
    const next = this.all.map((one) => {
      if (!wanted.has(one.id)) {
        return one;
      }
      if (one.isSecret) {
        left.push([one.id, either({ zh: '涉密，不能在此更改', en: 'secret' })]);
        return one;
      }
      changed += 1;
      return change(one);
    });
    this.use(next);
    this.rights.note({ kind, note: String(changed) });
    return { ...acted(changed), left: left.slice(0, 100) };
  }

  private row(one: FakeChannel, matched: [number, number][] = []): VideoRowDto {
    const denied = this.rights.denied(one);
    return {
      id: one.id,
      name: one.name,
      status: one.status,
      faults: one.faults,
      ptz_type: one.ptz,
      category: one.category,
      grade: one.grade,
      is_secret: one.isSecret,
      place: denied.includes('see_place') ? null : [one.lon, one.lat],
      division: this.groupName('civil', one.division),
      address: one.address,
      tags: one.tags,
      denied,
      matched,
    };
  }

  private groupName(tree: VideoTreeDto, id: string): string {
    return groupsOf(tree).find((group) => group.id === id)?.name ?? id;
  }

  private keyOf(tree: VideoTreeDto, one: FakeChannel): string {
    return tree === 'civil' ? one.division : one.organisation;
  }

  /** The group and those above it. */
  private above(groups: readonly FakeGroup[], id: string): FakeGroup[] {
    const group = groups.find((one) => one.id === id);
    return group === undefined ? [] : [...this.above(groups, group.parent), group];
  }

  private under(tree: VideoTreeDto, node: string): FakeChannel[] {
    const groups = groupsOf(tree);
    return this.all.filter((one) => this.above(groups, this.keyOf(tree, one)).some((group) => group.id === node));
  }

  private page(tree: VideoTreeDto, node: string, offset: number, limit: number): VideoTreePageDto {
    const groups = this.all.length === 0 ? [] : groupsOf(tree);
    const children = groups.filter((group) => group.parent === node);
    const counted = children.map((group) => ({ group, channels: this.under(tree, group.id) }));
    const rows: VideoNodeDto[] = [
      ...counted.map(
        ({ group, channels }): VideoNodeDto => ({
          id: group.id,
          name: group.name,
          kind: group.kind,
          children: groups.filter((one) => one.parent === group.id).length + channels.length,
          channels: channels.length,
          online: channels.filter((one) => one.status === 'on').length,
          is_implied: group.isImplied,
          channel: null,
        }),
      ),
      ...this.all
        .filter((one) => this.keyOf(tree, one) === node)
        .sort((a, b) => a.name.localeCompare(b.name, 'zh-CN'))
        .map(
          (one): VideoNodeDto => ({
            id: one.id,
            name: one.name,
            kind: 'channel',
            children: 0,
            channels: 1,
            online: one.status === 'on' ? 1 : 0,
            is_implied: false,
            channel: this.row(one),
          }),
        ),
    ];
    return {
      node,
      above: this.above(groups, node).map((group): [string, string] => [group.id, group.name]),
      total: rows.length,
      offset,
      rows: rows.slice(offset, offset + limit),
    };
  }

  private found(query: VideoQueryDto): { one: FakeChannel; lies: number; ranges: [number, number][] }[] {
    const within = query.node === null ? this.all : this.under(query.tree, query.node);
    const any = <T>(list: readonly T[], one: T) => list.length === 0 || list.includes(one);
    const { bounds } = query;
    return within
      .filter(
        (one) =>
          any(query.statuses, one.status) &&
          any(query.ptz_types, one.ptz) &&
          any(query.categories, one.category) &&
          any(query.grades, one.grade) &&
          any(query.sources, one.source) &&
          (query.tags.length === 0 || query.tags.some((tag) => one.tags.includes(tag))) &&
          query.has_place !== false &&
          (query.area.length < 3 || isWithin(query.area, one)) &&
          (bounds === null ||
            (one.lon >= bounds[0] && one.lat >= bounds[1] && one.lon <= bounds[2] && one.lat <= bounds[3])),
      )
      .flatMap((one) => {
        if (query.text === '') {
          return [{ one, lies: 0, ranges: [] }];
        }
        const match = matchWords(one.name, spelt(one.name), query.text);
        const isCode = one.id.startsWith(query.text) || one.address.includes(query.text);
        return match === undefined && !isCode
          ? []
          : [{ one, lies: match?.lies ?? 1, ranges: (match?.ranges ?? []).map(([a, b]): [number, number] => [a, b]) }];
      });
  }

  private search(query: VideoQueryDto): VideoPageDto {
    const found = this.found(query);
    const ordered = query.text === '' ? found : [...found].sort((a, b) => a.lies - b.lies);
    return {
      total: found.length,
      is_total_exact: true,
      offset: query.offset,
      rows: ordered.slice(query.offset, query.offset + query.limit).map(({ one, ranges }) => this.row(one, ranges)),
      revision: this.catalogue,
    };
  }

  private points(query: VideoQueryDto, columns: number, rows: number): VideoPointsDto {
    const bounds = query.bounds ?? [117, 34, 118, 35];
    const cells = new Map<number, FakeChannel[]>();
    const found = this.found(query).filter(({ one }) => !this.rights.denied(one).includes('see_place'));
    for (const { one } of found) {
      const column = Math.floor(((one.lon - bounds[0]) / (bounds[2] - bounds[0])) * columns);
      const row = Math.floor(((one.lat - bounds[1]) / (bounds[3] - bounds[1])) * rows);
      const key = row * columns + column;
      cells.set(key, [...(cells.get(key) ?? []), one]);
    }
    const mean = (list: readonly FakeChannel[], of: (one: FakeChannel) => number) =>
      list.reduce((sum, one) => sum + of(one), 0) / list.length;
    return {
      bounds,
      total: found.length,
      points: [...cells.values()].map((list) => ({
        lon: mean(list, (one) => one.lon),
        lat: mean(list, (one) => one.lat),
        count: list.length,
        online: list.filter((one) => one.status === 'on').length,
        id: list.length === 1 ? (list[0]?.id ?? null) : null,
      })),
    };
  }

  private detail(one: FakeChannel): VideoChannelDto {
    const row = this.row(one);
    const path = (tree: VideoTreeDto) => ({
      tree,
      nodes: this.above(groupsOf(tree), this.keyOf(tree, one)).map((group): [string, string] => [group.id, group.name]),
    });
    const volume = { ...volumeOf(one), is_calibrated: this.sight.isCalibrated(one.id) };
    return {
      row,
      code: codeOf(one.id),
      fields: fieldsOf(one),
      paths: [path('civil'), path('business')],
      sources: [one.source],
      volume: row.place === null ? null : volume,
      presets:
        one.ptz === 1
          ? [
              { number: 1, name: '路口', azimuth_deg: one.azimuth, tilt_deg: 10, fov_h_deg: 60 },
              { number: 2, name: '公交站', azimuth_deg: (one.azimuth + 90) % 360, tilt_deg: 14, fov_h_deg: 40 },
              { number: 3, name: '桥面', azimuth_deg: (one.azimuth + 200) % 360, tilt_deg: 18, fov_h_deg: 30 },
            ]
          : [],
      rights: ACTION_ROWS.map(([action]) => this.rights.right(one, action)),
      health: {
        status: one.status,
        since: Math.round(one.since),
        heard_at: Math.round(one.heardAt),
        faults: one.faults,
        outages: one.outages,
        moved_m: one.movedM,
      },
      has_ptz: one.ptz === 1,
      clips: one.clips,
    };
  }

  private tables(): VideoTablesDto {
    return {
      categories: words(CATEGORIES),
      grades: words(GRADES),
      ptz_types: words(PTZ_TYPES),
      tags: [...new Set([...tagNames, ...this.all.flatMap((one) => one.tags)])],
      sources: [...new Set([...sourceNames, ...this.all.map((one) => one.source)])],
      actions: words(ACTION_ROWS),
      purposes: words(PURPOSE_ROWS),
      roles: words(ROLE_ROWS),
      areas: [],
      faults: words(FAULT_ROWS),
      kinds: kindTable(),
      import_fields: words(IMPORT_FIELDS),
      max_grant_hours: MOST_GRANT_HOURS,
    };
  }

  private rate(id: string, name: string, channels: readonly FakeChannel[]): VideoRateDto {
    const online = channels.filter((one) => one.status === 'on');
    const intact = online.filter((one) => one.faults.length === 0);
    const share = (count: number) => (channels.length === 0 ? null : count / channels.length);
    return {
      id,
      name,
      channels: channels.length,
      online: online.length,
      intact: intact.length,
      online_rate: share(online.length),
      intact_rate: share(intact.length),
    };
  }

  private health(by: VideoHealthByDto): VideoHealthDto {
    if (this.all.length === 0) {
      return { rows: [], all: null, faults: [], by_hour: [] };
    }
    const rows =
      by === 'division'
        ? groupsOf('civil')
            .filter((group) => group.parent !== '')
            .map((group) => this.rate(group.id, group.name, this.under('civil', group.id)))
        : [...new Set(this.all.map((one) => one.owner))].map((owner) =>
            this.rate(
              owner,
              owner,
              this.all.filter((one) => one.owner === owner),
            ),
          );
    const count = (test: (one: FakeChannel) => boolean) => this.all.filter(test).length;
    const all = this.rate('', '', this.all);
    const now = this.host.now();
    return {
      rows: rows.sort((a, b) => (a.online_rate ?? 1) - (b.online_rate ?? 1)),
      all,
      faults: [
        { word: 'offline', count: count((one) => one.status === 'off') },
        { word: 'video_lost', count: count((one) => one.status === 'video_lost') },
        ...['late', 'moved', 'image_fault'].map((fault) => ({
          word: fault,
          count: count((one) => one.faults.includes(fault)),
        })),
      ],
      by_hour: Array.from({ length: 168 }, (_, i): [number, number] => [
        now - (167 - i) * HOUR,
        Math.min(1, (all.online_rate ?? 1) + 0.03 * (noise(i, 701) - 0.6)),
      ]),
    };
  }

  private works(): VideoWorkDto[] {
    return this.all
      .flatMap((one) => {
        const what =
          one.status === 'off'
            ? 'offline'
            : one.status === 'video_lost' || one.status === 'defect'
              ? one.status
              : one.faults[0];
        if (what === undefined) {
          return [];
        }
        const repair = this.repairs.get(`${one.id} ${what}`);
        const work: VideoWorkDto = {
          id: one.id,
          name: one.name,
          what,
          since: Math.round(one.since),
          times: one.outages,
          owner: one.owner,
          division: this.groupName('civil', one.division),
          state: repair === undefined ? 'found' : repair.isOpened ? 'opened' : 'closed',
          by: repair?.by ?? '',
          acted_at: repair?.at ?? null,
          note: repair?.note ?? '',
          category: one.category,
          grade: one.grade,
        };
        return [work];
      })
      .sort((a, b) => (a.grade || 9) - (b.grade || 9) || a.since - b.since);
  }

  private repair(act: VideoWorkActDto) {
    if (this.host.isPast()) {
      return refusedAct('past');
    }
    const at = Math.round(this.host.now());
    this.repairs.set(`${act.id} ${act.what}`, {
      isOpened: act.is_opened,
      by: this.host.operator(),
      at,
      note: act.note,
    });
    const name = this.byId.get(act.id)?.name ?? '';
    this.rights.note({ kind: 'camera_work', camera: act.id, name, note: act.note });
    return acted(1);
  }

  private readFile(path: string, dryRun: boolean): ImportReportDto {
    const isRead = /\.(csv|xml)$/.test(path);
    const report: ImportReportDto = {
      source: sourceOf(path),
      is_dry_run: dryRun,
      read: 40,
      added: 12,
      changed: 3,
      same: 22,
      gone: 0,
      moved: 1,
      duplicates: 1,
      rejected: 2,
      changes: [],
      rejects: [
        { place: '第 17 行', reason: 'longitude 0 is no place' },
        { place: '第 31 行', reason: 'DeviceID has 18 digits' },
      ],
      took_ms: 340,
      can_undo: !dryRun,
      refused: null,
    };
    if (!isRead) {
      return { ...report, refused: refusal('nothing') };
    }
    const added = this.all.slice(30, 42).map(
      (like, i): FakeChannel => ({
        ...like,
        id: `32030301001320${String(900_001 + i)}`,
        name: `新增 ${like.name}`,
        source: report.source,
      }),
    );
    if (!dryRun) {
      this.before = this.all;
      this.use([...this.all, ...added]);
    }
    const known = this.all.slice(24, 28);
    return {
      ...report,
      changes: [
        ...added.map((one) => ({ id: one.id, name: one.name, kind: 'added', fields: [], moved_m: 0 })),
        ...known.slice(0, 3).map((one) => ({
          id: one.id,
          name: one.name,
          kind: 'changed',
          fields: [{ field: 'Name', before: one.name, value: `${one.name}（改）` }],
          moved_m: 0,
        })),
        ...known.slice(3).map((one) => ({
          id: one.id,
          name: one.name,
          kind: 'moved',
          fields: [{ field: 'Longitude', before: '117.192476', value: '117.193412' }],
          moved_m: 86,
        })),
      ],
    };
  }
}

function notFound(id: string): Promise<Result<never>> {
  return Promise.resolve({ ok: false, error: { code: 'not_found', message: id } });
}

function proposal(path: string): VideoProposalDto {
  const format = path.endsWith('.csv') ? 'csv' : path.endsWith('.xml') ? 'xml' : '';
  return {
    format,
    mapping: {
      encoding: 'gb18030',
      delimiter: ',',
      coordinates: 'gcj02',
      source: sourceOf(path),
      columns: [
        ['设备编码', 'DeviceID'],
        ['点位名称', 'Name'],
        ['经度', 'Longitude'],
        ['纬度', 'Latitude'],
      ],
    },
    header: format === 'csv' ? ['设备编码', '点位名称', '经度', '纬度', '安装位置', '备注'] : [],
    rows:
      format === 'csv'
        ? [
            ['32030301001320900001', '彭城路北口枪机', '117.1931', '34.2652', '彭城路 88 号', ''],
            ['32030301001320900002', '淮海路公交站球机', '117.1875', '34.2617', '淮海东路 12 号', '临时'],
          ]
        : [],
    refused: refusedAt(path) ?? (format === '' ? refusal('nothing') : null),
  };
}

/** What a source is called: the host of an address, the name of a file. */
function sourceOf(path: string): string {
  return /^https?:\/\//.test(path) ? new URL(path).hostname : (path.split('/').at(-1) ?? path);
}

/** Why an address is not fetched. */
function refusedAt(path: string): VideoRefusalDto | undefined {
  if (!/^https?:\/\//.test(path)) {
    return undefined;
  }
  return path.includes('@') ? refusal('credentials') : path.includes('/gone') ? refusal('status', '404') : undefined;
}
