// The video page: which tab is in front, the catalogue, the channel that is open, and what is done to channels.
//
// The host decides who may see and do what; a refusal comes with its reason and is told in words.

import { type Accessor, createContext, createEffect, createSignal, on, onCleanup, useContext } from 'solid-js';
import type { Result } from '../backend/backend';
import type { VideoActedDto, VideoBoardDto, VideoChannelDto, VideoTablesDto } from '../generated/wire';
import { type Asked, createAsked } from './asked';
import type { Desk } from './desk';
import { language } from './texts';
import { createVideoImport, type VideoImport } from './video_import';
import { createVideoList, type VideoList } from './video_list';
import { createVideoTree, type VideoTree } from './video_tree';
import { videoRefusalWords } from './video_words';

/** The tabs of the page, in the order in which they stand. */
export const VIDEO_TABS = ['catalogue', 'mosaic', 'coverage', 'moments', 'health', 'rights'] as const;
export type VideoTab = (typeof VIDEO_TABS)[number];

/** Whose points are collected while the area of a search is drawn. */
export const AREA_DRAWER = 'video_area';

/** What the catalogue shows beside its tree. */
export type CatalogueView = 'list' | 'map';

/** What stands in the tab of the rights. */
export const RIGHTS_VIEWS = ['matrix', 'grants', 'audit'] as const;
export type RightsView = (typeof RIGHTS_VIEWS)[number];

export interface Video {
  board: Accessor<VideoBoardDto>;
  /** Everything that the tabs choose from; read again in another language. */
  tables: Accessor<VideoTablesDto | undefined>;
  tab: Accessor<VideoTab>;
  setTab(tab: VideoTab): void;
  /** Opens the page with a tab in front. */
  show(tab: VideoTab): void;
  /** Keeps the catalogue read as long as the caller is there. Call inside a component. */
  watch(): void;

  tree: VideoTree;
  list: VideoList;
  view: Accessor<CatalogueView>;
  setView(view: CatalogueView): void;
  importing: VideoImport;

  /** The channel whose sheet is open. */
  channel: Accessor<string | undefined>;
  openChannel(id: string | undefined): void;
  detail: Asked<VideoChannelDto | undefined>;

  rightsView: Accessor<RightsView>;
  setRightsView(view: RightsView): void;
  /** For which cameras a grant is being written; `undefined` while none is. */
  granting: Accessor<readonly string[] | undefined>;
  /** Begins a grant for cameras, in the tab of the rights. */
  grantFor(ids: readonly string[] | undefined): void;
  /** The audit log of one camera; empty for all. */
  auditOf: Accessor<string>;
  showAudit(camera: string): void;

  /** Does what may be refused, and says why when it was; what came of it when it was done. */
  act(promise: Promise<Result<VideoActedDto>>): Promise<VideoActedDto | undefined>;
  busy: Accessor<boolean>;
}

const VideoContext = createContext<Video>();
export const VideoProvider = VideoContext.Provider;

export function useVideo(): Video {
  const video = useContext(VideoContext);
  if (video === undefined) {
    throw new Error('useVideo outside VideoProvider');
  }
  return video;
}

/** The video page of `desk`; `openPage` brings it to the front. Call inside a Solid root. */
export function createVideo(desk: Desk, openPage: () => void): Video {
  const [tab, setTab] = createSignal<VideoTab>('catalogue');
  const [view, setView] = createSignal<CatalogueView>('list');
  const [channel, setChannel] = createSignal<string>();
  const [rightsView, setRightsView] = createSignal<RightsView>('matrix');
  const [granting, setGranting] = createSignal<readonly string[]>();
  const [auditOf, setAuditOf] = createSignal('');
  const [running, setRunning] = createSignal(0);
  const [lookers, setLookers] = createSignal(0);
  const isSeen = () => lookers() > 0;
  const board = () => desk.update.video;
  const tables = createAsked(
    () => [language(), desk.update.city, board().catalogue_revision],
    () => desk.backend.videoTables(),
  );
  const detail = createAsked<VideoChannelDto | undefined>(
    () => [channel(), isSeen(), language(), board().catalogue_revision, board().desk_revision],
    async () => {
      const id = isSeen() ? channel() : undefined;
      return id === undefined ? { ok: true, value: undefined } : desk.backend.videoChannel(id);
    },
  );
  // Another channel is shown at once, not at the next beat.
  createEffect(on(channel, () => detail.read(), { defer: true }));

  function show(wanted: VideoTab): void {
    setTab(wanted);
    openPage();
  }
  return {
    board,
    tables: tables.value,
    tab,
    setTab,
    show,
    watch() {
      setLookers((count) => count + 1);
      onCleanup(() => setLookers((count) => count - 1));
    },
    tree: createVideoTree(desk, isSeen),
    list: createVideoList(desk, isSeen),
    view,
    setView,
    importing: createVideoImport(desk),
    channel,
    openChannel: setChannel,
    detail: {
      ...detail,
      // What was read of another channel is not shown as this one's.
      value: () => (detail.value()?.row.id === channel() ? detail.value() : undefined),
    },
    rightsView,
    setRightsView,
    granting,
    grantFor(ids) {
      setGranting(ids);
      if (ids !== undefined) {
        setRightsView('grants');
        show('rights');
      }
    },
    auditOf,
    showAudit(camera) {
      setAuditOf(camera);
      setRightsView('audit');
      show('rights');
    },
    async act(promise) {
      setRunning((count) => count + 1);
      const result = await promise;
      setRunning((count) => count - 1);
      if (!result.ok) {
        desk.attempt(Promise.resolve(result));
        return undefined;
      }
      const { refused } = result.value;
      if (refused !== null) {
        desk.attempt(Promise.resolve({ ok: false, error: { code: 'refused', message: videoRefusalWords(refused) } }));
        return undefined;
      }
      return result.value;
    },
    busy: () => running() > 0,
  };
}
