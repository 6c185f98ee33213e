// Clips and detections: looked for by place, time, kind and attributes; one of them leads the clock and the cameras around it.

import '../views/views.css';
import '../views/coverage.css';
import '../views/moments.css';
import { For, Show } from 'solid-js';
import type { VideoMomentDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { isNarrow, PAGE_MOMENTS } from '../../state/moment_query';
import { t } from '../../state/texts';
import { duration, joined, moment, quantity } from '../../state/time';
import { useVideoMoments } from '../../state/video_moments';
import { percent } from '../../state/video_words';
import { useViews } from '../../state/views';
import { LockSign } from '../views/CameraPicture';
import { MomentFilters } from '../views/MomentFilters';
import { MomentImport } from '../views/MomentImport';

export function MomentsTab() {
  const moments = useVideoMoments();
  moments.watch();
  return (
    <div class="found-moments">
      <MomentFilters />
      <Show when={moments.isImporting()}>
        <MomentImport />
      </Show>
      <Show when={moments.total() !== undefined && moments.failure()}>
        {(message) => (
          <p class="views-note lacking" role="alert">
            {t('moment_find.failed', { message: message() })}
          </p>
        )}
      </Show>
      <Show when={moments.total() !== undefined} fallback={<Waiting />}>
        <Show when={moments.rows.length > 0} fallback={<None />}>
          <div class="sight-scroll scrolls" role="region" tabindex="0" aria-label={t('moment_find.list')}>
            <table class="page-table">
              <thead>
                <tr>
                  <th scope="col">{t('moment_find.col_time')}</th>
                  <th scope="col">{t('moment_find.col_kind')}</th>
                  <th scope="col">{t('moment_find.col_what')}</th>
                  <th scope="col">{t('moment_find.col_camera')}</th>
                  <th scope="col">{t('moment_find.col_sure')}</th>
                  <th scope="col">
                    <span class="hidden-words">{t('sight.col_acts')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                <For each={moments.rows}>{(row) => <Row row={row} />}</For>
              </tbody>
            </table>
          </div>
        </Show>
        <Turn />
      </Show>
    </div>
  );
}

function Row(props: { row: VideoMomentDto }) {
  const desk = useDesk();
  const views = useViews();
  const moments = useVideoMoments();
  const row = () => props.row;
  const what = () => joined(row().attributes.map(([name, value]) => (value === '' ? name : `${name} ${value}`)));
  const length = () => row().to - row().from;
  return (
    <tr classList={{ current: moments.gone() === row().id }}>
      <td class="num">
        {moment(row().from)}
        <Show when={length() >= 1000}>
          <span class="hint"> {duration(length())}</span>
        </Show>
      </td>
      <td>{row().kind_name || row().kind}</td>
      <td class="moment-what">{what()}</td>
      <th scope="row">
        <button type="button" class="quiet" onClick={() => desk.selectAndFly({ kind: 'camera', id: row().camera })}>
          {row().name || row().camera}
        </button>
      </th>
      <td class="num">{row().confidence === null ? '' : percent(row().confidence ?? 0)}</td>
      <td>
        <Show
          when={row().can_look}
          fallback={
            <span class="hint">
              <LockSign /> {t('view.cell_denied')}
            </span>
          }
        >
          <Box area={row().area} />
          <button type="button" title={t('moment_find.go_hint')} onClick={() => moments.go(row())}>
            {t('moment_find.go')}
          </button>
          <Show when={desk.past()}>
            <button
              type="button"
              class="quiet"
              onClick={() => views.look({ camera: row().camera, name: row().name || row().camera })}
            >
              {t('view.look')}
            </button>
          </Show>
        </Show>
      </td>
    </tr>
  );
}

/** Where in the image: a small frame with a rectangle. */
function Box(props: { area: [number, number, number, number] | null }) {
  return (
    <Show when={props.area}>
      {(area) => (
        <svg class="moment-box" viewBox="0 0 16 9" aria-hidden="true">
          <rect x="0.25" y="0.25" width="15.5" height="8.5" class="moment-frame" />
          <rect
            x={area()[0] * 16}
            y={area()[1] * 9}
            width={Math.max(0.6, (area()[2] - area()[0]) * 16)}
            height={Math.max(0.6, (area()[3] - area()[1]) * 9)}
            class="moment-object"
          />
        </svg>
      )}
    </Show>
  );
}

function Waiting() {
  const moments = useVideoMoments();
  return (
    <Show
      when={moments.failure()}
      fallback={
        <div class="blank" aria-busy="true">
          <span class="hint">{t('card.loading')}</span>
        </div>
      }
    >
      {(message) => (
        <div class="blank" role="alert">
          <strong>{t('moment_find.failed', { message: message() })}</strong>
          <button type="button" onClick={() => moments.read()}>
            {t('app.retry')}
          </button>
        </div>
      )}
    </Show>
  );
}

function None() {
  const desk = useDesk();
  const moments = useVideoMoments();
  return (
    <div class="blank">
      <Show
        when={desk.update.video.moments > 0}
        fallback={
          <>
            <strong>{t('moment_find.empty')}</strong>
            <span class="hint">{t('moment_find.empty_hint')}</span>
            <button type="button" onClick={() => moments.setImporting(true)}>
              {t('moment_find.import')}
            </button>
          </>
        }
      >
        <strong>{t('moment_find.none')}</strong>
        <Show when={isNarrow(moments.filter()) || moments.filter().span !== 'all'}>
          <button type="button" onClick={() => moments.showAll()}>
            {t('moment_find.widen')}
          </button>
        </Show>
      </Show>
    </div>
  );
}

/** From page to page, where there are several. */
function Turn() {
  const moments = useVideoMoments();
  const [total, offset] = [() => moments.total() ?? 0, () => moments.filter().offset];
  return (
    <Show when={total() > PAGE_MOMENTS || offset() > 0}>
      <nav class="moment-turn num" aria-label={t('duty.pages')}>
        <button type="button" disabled={offset() === 0} onClick={() => moments.turnTo(offset() - PAGE_MOMENTS)}>
          {t('duty.page_before')}
        </button>
        <span>
          {t('duty.page_rows', {
            from: quantity(Math.min(total(), offset() + 1), 0),
            to: quantity(Math.min(total(), offset() + PAGE_MOMENTS), 0),
            total: quantity(total(), 0),
          })}
        </span>
        <button
          type="button"
          disabled={offset() + PAGE_MOMENTS >= total()}
          onClick={() => moments.turnTo(offset() + PAGE_MOMENTS)}
        >
          {t('duty.page_after')}
        </button>
      </nav>
    </Show>
  );
}
