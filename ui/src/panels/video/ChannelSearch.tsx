// Words and filters for the channels, list or map, and the doors to an import.

import { createEffect, createSignal, For, on, onCleanup, Show } from 'solid-js';
import { boundsOf } from '../../state/case_query';
import { useDesk } from '../../state/desk';
import { usePages } from '../../state/pages';
import { t, word } from '../../state/texts';
import { quantity } from '../../state/time';
import { useTools } from '../../state/tools';
import { AREA_DRAWER, useVideo } from '../../state/video';
import { filterCount, isNarrowed, withOrWithout } from '../../state/video_list';
import { Choices, OneOf } from './parts';

/** Quiet time after a keystroke before the list is asked for. */
const PAUSE_MILLIS = 150;
const STATUSES = ['on', 'off', 'video_lost', 'defect', 'unknown'] as const;

export function ChannelSearch() {
  const video = useVideo();
  const { list } = video;
  const [isOpen, setOpen] = createSignal(false);
  return (
    <>
      <div class="channel-search">
        <Finder />
        <button type="button" aria-expanded={isOpen()} onClick={() => setOpen(!isOpen())}>
          {t('alarms.filters')}
          <Show when={filterCount(list.filter()) > 0}>
            {' '}
            <span class="num badge">{filterCount(list.filter())}</span>
          </Show>
        </button>
        <div class="choices-row" role="group" aria-label={t('video.view')}>
          <For each={['list', 'map'] as const}>
            {(view) => (
              <button type="button" aria-pressed={video.view() === view} onClick={() => video.setView(view)}>
                {t(`video.view_${view}`)}
              </button>
            )}
          </For>
        </div>
        <button type="button" onClick={() => video.importing.open()}>
          {t('video.import')}
        </button>
      </div>
      <Show when={isOpen()}>
        <Filters />
      </Show>
      <p class="channel-found num" role="status">
        <Show when={list.total() !== undefined} fallback={<span class="hint">{t('card.loading')}</span>}>
          <span>
            {t(list.isTotalExact() ? 'video.found' : 'video.found_more', { n: quantity(list.total() ?? 0, 0) })}
          </span>
        </Show>
        <Show when={isNarrowed(list.filter())}>
          <button type="button" class="quiet" onClick={() => list.showAll()}>
            {t('video.show_all')}
          </button>
        </Show>
      </p>
    </>
  );
}

function Finder() {
  const { list } = useVideo();
  let field: HTMLInputElement | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  onCleanup(() => clearTimeout(timer));
  function use(text: string): void {
    clearTimeout(timer);
    if (text.trim() !== list.filter().text) {
      list.change({ text: text.trim() });
    }
  }
  function later(text: string): void {
    clearTimeout(timer);
    timer = setTimeout(() => use(text), PAUSE_MILLIS);
  }
  // "Show all" changes the words too; what is being typed stays as it is.
  createEffect(
    on(
      () => list.filter().text,
      (text) => {
        if (field !== undefined && field.value.trim() !== text) {
          field.value = text;
        }
      },
    ),
  );
  return (
    <input
      type="search"
      class="strip-field"
      autocomplete="off"
      spellcheck={false}
      aria-label={t('video.find')}
      placeholder={t('video.find_hint')}
      ref={(element) => {
        field = element;
      }}
      onInput={(event) => {
        // Letters that an input method still turns into words are no words yet.
        if (!event.isComposing) {
          later(event.currentTarget.value);
        }
      }}
      onCompositionEnd={(event) => later(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.isComposing) {
          return;
        }
        if (event.key === 'Enter') {
          event.preventDefault();
          use(event.currentTarget.value);
        } else if (event.key === 'Escape') {
          event.preventDefault();
          event.currentTarget.value = '';
          use('');
          event.currentTarget.blur();
        }
      }}
    />
  );
}

function Filters() {
  const { list, tables } = useVideo();
  const filter = () => list.filter();
  const numbers = (chosen: readonly number[]) => chosen.map(String);
  const ungraded = () => ({ code: '0', name: t('video.ungraded') });
  const plain = (names: readonly string[] | undefined) => (names ?? []).map((name) => ({ code: name, name }));
  const place = () => (filter().has_place === null ? '' : filter().has_place === true ? 'yes' : 'no');
  return (
    <section class="channel-filters scrolls" aria-label={t('alarms.filters')}>
      <Choices
        label={t('card.status')}
        options={STATUSES.map((status) => ({ code: status, name: word('video.status', status) }))}
        chosen={filter().statuses}
        onToggle={(code) => {
          const status = STATUSES.find((one) => one === code);
          if (status !== undefined) {
            list.change({ statuses: withOrWithout(filter().statuses, status) });
          }
        }}
      />
      <Choices
        label={t('video.category')}
        options={[...(tables()?.categories ?? []), ungraded()]}
        chosen={numbers(filter().categories)}
        onToggle={(code) => list.change({ categories: withOrWithout(filter().categories, Number(code)) })}
      />
      <Choices
        label={t('video.grade')}
        options={[...(tables()?.grades ?? []), ungraded()]}
        chosen={numbers(filter().grades)}
        onToggle={(code) => list.change({ grades: withOrWithout(filter().grades, Number(code)) })}
      />
      <Choices
        label={t('video.ptz_type')}
        options={tables()?.ptz_types ?? []}
        chosen={numbers(filter().ptz_types)}
        onToggle={(code) => list.change({ ptz_types: withOrWithout(filter().ptz_types, Number(code)) })}
      />
      <Choices
        label={t('video.tag')}
        options={plain(tables()?.tags)}
        chosen={filter().tags}
        onToggle={(code) => list.change({ tags: withOrWithout(filter().tags, code) })}
      />
      <Choices
        label={t('video.source')}
        options={plain(tables()?.sources)}
        chosen={filter().sources}
        onToggle={(code) => list.change({ sources: withOrWithout(filter().sources, code) })}
      />
      <OneOf
        label={t('video.place')}
        none={t('alarms.all')}
        value={place()}
        options={[
          { code: 'yes', name: t('video.with_place') },
          { code: 'no', name: t('video.without_place') },
        ]}
        onChoose={(code) => list.change({ has_place: code === '' ? null : code === 'yes' })}
      />
      <Area />
    </section>
  );
}

/** Only what lies in the picture, or in an area that is drawn on it. */
function Area() {
  const desk = useDesk();
  const tools = useTools();
  const { list } = useVideo();
  const filter = () => list.filter();
  const pages = usePages();
  const draws = () => tools.drawsFor() === AREA_DRAWER;
  function stop(): void {
    if (draws()) {
      tools.cancel();
    }
  }
  onCleanup(stop);
  // The twin has its room only while somebody draws on it.
  createEffect(on(draws, (isDrawing) => pages.setFolded(isDrawing), { defer: true }));
  function inPicture(): void {
    list.change({ area: [], bounds: filter().bounds === null ? boundsOf(desk.twin.footprint()) : null });
  }
  function draw(): void {
    tools.draw(AREA_DRAWER, { kind: 'ring' }, (sketch) => {
      if (sketch.kind === 'ring') {
        list.change({ bounds: null, area: sketch.ring.map(([lon, lat]): [number, number] => [lon, lat]) });
      }
    });
  }
  return (
    <div class="choices">
      <span class="choices-label">{t('video.area')}</span>
      <div class="choices-row">
        <button type="button" aria-pressed={filter().bounds !== null} onClick={inPicture}>
          {t('video.in_picture')}
        </button>
        <button type="button" disabled={desk.twin.failure() !== undefined} onClick={draw}>
          {t('video.area_draw')}
        </button>
        <Show when={filter().area.length > 0}>
          <button type="button" aria-pressed="true" onClick={() => list.change({ area: [] })}>
            {t('video.area_off')}
          </button>
        </Show>
      </div>
    </div>
  );
}
