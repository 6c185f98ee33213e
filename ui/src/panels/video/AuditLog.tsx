// What was looked at: by whom, when, which camera, how long and what for; and what was denied.

import { createEffect, createMemo, createSignal, For, on, onCleanup, Show } from 'solid-js';
import type { VideoAuditDto } from '../../generated/wire';
import { createAsked } from '../../state/asked';
import { useCases } from '../../state/cases';
import { useDesk } from '../../state/desk';
import { language, t, word } from '../../state/texts';
import { DAY, duration, moment, quantity, SECOND } from '../../state/time';
import { useVideo } from '../../state/video';
import { actionName, named, noteWords } from '../../state/video_words';
import { OneOf, VideoRead } from './parts';

const PAGE_ROWS = 100;
const PAUSE_MILLIS = 250;
const SPANS = [
  ['day', DAY],
  ['week', 7 * DAY],
  ['month', 30 * DAY],
  ['all', undefined],
] as const;
const KINDS = [
  'video_looked',
  'video_denied',
  'video_snapshot',
  'video_revealed',
  'video_exported',
  'video_ptz',
  'grant_given',
  'grant_revoked',
  'camera_graded',
  'camera_calibrated',
  'camera_preset',
  'camera_work',
  'mosaic_saved',
  'mosaic_deleted',
] as const;

export function AuditLog() {
  const desk = useDesk();
  const video = useVideo();
  const [by, setBy] = createSignal('');
  const [kind, setKind] = createSignal('');
  const [purpose, setPurpose] = createSignal('');
  const [span, setSpan] = createSignal<number | undefined>(7 * DAY);
  const [offset, setOffset] = createSignal(0);
  const filter = createMemo(() => [by(), kind(), purpose(), span(), video.auditOf()].join(' '));
  // Another question begins with its newest line.
  createEffect(on(filter, () => setOffset(0), { defer: true }));
  const audit = createAsked(
    () => [filter(), offset(), language(), video.board().desk_revision],
    () => {
      const since = span();
      return desk.backend.videoAudit({
        camera: video.auditOf() === '' ? null : video.auditOf(),
        by: by(),
        kinds: kind() === '' ? [] : [kind()],
        purpose: purpose() === '' ? null : purpose(),
        from: since === undefined ? null : Math.round(desk.now() - since),
        to: null,
        offset: offset(),
        limit: PAGE_ROWS,
      });
    },
  );
  const total = () => audit.value()?.total ?? 0;
  return (
    <>
      <div class="audit-filters">
        <Finder onFind={setBy} />
        <OneOf
          label={t('video.audit_kind')}
          none={t('alarms.all')}
          value={kind()}
          options={KINDS.map((one) => ({ code: one, name: word('video.fact', one) }))}
          onChoose={setKind}
        />
        <OneOf
          label={t('video.purpose')}
          none={t('alarms.all')}
          value={purpose()}
          options={video.tables()?.purposes ?? []}
          onChoose={setPurpose}
        />
        <div class="choices-row" role="group" aria-label={t('duty.span')}>
          <For each={SPANS}>
            {([name, millis]) => (
              <button type="button" aria-pressed={span() === millis} onClick={() => setSpan(millis)}>
                {t(`video.span_${name}`)}
              </button>
            )}
          </For>
        </div>
        <Show when={video.auditOf() !== ''}>
          <button type="button" aria-pressed="true" class="num" onClick={() => video.showAudit('')}>
            {t('video.audit_camera', { id: video.auditOf() })}
          </button>
        </Show>
        <span class="num hint" role="status">
          {t('video.audit_found', { n: quantity(total(), 0) })}
        </span>
        <Show when={total() > PAGE_ROWS}>
          <nav aria-label={t('duty.pages')}>
            <button
              type="button"
              disabled={offset() === 0}
              onClick={() => setOffset(Math.max(0, offset() - PAGE_ROWS))}
            >
              {t('duty.page_before')}
            </button>
            <button
              type="button"
              disabled={offset() + PAGE_ROWS >= total()}
              onClick={() => setOffset(offset() + PAGE_ROWS)}
            >
              {t('duty.page_after')}
            </button>
          </nav>
        </Show>
      </div>
      <VideoRead isKnown={audit.value() !== undefined} failure={audit.failure()} onRetry={audit.read}>
        <Show
          when={total() > 0}
          fallback={
            <div class="blank">
              <strong>{t('video.audit_none')}</strong>
              <span class="hint">{t('video.audit_none_hint')}</span>
            </div>
          }
        >
          <div class="rights-body scrolls" role="region" tabindex="0" aria-label={t('video.rights_audit')}>
            <table class="page-table audit-table">
              <thead>
                <tr>
                  <th scope="col">{t('duty.time')}</th>
                  <th scope="col">{t('video.audit_by')}</th>
                  <th scope="col">{t('video.audit_kind')}</th>
                  <th scope="col">{t('video.channel')}</th>
                  <th scope="col">{t('video.audit_for')}</th>
                  <th scope="col">{t('video.audit_more')}</th>
                </tr>
              </thead>
              <tbody>
                <For each={audit.value()?.rows ?? []}>{(row) => <Line row={row} />}</For>
              </tbody>
            </table>
          </div>
        </Show>
      </VideoRead>
    </>
  );
}

function Finder(props: { onFind: (text: string) => void }) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  onCleanup(() => clearTimeout(timer));
  function later(text: string): void {
    clearTimeout(timer);
    timer = setTimeout(() => props.onFind(text.trim()), PAUSE_MILLIS);
  }
  return (
    <input
      type="search"
      class="strip-field"
      autocomplete="off"
      spellcheck={false}
      aria-label={t('video.audit_find')}
      placeholder={t('video.audit_find')}
      onInput={(event) => {
        if (!event.isComposing) {
          later(event.currentTarget.value);
        }
      }}
      onCompositionEnd={(event) => later(event.currentTarget.value)}
    />
  );
}

function Line(props: { row: VideoAuditDto }) {
  const video = useVideo();
  const cases = useCases();
  const tables = () => video.tables();
  const more = () =>
    [
      props.row.action === '' ? '' : actionName(tables(), props.row.action),
      props.row.seconds === null ? '' : duration(props.row.seconds * SECOND),
      props.row.moment === null ? '' : t('video.audit_moment', { time: moment(props.row.moment) }),
      noteWords(props.row, tables()),
    ].filter((part) => part !== '');
  return (
    <tr data-kind={props.row.kind}>
      <td class="num log-time">{moment(props.row.at)}</td>
      <td>
        {props.row.by} <span class="hint">{props.row.role === '' ? '' : cases.roleName(props.row.role)}</span>
      </td>
      <td>
        <strong classList={{ 'audit-denied': props.row.kind === 'video_denied' }}>
          {word('video.fact', props.row.kind)}
        </strong>
        <Show when={!props.row.is_synced}>
          {' '}
          <span class="unsynced">{t('event.unsynced')}</span>
        </Show>
      </td>
      <td>
        <Show when={props.row.camera !== ''}>
          <button type="button" class="quiet work-name" onClick={() => video.showAudit(props.row.camera)}>
            {props.row.name === '' ? props.row.camera : props.row.name}
          </button>
        </Show>
      </td>
      <td>{named(tables()?.purposes, props.row.purpose)}</td>
      <td class="num">{more().join(' · ')}</td>
    </tr>
  );
}
