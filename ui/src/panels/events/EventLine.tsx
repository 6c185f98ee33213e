// One case in the list: how grave, what, how long there is; who has it, since when, how far it has come.

import { For, Show } from 'solid-js';
import type { CaseRowDto } from '../../generated/wire';
import { Shape } from '../../parts/Shape';
import { type CasePlace, isKnownCase } from '../../state/case_list';
import { isOver } from '../../state/case_query';
import { countMarks, holderWords } from '../../state/case_words';
import { useCases } from '../../state/cases';
import { useDesk } from '../../state/desk';
import { isReal, markOf } from '../../state/standing';
import { t, word } from '../../state/texts';
import { age } from '../../state/time';
import { Due } from './ClockRing';

export function EventLine(props: { place: CasePlace; index: () => number }) {
  const known = () => (isKnownCase(props.place) ? props.place : undefined);
  return (
    <Show
      when={known()}
      fallback={
        <div class="row row-waiting" role="row" aria-busy="true" aria-rowindex={props.index() + 1}>
          <span class="row-mark" role="gridcell">
            <Shape severity="normal" quiet />
          </span>
          <span class="row-line hint" role="gridcell">
            …
          </span>
        </div>
      }
    >
      {(row) => <Line row={row()} index={props.index()} />}
    </Show>
  );
}

/** What a click on a row does: opens it, takes it into the choice, or all from where the choice began. */
export function pressCase(event: MouseEvent, row: CaseRowDto, cases: ReturnType<typeof useCases>): void {
  if (event.shiftKey) {
    cases.chooseTo(row);
  } else if (event.ctrlKey || event.metaKey) {
    cases.toggle(row);
  } else {
    cases.clear();
    cases.setCurrent(row.id);
    cases.open(row);
  }
}

function Line(props: { row: CaseRowDto; index: number }) {
  const desk = useDesk();
  const cases = useCases();
  const isCurrent = () => cases.current() === props.row.id;
  const now = () => (desk.past() ? desk.shown() : desk.now());
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Enter, A and the rest act on the current row through the grid's keys.
    <div
      class="row"
      classList={{
        current: isCurrent(),
        chosen: cases.isChosen(props.row.id),
        done: isOver(props.row),
        unreal: !isReal(props.row),
      }}
      role="row"
      tabindex="-1"
      id={`case-${props.row.id}`}
      aria-rowindex={props.index + 1}
      aria-selected={cases.hasChosen() ? cases.isChosen(props.row.id) : isCurrent()}
      onClick={(event) => pressCase(event, props.row, cases)}
      onPointerEnter={() => cases.point(props.row.id)}
    >
      <span class="row-mark" role="gridcell" title={word('level', props.row.level)}>
        <Shape severity={props.row.severity} unreal={!isReal(props.row)} />
      </span>
      <span class="row-line" role="presentation">
        <span class="row-what ellipsis" role="gridcell" title={props.row.title}>
          <Show when={!isReal(props.row)}>
            <strong class="unreal-word">{markOf(props.row)}</strong>
          </Show>
          {props.row.title}
        </span>
        <span class="row-value num" role="gridcell">
          <Show when={props.row.is_unsynced}>
            <span class="unsynced">{t('event.unsynced')}</span>
          </Show>
          <Due row={props.row} />
        </span>
      </span>
      <span class="row-line row-second" role="presentation">
        <span class="row-kind ellipsis" role="gridcell">
          <span class="ellipsis">{props.row.category_name}</span>
          <span class="ellipsis row-limit">{holderWords(props.row)}</span>
          <For each={countMarks(props.row)}>
            {(mark) => (
              <span class="row-tag num" title={mark.hint}>
                {mark.word}
              </span>
            )}
          </For>
        </span>
        <span class="row-age num" role="gridcell">
          {age(now(), props.row.happened_at)}
        </span>
        <span class="row-state" role="gridcell">
          <span class="row-words">
            {props.row.is_closed_at_source ? t('case.closed_at_source') : word('event.stage', props.row.stage)}
          </span>
        </span>
      </span>
    </div>
  );
}
