// The video index: the catalogue of cameras and who may look, who sees what, pictures, and moments.
//
// What is not allowed or not possible is an answer with `refused`; an error is a bad identity or a broken disk.

import type {
  CalibrationDto,
  CalibrationPointDto,
  CoverageAreaDto,
  CoverageDto,
  ImportReportDto,
  LanesDto,
  LanesQueryDto,
  MomentImportDto,
  MosaicDto,
  MosaicForDto,
  OpenedViewDto,
  PtzActDto,
  RightsMatrixDto,
  RouteCoverageDto,
  SightsDto,
  SightTargetDto,
  SnapshotDto,
  SnapshotTakenDto,
  SuggestAskDto,
  SuggestionsDto,
  VideoActedDto,
  VideoAuditPageDto,
  VideoAuditQueryDto,
  VideoBoardDto,
  VideoChannelDto,
  VideoGrantDraftDto,
  VideoGrantDto,
  VideoHealthByDto,
  VideoHealthDto,
  VideoMappingDto,
  VideoMomentPageDto,
  VideoMomentQueryDto,
  VideoPageDto,
  VideoPointsDto,
  VideoPresetDto,
  VideoProposalDto,
  VideoQueryDto,
  VideoRightDto,
  VideoTablesDto,
  VideoTreeDto,
  VideoTreePageDto,
  VideoWorkActDto,
  VideoWorksDto,
  ViewDraftDto,
  ViewStateDto,
} from '../generated/wire';
import type { Command, Result } from './backend';
import { frameOf, type ViewFrame } from './video_frame';

export type VideoBackend = CatalogueBackend & RightsBackend & SightBackend & ViewsBackend & VideoMomentsBackend;

/** The catalogue of channels and how they do. */
export interface CatalogueBackend {
  /** How the video index stands; also in every `DeskUpdate`. */
  videoBoard(): Promise<Result<VideoBoardDto>>;
  /** Everything that the video pages choose from. */
  videoTables(): Promise<Result<VideoTablesDto>>;
  /** Lines of a node; of the roots when `node` is empty. */
  videoTree(tree: VideoTreeDto, node: string, offset: number, limit: number): Promise<Result<VideoTreePageDto>>;
  videoSearch(query: VideoQueryDto): Promise<Result<VideoPageDto>>;
  /** Channels as points, thinned to a grid; the query needs bounds. */
  videoPoints(query: VideoQueryDto, columns: number, rows: number): Promise<Result<VideoPointsDto>>;
  /** Everything about one channel. */
  videoChannel(id: string): Promise<Result<VideoChannelDto>>;
  /** How a file could be read; nothing is changed. */
  proposeMapping(path: string): Promise<Result<VideoProposalDto>>;
  /** Reads a file into the catalogue; with `dryRun` only says what would change. */
  importChannels(path: string, mapping: VideoMappingDto | undefined, dryRun: boolean): Promise<Result<ImportReportDto>>;
  /** Brings the catalogue before the last import back. */
  undoImport(): Promise<Result<VideoActedDto>>;
  /** What is `null` stays, 0 takes it away. */
  gradeChannels(ids: string[], category: number | null, grade: number | null): Promise<Result<VideoActedDto>>;
  tagChannels(ids: string[], add: string[], remove: string[]): Promise<Result<VideoActedDto>>;
  videoHealth(by: VideoHealthByDto): Promise<Result<VideoHealthDto>>;
  /** The work list for repair. */
  videoWorks(offset: number, limit: number): Promise<Result<VideoWorksDto>>;
  actOnVideoWork(act: VideoWorkActDto): Promise<Result<VideoActedDto>>;
}

/** Who may do what, what was given for a while, what was looked at. */
export interface RightsBackend {
  rightsMatrix(): Promise<Result<RightsMatrixDto>>;
  askRight(id: string, action: string, purpose: string): Promise<Result<VideoRightDto>>;
  /** Newest first. */
  videoGrants(): Promise<Result<VideoGrantDto[]>>;
  giveGrant(draft: VideoGrantDraftDto): Promise<Result<VideoActedDto>>;
  revokeGrant(id: string, reason: string): Promise<Result<VideoActedDto>>;
  videoAudit(query: VideoAuditQueryDto): Promise<Result<VideoAuditPageDto>>;
}

/** Who sees what. */
export interface SightBackend {
  whoSees(target: SightTargetDto): Promise<Result<SightsDto>>;
  /** The same, and draws the lines in the twin; `undefined` takes them away. */
  showSightLines(target: SightTargetDto | undefined): Promise<Result<SightsDto>>;
  /** Draws what these cameras can see at most; an empty list takes it away. */
  showVolumes(ids: string[]): Promise<Result<VideoActedDto>>;
  /** A map of what is seen; its sheet is drawn in the twin. */
  coverage(area: CoverageAreaDto): Promise<Result<CoverageDto>>;
  clearCoverage(): Promise<Result<void>>;
  routeCoverage(path: [number, number][], minPixels: number, isOnlineOnly: boolean): Promise<Result<RouteCoverageDto>>;
  suggestCameras(ask: SuggestAskDto): Promise<Result<SuggestionsDto>>;
  /** What points in image and twin say about a camera; with `save` it is kept. */
  calibrate(id: string, points: CalibrationPointDto[], save: boolean): Promise<Result<CalibrationDto>>;
  undoCalibration(id: string): Promise<Result<CalibrationDto>>;
  savePreset(id: string, preset: VideoPresetDto): Promise<Result<VideoActedDto>>;
  deletePreset(id: string, number: number): Promise<Result<VideoActedDto>>;
}

/** Pictures of cameras. */
export interface ViewsBackend {
  openView(draft: ViewDraftDto): Promise<Result<OpenedViewDto>>;
  /** The newest picture after `after`; waits for at most a second. */
  viewFrame(view: number, after: number): Promise<Result<ViewFrame>>;
  videoViews(): Promise<Result<ViewStateDto[]>>;
  closeView(view: number): Promise<Result<void>>;
  mosaics(): Promise<Result<MosaicDto[]>>;
  /** Keeps a mosaic; one without an identity becomes another one, and the first fact is its identity. */
  saveMosaic(mosaic: MosaicDto): Promise<Result<VideoActedDto>>;
  deleteMosaic(id: string): Promise<Result<VideoActedDto>>;
  /** The nearest healthy cameras that see something; nothing is kept. */
  mosaicFor(ask: MosaicForDto): Promise<Result<MosaicDto>>;
  snapshot(view: number, reason: string): Promise<Result<SnapshotTakenDto>>;
  /** Newest first; of one camera or of all. */
  snapshots(camera: string | undefined): Promise<Result<SnapshotDto[]>>;
  /** The masked picture. */
  snapshotPicture(digest: string): Promise<Result<SnapshotTakenDto>>;
  reveal(digest: string, reason: string): Promise<Result<SnapshotTakenDto>>;
  /** The last seconds of a view as a file; the first fact is its digest. */
  saveClip(view: number, reason: string): Promise<Result<VideoActedDto>>;
  ptz(camera: string, act: PtzActDto): Promise<Result<VideoActedDto>>;
  /** Lays the picture over what the camera sees. */
  drape(view: number, on: boolean): Promise<Result<VideoActedDto>>;
  /** Puts the picture above its camera. */
  pictureAbove(view: number, on: boolean): Promise<Result<VideoActedDto>>;
}

/** Clips and detections. */
export interface VideoMomentsBackend {
  videoMoments(query: VideoMomentQueryDto): Promise<Result<VideoMomentPageDto>>;
  momentLanes(query: LanesQueryDto): Promise<Result<LanesDto>>;
  importMoments(path: string): Promise<Result<MomentImportDto>>;
  /** Shows that moment, and the cameras around it as a mosaic. */
  goToMoment(id: string, size: number): Promise<Result<MosaicDto>>;
}

/** The host's commands. */
export function videoBackend(command: Command): VideoBackend {
  return {
    ...catalogue(command),
    ...rights(command),
    ...sights(command),
    ...views(command),
    videoMoments: (query) => command<VideoMomentPageDto>('video_moments', { query }),
    momentLanes: (query) => command<LanesDto>('moment_lanes', { query }),
    importMoments: (path) => command<MomentImportDto>('import_moments', { path }),
    goToMoment: (id, size) => command<MosaicDto>('go_to_moment', { id, size }),
  };
}

function catalogue(command: Command): CatalogueBackend {
  return {
    videoBoard: () => command<VideoBoardDto>('video_board'),
    videoTables: () => command<VideoTablesDto>('video_tables'),
    videoTree: (tree, node, offset, limit) => command<VideoTreePageDto>('video_tree', { tree, node, offset, limit }),
    videoSearch: (query) => command<VideoPageDto>('video_search', { query }),
    videoPoints: (query, columns, rows) => command<VideoPointsDto>('video_points', { query, columns, rows }),
    videoChannel: (id) => command<VideoChannelDto>('video_channel', { id }),
    proposeMapping: (path) => command<VideoProposalDto>('propose_mapping', { path }),
    importChannels: (path, mapping, dryRun) =>
      command<ImportReportDto>('import_channels', { path, mapping: mapping ?? null, dryRun }),
    undoImport: () => command<VideoActedDto>('undo_import'),
    gradeChannels: (ids, category, grade) => command<VideoActedDto>('grade_channels', { ids, category, grade }),
    tagChannels: (ids, add, remove) => command<VideoActedDto>('tag_channels', { ids, add, remove }),
    videoHealth: (by) => command<VideoHealthDto>('video_health', { by }),
    videoWorks: (offset, limit) => command<VideoWorksDto>('video_works', { offset, limit }),
    actOnVideoWork: (act) => command<VideoActedDto>('act_on_video_work', { act }),
  };
}

function rights(command: Command): RightsBackend {
  return {
    rightsMatrix: () => command<RightsMatrixDto>('rights_matrix'),
    askRight: (id, action, purpose) => command<VideoRightDto>('ask_right', { id, action, purpose }),
    videoGrants: () => command<VideoGrantDto[]>('video_grants'),
    giveGrant: (draft) => command<VideoActedDto>('give_grant', { draft }),
    revokeGrant: (id, reason) => command<VideoActedDto>('revoke_grant', { id, reason }),
    videoAudit: (query) => command<VideoAuditPageDto>('video_audit', { query }),
  };
}

function sights(command: Command): SightBackend {
  return {
    whoSees: (target) => command<SightsDto>('who_sees', { target }),
    showSightLines: (target) => command<SightsDto>('show_sight_lines', { target: target ?? null }),
    showVolumes: (ids) => command<VideoActedDto>('show_volumes', { ids }),
    coverage: (area) => command<CoverageDto>('coverage', { area }),
    clearCoverage: () => command('clear_coverage'),
    routeCoverage: (path, minPixels, isOnlineOnly) =>
      command<RouteCoverageDto>('route_coverage', { path, minPixels, isOnlineOnly }),
    suggestCameras: (ask) => command<SuggestionsDto>('suggest_cameras', { ask }),
    calibrate: (id, points, save) => command<CalibrationDto>('calibrate', { id, points, save }),
    undoCalibration: (id) => command<CalibrationDto>('undo_calibration', { id }),
    savePreset: (id, preset) => command<VideoActedDto>('save_preset', { id, preset }),
    deletePreset: (id, number) => command<VideoActedDto>('delete_preset', { id, number }),
  };
}

function views(command: Command): ViewsBackend {
  return {
    openView: (draft) => command<OpenedViewDto>('open_view', { draft }),
    viewFrame: async (view, after) => {
      const result = await command<ArrayBuffer | number[]>('view_frame', { view, after });
      return result.ok ? framed(result.value) : result;
    },
    videoViews: () => command<ViewStateDto[]>('video_views'),
    closeView: (view) => command('close_view', { view }),
    mosaics: () => command<MosaicDto[]>('mosaics'),
    saveMosaic: (mosaic) => command<VideoActedDto>('save_mosaic', { mosaic }),
    deleteMosaic: (id) => command<VideoActedDto>('delete_mosaic', { id }),
    mosaicFor: (ask) => command<MosaicDto>('mosaic_for', { ask }),
    snapshot: (view, reason) => command<SnapshotTakenDto>('snapshot', { view, reason }),
    snapshots: (camera) => command<SnapshotDto[]>('snapshots', { camera: camera ?? null }),
    snapshotPicture: (digest) => command<SnapshotTakenDto>('snapshot_picture', { digest }),
    reveal: (digest, reason) => command<SnapshotTakenDto>('reveal', { digest, reason }),
    saveClip: (view, reason) => command<VideoActedDto>('save_clip', { view, reason }),
    ptz: (camera, act) => command<VideoActedDto>('ptz', { camera, act }),
    drape: (view, on) => command<VideoActedDto>('drape', { view, on }),
    pictureAbove: (view, on) => command<VideoActedDto>('picture_above', { view, on }),
  };
}

/** Some WebViews hand bytes over as numbers. */
function framed(bytes: ArrayBuffer | number[]): Result<ViewFrame> {
  const frame = frameOf(bytes instanceof ArrayBuffer ? bytes : new Uint8Array(bytes).buffer);
  return frame === undefined
    ? { ok: false, error: { code: 'bad_request', message: 'a picture cannot be read' } }
    : { ok: true, value: frame };
}
