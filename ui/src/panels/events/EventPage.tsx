// The page of a case: what, how grave, how far, how long there is; what can be done now; and everything around it by tabs.

import './events.css';
import { For, type JSX, Match, Show, Switch } from 'solid-js';
import type { CaseDetailDto } from '../../generated/wire';
import { Shape } from '../../parts/Shape';
import { holderWords } from '../../state/case_words';
import { useCases } from '../../state/cases';
import { useDesk } from '../../state/desk';
import { CASE_TABS, type CaseTab, usePages } from '../../state/pages';
import { knowingWords, pastKind } from '../../state/past';
import { isReal, markOf } from '../../state/standing';
import { t, word } from '../../state/texts';
import { moment, monthDay, shortTime } from '../../state/time';
import { Code } from '../card/Reading';
import { DispatchTab } from '../plans/DispatchTab';
import { PictureTab } from '../plans/PictureTab';
import { PlanTab } from '../plans/PlanTab';
import { CaseFiles } from './CaseFiles';
import { CaseMoves } from './CaseMoves';
import { CaseOverview } from './CaseOverview';
import { CaseReports } from './CaseReports';
import { CaseTimeline } from './CaseTimeline';
import { Due } from './ClockRing';

export function EventPage(props: { detail: CaseDetailDto }) {
  const desk = useDesk();
  return (
    <>
      <div class="case-top">
        <Show when={props.detail.is_past || desk.past()}>
          <p class="card-past num" classList={{ branch: desk.branch() !== undefined }}>
            <strong>{pastKind(desk)}</strong> {moment(desk.shown())} · {knowingWords(desk)}
          </p>
        </Show>
        <Head detail={props.detail} />
        <Show when={!props.detail.is_past && desk.live()} fallback={<p class="hint case-still">{t('event.past')}</p>}>
          <CaseMoves detail={props.detail} />
        </Show>
      </div>
      <Tabs detail={props.detail} />
    </>
  );
}

function Head(props: { detail: CaseDetailDto }) {
  const desk = useDesk();
  const cases = useCases();
  const row = () => props.detail.row;
  return (
    <header class="card-head" classList={{ unreal: !isReal(row()) }}>
      <div class="card-title">
        <Shape severity={row().severity} unreal={!isReal(row())} />
        <h2 title={row().title}>
          <Show when={!isReal(row())}>
            <span class="unreal-word">{markOf(row())}</span>
          </Show>
          {row().title}
        </h2>
        <button
          type="button"
          class="quiet card-close"
          aria-label={t('card.close')}
          title={t('card.close')}
          onClick={() => cases.close()}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="m3 3 10 10M13 3 3 13" stroke="currentColor" stroke-width="1.6" />
          </svg>
        </button>
      </div>
      <div class="card-under">
        <span>{row().category_name || word('kind', 'event')}</span>
        <span>{word('level', row().level)}</span>
        <Code code={row().id} />
        <Show when={row().place !== null}>
          <button type="button" class="card-fly" onClick={() => cases.open(row())}>
            {t('card.fly')}
          </button>
        </Show>
      </div>
      <div class="case-state">
        <strong>{word('event.stage', row().stage)}</strong>
        <Due row={row()} withPhase />
        <Show when={row().due_at}>
          {(due) => <span class="hint num">{t('case.until', { time: dueTime(due(), desk.now()) })}</span>}
        </Show>
        <span class="case-holder ellipsis">{holderWords(row())}</span>
        <Show when={row().is_unsynced}>
          <span class="unsynced">{t('event.unsynced')}</span>
        </Show>
      </div>
      <Show when={row().is_closed_at_source}>
        <p class="hint">{t('case.closed_at_source_hint')}</p>
      </Show>
      <Show when={!isReal(row())}>
        <p role="note">{word('standing_note', row().standing)}</p>
      </Show>
    </header>
  );
}

/** The clock time, with the date on another day. */
function dueTime(due: number, now: number): string {
  return monthDay(due) === monthDay(now) ? shortTime(due) : `${monthDay(due)} ${shortTime(due)}`;
}

function Tabs(props: { detail: CaseDetailDto }) {
  const pages = usePages();
  const id = () => props.detail.row.id;
  const counts = (): Partial<Record<CaseTab, number>> => ({
    timeline: props.detail.timeline_total,
    reports: props.detail.reports.length,
    files: props.detail.attachments.length,
  });
  const onArrow = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by !== 0) {
      event.preventDefault();
      const at = CASE_TABS.indexOf(pages.caseTab());
      const next = CASE_TABS[(at + by + CASE_TABS.length) % CASE_TABS.length] ?? 'overview';
      pages.setCaseTab(next);
      document.getElementById(`case-tab-${next}`)?.focus();
    }
  };
  return (
    <div class="case-body">
      <div class="case-tabs" role="tablist" aria-label={t('case.tabs')}>
        <For each={CASE_TABS}>
          {(tab) => (
            <button
              type="button"
              role="tab"
              class="quiet"
              id={`case-tab-${tab}`}
              aria-selected={pages.caseTab() === tab}
              aria-controls="case-tab-panel"
              tabindex={pages.caseTab() === tab ? 0 : -1}
              onKeyDown={onArrow}
              onClick={() => pages.setCaseTab(tab)}
            >
              {t(`case.tab_${tab}`)}
              <Show when={(counts()[tab] ?? 0) > 0}>
                <span class="num case-tab-count">{counts()[tab]}</span>
              </Show>
            </button>
          )}
        </For>
      </div>
      <div
        class="case-tab scrolls"
        id="case-tab-panel"
        role="tabpanel"
        aria-labelledby={`case-tab-${pages.caseTab()}`}
        tabindex="0"
      >
        <Switch>
          <Match when={pages.caseTab() === 'overview'}>
            <CaseOverview detail={props.detail} />
          </Match>
          <Match when={pages.caseTab() === 'timeline'}>
            <CaseTimeline detail={props.detail} />
          </Match>
          <Match when={pages.caseTab() === 'reports'}>
            <CaseReports detail={props.detail} />
          </Match>
          <Match when={pages.caseTab() === 'files'}>
            <CaseFiles detail={props.detail} />
          </Match>
          {/* Each case has a plan, dispatches and a picture of its own: another case begins anew. */}
          <Match when={pages.caseTab() === 'plan'}>
            <ForCase id={id()}>{(one) => <PlanTab caseId={one} />}</ForCase>
          </Match>
          <Match when={pages.caseTab() === 'dispatch'}>
            <ForCase id={id()}>{(one) => <DispatchTab caseId={one} />}</ForCase>
          </Match>
          <Match when={pages.caseTab() === 'picture'}>
            <ForCase id={id()}>{(one) => <PictureTab caseId={one} />}</ForCase>
          </Match>
        </Switch>
      </div>
    </div>
  );
}

function ForCase(props: { id: string; children: (id: string) => JSX.Element }) {
  return (
    <Show when={props.id} keyed>
      {(id) => props.children(id)}
    </Show>
  );
}
