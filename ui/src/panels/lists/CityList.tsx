// What the alarm list and the event list share: count strip, filter, held order, current row, keys.

import { createMemo, createSignal, For, type JSX, Show } from 'solid-js';
import type { SeverityDto } from '../../generated/wire';
import { Shape } from '../../parts/Shape';
import { VirtualRows } from '../../parts/VirtualRows';
import { useActs } from '../../state/acts';
import { type Held, hold, inHeldOrder, updatesSince } from '../../state/held_order';
import { createScale } from '../../state/scale';
import { t } from '../../state/texts';
import { joined } from '../../state/time';

const ROW_DESIGN_PX = 40;

export interface Count {
  severity: SeverityDto;
  word: string;
  count: number;
}

export interface CityListProps<Row extends { id: string; severity: SeverityDto }> {
  label: string;
  idPrefix: string;
  rows: readonly Row[];
  counts: readonly Count[];
  empty: { words: string; hint: string };
  /** How many there are when the list holds only the first of them. */
  total: number;
  /** What stands between the counts and the rows. */
  aside?: JSX.Element;
  onGo(row: Row): void;
  onAcknowledge?(row: Row): void;
  children: (row: Row, state: RowState) => JSX.Element;
}

export interface RowState {
  id: string;
  index: () => number;
  current: () => boolean;
  choose(): void;
  go(): void;
  enter(): void;
}

export function CityList<Row extends { id: string; severity: SeverityDto }>(props: CityListProps<Row>) {
  const acts = useActs();
  const scale = createScale();
  const [wanted, setWanted] = createSignal<readonly SeverityDto[]>([]);
  const [held, setHeld] = createSignal<Held<Row>>();
  const [current, setCurrent] = createSignal<string>();
  let pointed: string | undefined;

  const matching = createMemo(() => {
    const severities = wanted();
    return severities.length === 0 ? props.rows : props.rows.filter((row) => severities.includes(row.severity));
  });
  const shown = createMemo(() => {
    const order = held();
    return order === undefined ? matching() : inHeldOrder(order, matching());
  });
  const updates = createMemo(() => {
    const order = held();
    return order === undefined ? 0 : updatesSince(order, matching());
  });
  const filterWords = () =>
    joined(props.counts.filter((count) => wanted().includes(count.severity)).map((count) => count.word));

  function toggle(severity: SeverityDto): void {
    setWanted(wanted().includes(severity) ? wanted().filter((w) => w !== severity) : [...wanted(), severity]);
    if (held() !== undefined) {
      setHeld(hold(matching()));
    }
  }
  /** The row that keys act on: the current one, else the one under the pointer. */
  function rowOfKeys(): Row | undefined {
    return shown().find((row) => row.id === current()) ?? shown().find((row) => row.id === pointed);
  }

  acts.listen({
    move(by) {
      const rows = shown();
      const at = rows.findIndex((row) => row.id === current());
      const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by));
      setCurrent(rows[next]?.id);
    },
    go() {
      const row = rowOfKeys();
      if (row !== undefined) {
        props.onGo(row);
      }
    },
    acknowledge() {
      const row = rowOfKeys();
      if (row !== undefined) {
        props.onAcknowledge?.(row);
      }
    },
  });

  return (
    <>
      <div class="counts">
        <For each={props.counts}>
          {(count) => (
            <button
              type="button"
              class="count"
              classList={{ none: count.count === 0 }}
              aria-pressed={wanted().includes(count.severity)}
              title={t('list.filter', { word: count.word })}
              onClick={() => toggle(count.severity)}
            >
              <Shape severity={count.severity} quiet />
              <span class="count-number num">{count.count}</span>
              <span class="count-word">{count.word}</span>
            </button>
          )}
        </For>
      </div>
      <div class="lists-body">
        {props.aside}
        <Show when={updates() > 0}>
          <button
            type="button"
            class="lists-updates"
            title={t('list.updates_apply')}
            onClick={() => setHeld(hold(matching()))}
          >
            <span class="num">{t('list.updates', { n: updates() })}</span>
          </button>
        </Show>
        <Show
          when={shown().length > 0}
          fallback={
            <div class="blank">
              <strong>
                {wanted().length > 0 ? t('list.filtered_empty', { words: filterWords() }) : props.empty.words}
              </strong>
              <span class="hint">{props.empty.hint}</span>
              <Show when={wanted().length > 0}>
                <button type="button" onClick={() => setWanted([])}>
                  {t('list.filter_off')}
                </button>
              </Show>
            </div>
          }
        >
          <VirtualRows
            label={props.label}
            rows={shown()}
            rowPx={ROW_DESIGN_PX * scale()}
            current={current()}
            idPrefix={props.idPrefix}
            onEnter={() => setHeld(hold(matching()))}
            onLeave={() => {
              pointed = undefined;
              setHeld(undefined);
            }}
          >
            {(row, index) =>
              props.children(row, {
                id: `${props.idPrefix}-${row.id}`,
                index,
                current: () => current() === row.id,
                choose: () => setCurrent(row.id),
                go: () => {
                  setCurrent(row.id);
                  props.onGo(row);
                },
                enter: () => {
                  pointed = row.id;
                },
              })
            }
          </VirtualRows>
        </Show>
        <Show when={wanted().length > 0 && shown().length > 0}>
          <button type="button" class="quiet lists-foot" onClick={() => setWanted([])}>
            {t('list.filter_off')}
          </button>
        </Show>
        <Show when={wanted().length === 0 && props.total > props.rows.length}>
          <p class="lists-foot hint num">{t('list.shown_of', { n: props.rows.length, total: props.total })}</p>
        </Show>
      </div>
    </>
  );
}
