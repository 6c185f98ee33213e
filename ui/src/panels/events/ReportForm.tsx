// The form of a new event: what, where, when, how grave. While it is written the desk says what it may be the same as; what is
// written survives a crash.

import { createEffect, For, on, onCleanup, Show } from 'solid-js';
import type { CaseLikeDto } from '../../generated/wire';
import type { ReportDraft } from '../../state/case_draft';
import { useCases } from '../../state/cases';
import { useDesk } from '../../state/desk';
import { LEVELS } from '../../state/severity';
import { t, word } from '../../state/texts';
import { distance, moment, ZONE_OFFSET } from '../../state/time';
import { useTools } from '../../state/tools';
import { Choices } from '../tools/parts';

const TITLE_MOST = 200;
const TEXT_MOST = 4000;
const NAME_MOST = 100;
const STANDINGS = ['actual', 'exercise'] as const;

export function ReportForm(props: { report: ReportDraft }) {
  const desk = useDesk();
  const cases = useCases();
  const before = document.activeElement;
  onCleanup(() => {
    if (before instanceof HTMLElement && before.isConnected) {
      before.focus({ preventScroll: true });
    }
  });
  const draft = () => props.report.draft;
  const sources = () => {
    const known = cases.tables()?.sources ?? [];
    return known.includes(draft().source) ? known : [draft().source, ...known];
  };
  return (
    <form
      class="report-form"
      aria-label={t('report_form.title')}
      onSubmit={(event) => {
        event.preventDefault();
        cases.sendReport();
      }}
    >
      <header class="card-head">
        <div class="card-title">
          <h2>{draft().join === null ? t('report_form.title') : t('report_form.join_title')}</h2>
        </div>
        <Show when={cases.isReportKept()}>
          <p class="hint" role="status">
            {t('alarms.kept')}
          </p>
        </Show>
      </header>
      <div class="report-body scrolls" role="region" aria-label={t('report_form.title')} tabindex="0">
        <Line
          label={t('report_form.what')}
          most={TITLE_MOST}
          value={draft().title}
          isFirst={!cases.isReportKept()}
          onInput={(title) => cases.writeReport({ title })}
        />
        <label class="tool-field">
          <span>{t('report_form.more')}</span>
          <textarea
            rows={3}
            maxlength={TEXT_MOST}
            ref={(element) => {
              element.value = draft().text;
            }}
            onInput={(event) => cases.writeReport({ text: event.currentTarget.value })}
          />
        </label>
        <Likely />
        <Choices
          label={t('card.level')}
          options={LEVELS}
          words={(one) => t(`level.${one}`)}
          value={LEVELS.find((one) => one === draft().level)}
          onChoose={(level) => cases.writeReport({ level })}
        />
        <div class="report-pair">
          <label class="tool-field">
            <span>{t('card.category')}</span>
            <select
              value={draft().category}
              onChange={(event) => cases.writeReport({ category: event.currentTarget.value })}
            >
              <option value="">{t('report_form.category_later')}</option>
              <For each={cases.tables()?.categories ?? []}>
                {(one) => (
                  <option value={one.word} selected={one.word === draft().category}>
                    {one.name}
                  </option>
                )}
              </For>
            </select>
          </label>
          <label class="tool-field">
            <span>{t('card.reported_by')}</span>
            <select
              value={draft().source}
              onChange={(event) => cases.writeReport({ source: event.currentTarget.value })}
            >
              <For each={sources()}>
                {(one) => (
                  <option value={one} selected={one === draft().source}>
                    {word('source', one)}
                  </option>
                )}
              </For>
            </select>
          </label>
          <Line
            label={t('report_form.reporter')}
            most={NAME_MOST}
            value={draft().reporter}
            onInput={(reporter) => cases.writeReport({ reporter })}
          />
          <Line
            label={t('report_form.number')}
            most={NAME_MOST}
            value={draft().number}
            onInput={(number) => cases.writeReport({ number })}
          />
        </div>
        <label class="tool-field">
          <span>{t('report_form.when')}</span>
          <input
            type="datetime-local"
            step="60"
            value={draft().happened_at === null ? '' : localTime(draft().happened_at ?? 0)}
            max={localTime(desk.now())}
            onChange={(event) => cases.writeReport({ happened_at: momentOf(event.currentTarget.value) })}
          />
        </label>
        <Where report={props.report} />
        <Choices
          label={t('report_form.standing')}
          options={STANDINGS}
          words={(one) => (one === 'actual' ? t('exercise.show_real') : t('exercise.show_unreal'))}
          value={STANDINGS.find((one) => one === draft().standing)}
          onChoose={(standing) => cases.writeReport({ standing })}
        />
      </div>
      <div class="tool-acts report-acts">
        <button type="submit" disabled={cases.isSending() || draft().title.trim() === ''}>
          {draft().join === null ? t('report_form.send') : t('report_form.join')} <kbd>Enter</kbd>
        </button>
        <button type="button" onClick={() => cases.giveUpReport()}>
          {t('range.cancel')} <kbd>Esc</kbd>
        </button>
      </div>
    </form>
  );
}

/** A field of one line; an Enter that ends a word of an input method sends nothing. */
function Line(props: {
  label: string;
  most: number;
  value: string;
  isFirst?: boolean;
  onInput: (text: string) => void;
}) {
  let field: HTMLInputElement | undefined;
  let composedAt = Number.NEGATIVE_INFINITY;
  // What is filled in from elsewhere (an alarm's place has no part in it) is shown; what is typed is the browser's own.
  createEffect(
    on(
      () => props.value,
      (value) => {
        if (field !== undefined && field.value !== value && document.activeElement !== field) {
          field.value = value;
        }
      },
    ),
  );
  return (
    <label class="tool-field">
      <span>{props.label}</span>
      <input
        type="text"
        autocomplete="off"
        maxlength={props.most}
        ref={(element) => {
          field = element;
          element.value = props.value;
          if (props.isFirst === true) {
            queueMicrotask(() => element.focus());
          }
        }}
        onInput={(event) => props.onInput(event.currentTarget.value)}
        onCompositionEnd={() => {
          composedAt = performance.now();
        }}
        onKeyDown={(event) => {
          const isComposed = event.isComposing || event.keyCode === 229 || performance.now() - composedAt < 30;
          if (event.key === 'Enter' && isComposed) {
            event.preventDefault();
          }
        }}
      />
    </label>
  );
}

/** What the report may be the same as: joined with one click, or kept apart on purpose. */
function Likely() {
  const cases = useCases();
  const check = () => cases.check();
  const draft = () => cases.report()?.draft;
  const joined = () => draft()?.join ?? null;
  const likes = (): CaseLikeDto[] => check()?.perhaps ?? [];
  return (
    <Show when={check()?.is_repeated === true || likes().length > 0 || joined() !== null}>
      <section class="report-likely" aria-label={t('report_form.likely')} aria-live="polite">
        <Show when={check()?.is_repeated === true}>
          <p>{t('report_form.repeated')}</p>
        </Show>
        <Show when={joined() === null && check()?.joins !== null && check()?.joins !== undefined}>
          <p>{t('report_form.would_join')}</p>
        </Show>
        <ul class="case-likes">
          <For each={likes()}>
            {(one) => (
              <li class="case-like">
                <span class="case-like-name">
                  <span class="ellipsis">{one.title}</span>
                  <span class="hint num ellipsis">
                    {word('event.stage', one.stage)} · {t('case.alike', { n: Math.round(one.score * 100) })}
                    {one.distance_m === null ? '' : ` · ${distance(one.distance_m)}`} ·{' '}
                    {moment(one.happened_at).slice(6, 11)}
                  </span>
                </span>
                <button
                  type="button"
                  aria-pressed={joined() === one.id}
                  onClick={() => cases.writeReport({ join: joined() === one.id ? null : one.id, is_alone: false })}
                >
                  {t('report_form.same')}
                </button>
              </li>
            )}
          </For>
        </ul>
        <label class="case-check">
          <input
            type="checkbox"
            checked={draft()?.is_alone === true}
            onChange={(event) => cases.writeReport({ is_alone: event.currentTarget.checked, join: null })}
          />
          {t('report_form.alone')}
        </label>
      </section>
    </Show>
  );
}

/** Where it is: a point that is picked in the twin, the place of what is selected, or the middle of the picture. */
function Where(props: { report: ReportDraft }) {
  const desk = useDesk();
  const cases = useCases();
  const tools = useTools();
  const place = () => props.report.draft.place;
  function pick(): void {
    tools.draw('report', { kind: 'point' }, (sketch) => {
      if (sketch.kind === 'point') {
        const [lon, lat] = sketch.at;
        cases.writeReport({ place: [lon, lat] });
      }
    });
  }
  function takeSelected(): void {
    const target = desk.selected();
    if (target !== undefined) {
      void desk.backend.card(target).then((result) => {
        if (result.ok) {
          cases.writeReport({ place: [result.value.lon, result.value.lat] });
        } else {
          desk.attempt(Promise.resolve(result));
        }
      });
    }
  }
  return (
    <fieldset class="choices report-where">
      <legend>{t('card.position')}</legend>
      <p class="num" role="status">
        {place() === null
          ? t('report_form.nowhere')
          : `${(place()?.[0] ?? 0).toFixed(5)}, ${(place()?.[1] ?? 0).toFixed(5)}`}
      </p>
      <div class="choices-row">
        <button type="button" aria-pressed={tools.drawsFor() === 'report'} onClick={pick}>
          {t('report_form.pick')}
        </button>
        <button type="button" disabled={desk.selected() === undefined} onClick={takeSelected}>
          {t('report_form.of_selected')}
        </button>
        <Show when={place() !== null}>
          <button type="button" class="quiet" onClick={() => cases.writeReport({ place: null })}>
            {t('report_form.no_place')}
          </button>
        </Show>
      </div>
    </fieldset>
  );
}

/** `2026-11-21T14:03` of a moment, by the city's clock. */
export function localTime(millis: number): string {
  return new Date(millis + ZONE_OFFSET).toISOString().slice(0, 16);
}

/** The moment of `2026-11-21T14:03` by the city's clock; `null` for now. */
export function momentOf(text: string): number | null {
  const millis = Date.parse(`${text}:00Z`);
  return text === '' || Number.isNaN(millis) ? null : millis - ZONE_OFFSET;
}
