// Everything that was done and happened, by time: steps, the plan, dispatches, the shared picture, alarms.

import { createSignal, For, Show } from 'solid-js';
import type { CaseDetailDto, CaseEntryDto, CaseEntryKindDto } from '../../generated/wire';
import { toggled } from '../../state/alarm_query';
import { useCases } from '../../state/cases';
import { t, word } from '../../state/texts';
import { duration, MINUTE, moment, quantity, SECOND } from '../../state/time';
import { ReportExport } from '../duty/ReportExport';

const KINDS = ['step', 'plan', 'dispatch', 'picture', 'alarm'] as const satisfies readonly CaseEntryKindDto[];

/** What was known much later than it happened is worth a word. */
const LATE_MILLIS = 60 * SECOND;

export function CaseTimeline(props: { detail: CaseDetailDto }) {
  const [wanted, setWanted] = createSignal<readonly CaseEntryKindDto[]>([]);
  const [isNewest, setNewest] = createSignal(true);
  const kinds = () => KINDS.filter((kind) => props.detail.timeline.some((entry) => entry.kind === kind));
  const entries = () => {
    const chosen = wanted();
    const found = props.detail.timeline.filter((entry) => chosen.length === 0 || chosen.includes(entry.kind));
    return isNewest() ? [...found].reverse() : found;
  };
  return (
    <>
      <div class="case-timeline-tools">
        <For each={kinds().length > 1 ? kinds() : []}>
          {(kind) => (
            <button
              type="button"
              aria-pressed={wanted().includes(kind)}
              onClick={() => setWanted(toggled(wanted(), kind))}
            >
              {word('event.entry', kind)}
            </button>
          )}
        </For>
        <button type="button" class="quiet" onClick={() => setNewest(!isNewest())}>
          {isNewest() ? t('case.newest_first') : t('case.oldest_first')}
        </button>
        <ReportExport of={() => ({ kind: 'case', id: props.detail.row.id })} formats={['pdf', 'docx']} />
      </div>
      <ol class="case-entries">
        <For each={entries()}>{(entry) => <Entry entry={entry} />}</For>
      </ol>
      <Show when={props.detail.timeline_total > props.detail.timeline.length}>
        <p class="hint num">
          {t('list.shown_of', { n: props.detail.timeline.length, total: props.detail.timeline_total })}
        </p>
      </Show>
    </>
  );
}

/** The figure that belongs to a step: a score, how much more time, how far up. */
function figureWords({ verb, figure }: CaseEntryDto): string {
  if (figure === null) {
    return '';
  }
  switch (verb) {
    case 'event_rated':
      return word('event.score', String(figure));
    case 'event_extended':
      return duration(figure * MINUTE);
    case 'event_urged':
      return word('event.rung', String(figure));
    default:
      return quantity(figure);
  }
}

function Entry(props: { entry: CaseEntryDto }) {
  const cases = useCases();
  const who = () => {
    const { by, role } = props.entry;
    const name = by.startsWith('rule:') || by === '' ? t('case.by_desk') : by;
    return role === '' ? name : t('case.by_role', { name, role: cases.roleName(role) });
  };
  const figure = () => figureWords(props.entry);
  return (
    <li class="case-entry" data-kind={props.entry.kind} classList={{ void: !props.entry.has_effect }}>
      <span class="num hint">{moment(props.entry.at)}</span>
      <span>
        {who()} <strong>{word('verb', props.entry.verb)}</strong> {props.entry.about}
        <Show when={figure() !== ''}> {figure()}</Show>
      </span>
      <Show when={props.entry.text !== ''}>
        <span class="case-entry-text">{props.entry.text}</span>
      </Show>
      <Show when={props.entry.reason !== ''}>
        <span class="case-entry-text">{t('case.reason', { reason: props.entry.reason })}</span>
      </Show>
      <Show when={props.entry.known_at - props.entry.at > LATE_MILLIS}>
        <span class="case-entry-text hint num">{t('card.known_at', { time: moment(props.entry.known_at) })}</span>
      </Show>
      <Show when={!props.entry.has_effect}>
        <span class="case-entry-text hint">{t('case.no_effect')}</span>
      </Show>
      <Show when={props.entry.is_unsynced}>
        <span class="case-entry-text">
          <span class="unsynced">{t('event.unsynced')}</span>
        </span>
      </Show>
    </li>
  );
}
