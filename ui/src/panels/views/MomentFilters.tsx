// Which clips and detections are looked for: when, what, with which attributes, where, by which camera, how sure.

import { createSignal, For, Show } from 'solid-js';
import type { VideoAttributeDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { isNarrow, MOMENT_SPANS } from '../../state/moment_query';
import { t } from '../../state/texts';
import { quantity, stretch } from '../../state/time';
import { useVideoMoments } from '../../state/video_moments';
import { percent } from '../../state/video_words';
import { useViews } from '../../state/views';
import { NumberField } from './parts';
import { useSketcher } from './sketch';

const CONFIDENCES = [0, 0.5, 0.7, 0.9] as const;
const CLIP = 'clip';

export function MomentFilters() {
  const desk = useDesk();
  const views = useViews();
  const moments = useVideoMoments();
  const sketcher = useSketcher();
  const filter = () => moments.filter();
  function attributeWords([code, value]: readonly [string, string]): string {
    const known = (views.tables()?.kinds ?? []).flatMap((kind) => kind.attributes).find((one) => one.code === code);
    const word = known?.values.find((one) => one.code === value)?.name ?? value;
    return `${known?.name ?? code} ${word}`;
  }
  return (
    <>
      <div class="views-bar">
        <fieldset class="choices-row">
          <legend class="hidden-words">{t('moment_find.span')}</legend>
          <For each={MOMENT_SPANS}>
            {(span) => (
              <button
                type="button"
                aria-pressed={filter().span === span}
                disabled={span === 'range' && desk.range() === undefined}
                title={span === 'range' ? t('moment_find.span_range_hint') : undefined}
                onClick={() => moments.change({ span })}
              >
                {t(`moment_find.span_${span}`)}
              </button>
            )}
          </For>
        </fieldset>
        <Kinds />
        <button
          type="button"
          aria-pressed={filter().area.length > 0 || sketcher.draws('moment_ring')}
          onClick={() =>
            filter().area.length > 0
              ? moments.change({ area: [] })
              : sketcher.ring('moment_ring', (area) => moments.change({ area }))
          }
        >
          {filter().area.length > 0 ? t('moment_find.area_drop') : t('moment_find.area')}
        </button>
        <CameraSwitch />
        <NumberField
          label={t('moment_find.confidence')}
          options={CONFIDENCES}
          words={(one) => (one === 0 ? t('moment_find.confidence_any') : `≥ ${percent(one)}`)}
          value={filter().confidence}
          onChoose={(confidence) => moments.change({ confidence })}
        />
        <span class="views-space" />
        <Show when={isNarrow(filter())}>
          <button type="button" class="quiet" onClick={() => moments.showAll()}>
            {t('list.filter_off')}
          </button>
        </Show>
        <label class="plan-check">
          <input
            type="checkbox"
            checked={moments.lanesOn()}
            onChange={(event) => moments.setLanesOn(event.currentTarget.checked)}
          />
          <span>{t('moment_find.lanes')}</span>
        </label>
        <button
          type="button"
          aria-expanded={moments.isImporting()}
          onClick={() => moments.setImporting(!moments.isImporting())}
        >
          {t('moment_find.import')}
        </button>
      </div>
      <Attributes />
      <p class="views-note num" role="status">
        {t('moment_find.found', { n: quantity(moments.total() ?? 0, 0) })}
        <Show when={filter().span === 'range' && desk.range()}>
          {(range) => <> · {stretch(range().from, range().to)}</>}
        </Show>
        <For each={filter().attributes}>
          {(pair) => (
            <button
              type="button"
              class="quiet"
              onClick={() => moments.change({ attributes: filter().attributes.filter((one) => one !== pair) })}
            >
              {attributeWords(pair)} ×
            </button>
          )}
        </For>
        <For each={filter().cameras}>
          {(camera) => (
            <button
              type="button"
              class="quiet"
              onClick={() => moments.change({ cameras: filter().cameras.filter((one) => one !== camera) })}
            >
              {camera.name} ×
            </button>
          )}
        </For>
      </p>
    </>
  );
}

function Kinds() {
  const views = useViews();
  const moments = useVideoMoments();
  const kinds = () => {
    const known = (views.tables()?.kinds ?? []).map((kind) => ({ code: kind.code, name: kind.name }));
    return known.some((kind) => kind.code === CLIP) ? known : [{ code: CLIP, name: t('moment_find.clip') }, ...known];
  };
  return (
    <fieldset class="choices-row">
      <legend class="hidden-words">{t('moment_find.kinds')}</legend>
      <For each={kinds()}>
        {(kind) => (
          <button
            type="button"
            aria-pressed={moments.filter().kinds.includes(kind.code)}
            onClick={() => moments.toggleKind(kind.code)}
          >
            {kind.name}
          </button>
        )}
      </For>
    </fieldset>
  );
}

/** Only the cameras of the mosaic, or the one that is selected. */
function CameraSwitch() {
  const desk = useDesk();
  const views = useViews();
  const moments = useVideoMoments();
  const ofMosaic = () =>
    views.cells
      .filter((cell) => cell.id < views.size() && cell.camera !== '')
      .map((cell) => ({ camera: cell.camera, name: cell.name || cell.camera }));
  const selected = () => {
    const target = desk.selected();
    return target?.kind === 'camera' ? [{ camera: target.id, name: target.id }] : [];
  };
  const offered = () => (selected().length > 0 ? selected() : ofMosaic());
  return (
    <Show when={moments.filter().cameras.length === 0 && offered().length > 0}>
      <button type="button" onClick={() => moments.change({ cameras: offered() })}>
        {selected().length > 0 ? t('moment_find.of_selected') : t('moment_find.of_mosaic')}
      </button>
    </Show>
  );
}

/** Attributes of the one kind that is chosen: which, and with which value. */
function Attributes() {
  const views = useViews();
  const moments = useVideoMoments();
  const [name, setName] = createSignal('');
  const kind = () => {
    const { kinds } = moments.filter();
    return kinds.length === 1 ? views.tables()?.kinds.find((one) => one.code === kinds[0]) : undefined;
  };
  const attribute = (): VideoAttributeDto | undefined => kind()?.attributes.find((one) => one.code === name());
  function add(value: string): void {
    if (name() !== '' && value !== '') {
      moments.change({ attributes: [...moments.filter().attributes, [name(), value]] });
      setName('');
    }
  }
  return (
    <Show when={(kind()?.attributes.length ?? 0) > 0 && kind()}>
      {(one) => (
        <div class="views-bar" role="group" aria-label={t('moment_find.attributes')}>
          <label class="sight-field">
            <span>{t('moment_find.attribute')}</span>
            <select aria-label={t('moment_find.attribute')} onChange={(event) => setName(event.currentTarget.value)}>
              <option value="" selected={name() === ''}>
                {t('moment_find.attribute_choose')}
              </option>
              <For each={one().attributes}>
                {(known) => (
                  <option value={known.code} selected={known.code === name()}>
                    {known.name}
                  </option>
                )}
              </For>
            </select>
          </label>
          <Show when={attribute()}>
            {(known) => (
              <Show
                when={known().values.length > 0}
                fallback={
                  <input
                    type="text"
                    class="strip-field"
                    autocomplete="off"
                    aria-label={known().name}
                    placeholder={t('moment_find.value')}
                    onKeyDown={(event) => {
                      if (event.key === 'Enter' && !event.isComposing) {
                        event.preventDefault();
                        add(event.currentTarget.value.trim());
                      }
                    }}
                  />
                }
              >
                <select aria-label={known().name} onChange={(event) => add(event.currentTarget.value)}>
                  <option value="">{t('moment_find.value')}</option>
                  <For each={known().values}>{(value) => <option value={value.code}>{value.name}</option>}</For>
                </select>
              </Show>
            )}
          </Show>
        </div>
      )}
    </Show>
  );
}
