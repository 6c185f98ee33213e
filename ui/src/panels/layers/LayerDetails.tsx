// One layer: what it is, how much there is, what its colours mean, and how it is drawn.

import { For, Show } from 'solid-js';
import type { LayerRowDto } from '../../generated/wire';
import { Shape } from '../../parts/Shape';
import { useDesk } from '../../state/desk';
import { isCounted, neighbour, ROWLESS } from '../../state/layer_list';
import { useLayers } from '../../state/layers';
import { ALARMING } from '../../state/severity';
import { t, word } from '../../state/texts';
import { age, joined, quantity } from '../../state/time';
import { Choices, Slider } from '../tools/parts';
import { Eye } from './Eye';
import { FencePanel } from './FencePanel';
import { FilterField } from './FilterField';
import { LayerLegend } from './LayerLegend';
import { LayerStyle } from './LayerStyle';

const STANDS = ['on', 'above', 'through'] as const;
const GATHERINGS = ['symbols', 'dots', 'each'] as const;
/** Kinds whose rows can be gathered into clusters or dots. */
const GATHERED = ['points', 'columns', 'rings'];
/** Kinds that are drawn as they are, or not at all. */
const OPAQUE = ['city', 'labels'];

/** The layer whose details are open; nothing while it is unknown. */
export function LayerDetails() {
  const layers = useLayers();
  const row = () => layers.list.rows.find((one) => one.id === layers.open());
  // Keyed on the identity, so that another layer gets fields of its own and news of the same one keep what is typed.
  return (
    <Show when={row()?.id} keyed>
      {(id) => <Details id={id} />}
    </Show>
  );
}

function Details(props: { id: string }) {
  const layers = useLayers();
  const found = () => layers.list.rows.find((one) => one.id === props.id);
  return <Show when={found()}>{(row) => <DetailsOf row={row()} />}</Show>;
}

function DetailsOf(props: { row: LayerRowDto }) {
  const layers = useLayers();
  const place = () => layers.list.rows.findIndex((row) => row.id === props.row.id) + 1;
  const opacity = () => Math.round(props.row.opacity * 100);
  const canMove = (by: -1 | 1) => neighbour(layers.list.rows, props.row.id, by) !== undefined;
  return (
    <section class="layer-details" aria-label={props.row.name}>
      <header class="layer-details-head">
        <Eye
          name={t('layers.show_name', { name: props.row.name })}
          shown={props.row.shown ? 'all' : 'none'}
          isBranch={false}
          isInTree={false}
          onToggle={() => layers.change({ do: 'show', id: props.row.id, on: !props.row.shown })}
        />
        <h3 class="ellipsis">{props.row.name}</h3>
        <span class="hint">{word('layer_kind', props.row.kind)}</span>
      </header>
      <Show when={props.row.about !== '' || props.row.path.length > 0}>
        <p class="hint">
          {[props.row.about, joined([...props.row.path, props.row.system])].filter((part) => part !== '').join(' ')}
        </p>
      </Show>
      <Show when={props.row.problem}>
        {(problem) => (
          <p class="tool-failure" role="alert">
            {problem()}
          </p>
        )}
      </Show>
      <Counts row={props.row} />
      {/* Above the legend, which a choice makes longer or shorter: what is used stays where it is. */}
      <Show when={props.row.style}>{(style) => <LayerStyle row={props.row} style={style()} />}</Show>
      <LayerLegend kind={props.row.kind} legend={props.row.legend} />
      <Show when={props.row.kind === 'fences'}>
        <FencePanel />
      </Show>
      <Show when={!ROWLESS.includes(props.row.kind)}>
        <FilterField row={props.row} />
      </Show>
      <Show when={!OPAQUE.includes(props.row.kind)}>
        <Slider
          label={t('layers.opacity')}
          text={`${opacity()}%`}
          min={5}
          max={100}
          step={5}
          value={opacity()}
          onInput={(value) => layers.setOpacity(props.row.id, value / 100)}
        />
      </Show>
      <Show when={props.row.can_style}>
        <Choices
          label={t('layers.stand')}
          options={STANDS}
          words={(stand) => word('layer_stand', stand)}
          value={STANDS.find((stand) => stand === props.row.stand)}
          onChoose={(stand) => layers.change({ do: 'stand', id: props.row.id, stand })}
        />
        <Show when={GATHERED.includes(props.row.kind)}>
          <Choices
            label={t('layers.gather')}
            options={GATHERINGS}
            words={(gather) => word('layer_gather', gather)}
            value={GATHERINGS.find((gather) => gather === props.row.gather)}
            onChoose={(gather) => layers.change({ do: 'gather', id: props.row.id, gather })}
          />
        </Show>
      </Show>
      <div class="layer-order">
        <span class="hint num">{t('layers.place', { n: place(), total: layers.list.rows.length })}</span>
        <button
          type="button"
          disabled={!canMove(-1)}
          aria-keyshortcuts="Alt+ArrowUp"
          onClick={() => layers.moveBy(props.row.id, -1)}
        >
          {t('layers.move_up')}
        </button>
        <button
          type="button"
          disabled={!canMove(1)}
          aria-keyshortcuts="Alt+ArrowDown"
          onClick={() => layers.moveBy(props.row.id, 1)}
        >
          {t('layers.move_down')}
        </button>
      </div>
    </section>
  );
}

/** How many there are, by state and age, and how many of them the picture holds. */
function Counts(props: { row: LayerRowDto }) {
  const desk = useDesk();
  const layers = useLayers();
  /** The picture counts layers of devices that look alike together. */
  const isTogether = () =>
    layers.list.rows.some((one) => one.id !== props.row.id && one.number === props.row.number && one.shown);
  /** Counts from the worst on; the wire has normal first. */
  const states = () =>
    ALARMING.map((severity, i) => ({ severity, count: props.row.by_class[4 - i] ?? 0 })).filter((one) => one.count > 0);
  const facts = (): [string, string][] => {
    const { row } = props;
    if (!isCounted([row], row.count)) {
      return [];
    }
    const list: [string, string][] = [[t('layers.count'), quantity(row.count, 0)]];
    if (row.in_view !== null) {
      const drawn = row.drawn === null ? '' : t('layers.drawn', { n: quantity(row.drawn, 0) });
      const name = isTogether() ? t('layers.in_view_together') : t('layers.in_view');
      list.push([name, [quantity(row.in_view, 0), drawn].filter((part) => part !== '').join(' ')]);
    }
    if (row.late + row.missing > 0) {
      list.push([t('freshness.late'), quantity(row.late, 0)], [t('freshness.missing'), quantity(row.missing, 0)]);
    }
    list.push([t('layers.newest_label'), row.newest_at === null ? t('age.none') : age(desk.shown(), row.newest_at)]);
    return list;
  };
  return (
    <>
      <Show when={facts().length > 0}>
        <dl class="facts">
          <For each={facts()}>
            {([name, value]) => (
              <>
                <dt>{name}</dt>
                <dd class="num">{value}</dd>
              </>
            )}
          </For>
        </dl>
      </Show>
      <Show when={states().length > 0 || (props.row.by_class[5] ?? 0) > 0}>
        <ul class="layer-states num">
          <For each={states()}>
            {(one) => (
              <li title={word('severity', one.severity)}>
                <Shape severity={one.severity} />
                {quantity(one.count, 0)}
              </li>
            )}
          </For>
          <Show when={(props.row.by_class[5] ?? 0) > 0}>
            <li>
              <Shape severity="medium" quiet unreal />
              {t('layers.unreal', { n: quantity(props.row.by_class[5] ?? 0, 0) })}
            </li>
          </Show>
        </ul>
      </Show>
    </>
  );
}
