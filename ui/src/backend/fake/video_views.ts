// Pictures of the sample city's cameras: drawn with a clock and a moving mark, as the pattern server of a drill would send them.

import type {
  MosaicDto,
  OpenedViewDto,
  SnapshotDto,
  SnapshotTakenDto,
  VideoActedDto,
  ViewDraftDto,
  ViewStateDto,
  ViewStateKindDto,
} from '../../generated/wire';
import { clockTime, monthDay, SECOND } from '../../state/time';
import type { Result } from '../backend';
import type { ViewsBackend } from '../video';
import type { ViewFrame } from '../video_frame';
import type { FakeChannel } from './video_channels';
import { acted, type FakeRights, refusal, refusedAct } from './video_rights';

/** How long it takes until the first picture. */
const FIRST_MILLIS = 120;
const MOST_VIEWS = 16;
const MOST_WAIT_MILLIS = SECOND;
/** A page that draws nothing still hands bytes over: the beginning and the end of a JPEG. */
const NO_PICTURE = [0xff, 0xd8, 0xff, 0xd9];

interface FakeView {
  id: number;
  channel: FakeChannel;
  draft: ViewDraftDto;
  openedAt: number;
  isDraped: boolean;
  isAbove: boolean;
}

export interface FakeViewsHost {
  calls: string[];
  operator(): string;
  now(): number;
  isPast(): boolean;
  channel(id: string): FakeChannel | undefined;
  rights: FakeRights;
  changed(): void;
}

type Rest = Omit<ViewsBackend, 'mosaicFor'>;

export class FakeViews {
  private readonly views = new Map<number, FakeView>();
  private readonly kept: MosaicDto[] = [];
  private readonly pictures: SnapshotDto[] = [];
  private canvas: HTMLCanvasElement | undefined;
  private made = 0;
  revision = 0;

  constructor(private readonly host: FakeViewsHost) {}

  count(): number {
    return this.views.size;
  }

  readonly most = MOST_VIEWS;

  backend(): Rest {
    const { host } = this;
    const done = <T>(call: string, value: T): Promise<Result<T>> => {
      host.calls.push(call);
      this.revision += 1;
      queueMicrotask(() => host.changed());
      return Promise.resolve({ ok: true, value });
    };
    const answer = <T>(value: T): Promise<Result<T>> => Promise.resolve({ ok: true, value });
    return {
      openView: (draft) => done(`openView ${draft.camera} ${draft.at ?? 'live'}`, this.open(draft)),
      viewFrame: async (view, after) => ({ ok: true, value: await this.frame(view, after) }),
      videoViews: () => answer([...this.views.values()].map((view) => this.state(view))),
      closeView: (view) => {
        const open = this.views.get(view);
        if (open !== undefined) {
          this.views.delete(view);
          const seconds = (performance.now() - open.openedAt) / SECOND;
          this.note(open, 'video_looked', seconds);
        }
        return done(`closeView ${view}`, undefined);
      },
      mosaics: () => answer(structuredClone(this.kept)),
      saveMosaic: (mosaic) => done(`saveMosaic ${mosaic.name}`, this.save(mosaic)),
      deleteMosaic: (id) => {
        const at = this.kept.findIndex((one) => one.id === id);
        if (at >= 0) {
          this.kept.splice(at, 1);
        }
        return done(`deleteMosaic ${id}`, at < 0 ? refusedAct('nothing') : acted(1, [id]));
      },
      snapshot: (view, reason) => done(`snapshot ${view} ${reason}`, this.snapshot(view, reason)),
      snapshots: (camera) => answer(this.pictures.filter((one) => camera === undefined || one.camera === camera)),
      snapshotPicture: (digest) => answer(this.taken(digest)),
      reveal: (digest, reason) => done(`reveal ${digest} ${reason}`, this.reveal(digest, reason)),
      saveClip: (view, reason) => done(`saveClip ${view} ${reason}`, this.saveClip(view, reason)),
      ptz: (camera, act) => done(`ptz ${camera} ${act.kind}`, this.steer(camera, act.kind)),
      drape: (view, on) => {
        const open = this.views.get(view);
        if (open !== undefined) {
          open.isDraped = on;
        }
        return done(`drape ${view} ${on}`, open === undefined ? refusedAct('not_shown') : acted(1));
      },
      pictureAbove: (view, on) => {
        const open = this.views.get(view);
        if (open !== undefined) {
          open.isAbove = on;
        }
        return done(`pictureAbove ${view} ${on}`, open === undefined ? refusedAct('not_shown') : acted(1));
      },
    };
  }

  private open(draft: ViewDraftDto): OpenedViewDto {
    const channel = this.host.channel(draft.camera);
    const answer: OpenedViewDto = {
      view: null,
      camera: draft.camera,
      name: channel?.name ?? draft.camera,
      can_ptz: false,
      can_snapshot: false,
      refused: null,
    };
    if (channel === undefined) {
      return { ...answer, refused: refusal('no_stream') };
    }
    const action = draft.at === null ? 'live' : 'playback';
    const right = this.host.rights.right(channel, action, draft.purpose);
    if (!right.is_allowed) {
      const code = right.needs_purpose ? 'no_purpose' : 'denied';
      this.host.rights.note({ kind: 'video_denied', camera: channel.id, name: channel.name, action, note: right.why });
      return { ...answer, refused: refusal(code, action, right.why) };
    }
    if (this.views.size >= MOST_VIEWS) {
      return { ...answer, refused: refusal('too_many_views') };
    }
    if (channel.status === 'off') {
      return { ...answer, refused: refusal('unreachable') };
    }
    this.made += 1;
    const view: FakeView = {
      id: this.made,
      channel,
      draft,
      openedAt: performance.now(),
      isDraped: false,
      isAbove: false,
    };
    this.views.set(view.id, view);
    return {
      ...answer,
      view: view.id,
      can_ptz: channel.ptz === 1 && this.host.rights.right(channel, 'ptz').is_allowed,
      can_snapshot: this.host.rights.right(channel, 'snapshot').is_allowed,
    };
  }

  /** The newest picture after `after`; waits for it, but not for long. */
  private async frame(id: number, after: number): Promise<ViewFrame> {
    const view = this.views.get(id);
    const none: ViewFrame = {
      seq: after,
      pictureAt: undefined,
      state: 'closed',
      width: 0,
      height: 0,
      restartInMs: 0,
      jpeg: new Uint8Array(0),
    };
    if (view === undefined) {
      return none;
    }
    const every = SECOND / Math.max(1, Math.min(30, view.draft.fps));
    const age = () => performance.now() - view.openedAt - FIRST_MILLIS;
    const next = after * every;
    if (age() < next) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(MOST_WAIT_MILLIS, next - age())));
    }
    if (!this.views.has(id)) {
      return none;
    }
    const state = this.stateKind(view);
    if (state !== 'playing' || age() < next) {
      return { ...none, state };
    }
    const width = Math.max(64, Math.min(768, view.draft.width));
    const height = Math.round((width * 9) / 16);
    const pictureAt = this.momentOf(view);
    const jpeg = await this.draw(view, width, height, pictureAt);
    return { ...none, seq: Math.floor(age() / every) + 1, pictureAt, state, width, height, jpeg };
  }

  private stateKind(view: FakeView): ViewStateKindDto {
    if (view.channel.status === 'video_lost') {
      return 'stalled';
    }
    if (view.channel.status === 'defect') {
      return 'failed';
    }
    return performance.now() - view.openedAt < FIRST_MILLIS ? 'connecting' : 'playing';
  }

  private momentOf(view: FakeView): number {
    return view.draft.at === null
      ? this.host.now()
      : view.draft.at + Math.max(0, performance.now() - view.openedAt - FIRST_MILLIS);
  }

  private async draw(view: FakeView, width: number, height: number, at: number): Promise<Uint8Array<ArrayBuffer>> {
    const canvas = this.canvas ?? document.createElement('canvas');
    this.canvas = canvas;
    canvas.width = width;
    canvas.height = height;
    const pen = canvas.getContext('2d');
    if (!pen) {
      return new Uint8Array(NO_PICTURE);
    }
    paint(pen, view.channel, at);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.7));
    return blob === null ? new Uint8Array(NO_PICTURE) : new Uint8Array(await blob.arrayBuffer());
  }

  private state(view: FakeView): ViewStateDto {
    const state = this.stateKind(view);
    const { channel } = view;
    return {
      view: view.id,
      camera: channel.id,
      name: channel.name,
      state,
      why: state === 'failed' ? 'codec h265 cannot be shown' : state === 'stalled' ? 'no picture for 15 s' : '',
      trouble: state === 'failed' ? 'codec' : state === 'stalled' ? 'stalled' : '',
      restart_in_ms: 0,
      at: view.draft.at,
      picture_at: state === 'playing' ? Math.round(this.momentOf(view)) : null,
      pictures: Math.max(0, Math.floor((performance.now() - view.openedAt) / 80)),
      source: 'fmp4',
      codec: 'h264',
      sandbox: ['seccomp', 'landlock', 'rlimits'],
      sandbox_missing: [],
      memory_mib: 38,
      cpu_share: 0.11,
      is_draped: view.isDraped,
      is_above: view.isAbove,
      watermark: `${this.host.operator()} ${clockTime(this.host.now())} ${channel.name}`,
      masks: ['face', 'plate'],
    };
  }

  private save(mosaic: MosaicDto) {
    if (this.host.isPast()) {
      return refusedAct('past');
    }
    this.made += 1;
    const id = mosaic.id === '' ? `mo-${this.made}` : mosaic.id;
    const at = this.kept.findIndex((one) => one.id === id);
    const kept: MosaicDto = {
      ...structuredClone(mosaic),
      id,
      by: this.host.operator(),
      saved_at: Math.round(this.host.now()),
      is_mine: true,
    };
    this.kept.splice(at < 0 ? this.kept.length : at, at < 0 ? 0 : 1, kept);
    this.host.rights.note({ kind: 'mosaic_saved', note: mosaic.name });
    return acted(1, [id]);
  }

  private steer(camera: string, kind: string) {
    const channel = this.host.channel(camera);
    if (channel === undefined || !this.host.rights.right(channel, 'ptz').is_allowed) {
      return refusedAct('denied', 'ptz', 'no_right');
    }
    this.host.rights.note({ kind: 'video_ptz', camera, name: channel.name, action: 'ptz', note: kind });
    return acted(1);
  }

  private snapshot(id: number, reason: string): SnapshotTakenDto {
    const view = this.views.get(id);
    if (view === undefined) {
      return { snapshot: null, base64: '', refused: refusal('not_shown') };
    }
    this.made += 1;
    const { channel } = view;
    const snapshot: SnapshotDto = {
      digest: `${String(this.made).padStart(4, '0')}${'5ca1ab1e'.repeat(7)}f00d`,
      camera: channel.id,
      name: channel.name,
      taken_at: Math.round(this.host.now()),
      shows_at: Math.round(this.momentOf(view)),
      by: this.host.operator(),
      reason,
      width: 768,
      height: 432,
      masked: 2,
      has_detector: true,
      is_here: true,
      path: `/var/cache/citymirror/video/snapshots/${this.made}.jpg`,
      can_reveal: this.host.rights.right(channel, 'reveal').is_allowed,
      revealed: [],
    };
    this.pictures.unshift(snapshot);
    this.note(view, 'video_snapshot', null, snapshot.digest);
    return { snapshot: structuredClone(snapshot), base64: this.still(channel), refused: null };
  }

  private saveClip(id: number, reason: string): VideoActedDto {
    if (!this.views.has(id)) {
      return refusedAct('not_shown');
    }
    if (reason === '') {
      return refusedAct('no_reason');
    }
    this.snapshot(id, reason);
    const [kept] = this.pictures;
    if (kept === undefined) {
      return refusedAct('no_picture');
    }
    kept.masked = 0;
    kept.has_detector = false;
    kept.path = `/var/cache/citymirror/video/clips/${this.made}.mp4`;
    return acted(1, [kept.digest]);
  }

  private taken(digest: string): SnapshotTakenDto {
    const snapshot = this.pictures.find((one) => one.digest === digest);
    const channel = this.host.channel(snapshot?.camera ?? '');
    return snapshot === undefined || channel === undefined
      ? { snapshot: null, base64: '', refused: refusal('nothing') }
      : { snapshot: structuredClone(snapshot), base64: this.still(channel), refused: null };
  }

  private reveal(digest: string, reason: string): SnapshotTakenDto {
    const snapshot = this.pictures.find((one) => one.digest === digest);
    if (snapshot === undefined) {
      return { snapshot: null, base64: '', refused: refusal('nothing') };
    }
    if (reason.trim() === '') {
      return { snapshot: null, base64: '', refused: refusal('no_reason') };
    }
    if (!snapshot.can_reveal) {
      return { snapshot: null, base64: '', refused: refusal('denied', 'reveal', 'no_right') };
    }
    snapshot.revealed.push([this.host.operator(), Math.round(this.host.now())]);
    this.host.rights.note({ kind: 'video_revealed', camera: snapshot.camera, name: snapshot.name, purpose: reason });
    return this.taken(digest);
  }

  /** A picture as a page shows it; empty where nothing can be drawn. */
  private still(channel: FakeChannel): string {
    const canvas = document.createElement('canvas');
    canvas.width = 768;
    canvas.height = 432;
    const pen = canvas.getContext('2d');
    if (!pen) {
      return '';
    }
    paint(pen, channel, this.host.now());
    return canvas.toDataURL('image/jpeg', 0.7).split(',')[1] ?? '';
  }

  private note(view: FakeView, kind: string, seconds: number | null, note = ''): void {
    this.host.rights.note({
      kind,
      camera: view.channel.id,
      name: view.channel.name,
      action: view.draft.at === null ? 'live' : 'playback',
      purpose: view.draft.purpose,
      seconds,
      moment: view.draft.at,
      note,
    });
  }
}

/** A street under a sky, the camera's name, the time in large digits, and a mark that moves with the seconds. */
function paint(pen: CanvasRenderingContext2D, channel: FakeChannel, at: number): void {
  const { width, height } = pen.canvas;
  const hue = channel.azimuth;
  const unit = height / 18;
  pen.fillStyle = `hsl(${hue} 14% 34%)`;
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = `hsl(${hue} 10% 46%)`;
  pen.fillRect(0, 0, width, height * 0.38);
  for (let i = 0; i < 7; i += 1) {
    const tall = height * (0.12 + 0.22 * Math.abs(Math.sin(hue + 2.3 * i)));
    pen.fillStyle = `hsl(${hue + 20 * i} 9% ${24 + 3 * i}%)`;
    pen.fillRect((i * width) / 7, height * 0.38 - tall, width / 7.6, tall);
  }
  pen.fillStyle = '#3a3f44';
  pen.beginPath();
  pen.moveTo(width * 0.44, height * 0.38);
  pen.lineTo(width * 0.56, height * 0.38);
  pen.lineTo(width * 0.95, height);
  pen.lineTo(width * 0.05, height);
  pen.fill();
  const share = (at / (6 * SECOND)) % 1;
  const far = 0.4 + 0.6 * share * share;
  pen.fillStyle = '#d7dde2';
  const car = width * 0.02 + width * 0.09 * share;
  pen.fillRect(width * (0.5 + 0.16 * share) - car / 2, height * far - car * 0.5, car, car * 0.5);
  pen.fillStyle = '#ffffff';
  pen.textBaseline = 'top';
  pen.font = `${Math.round(unit * 1.1)}px sans-serif`;
  pen.fillText(channel.name, unit * 0.6, unit * 0.5);
  pen.font = `${Math.round(unit * 2.2)}px monospace`;
  pen.fillText(`${monthDay(at)} ${clockTime(at)}`, unit * 0.6, height - unit * 2.8);
}
