// The duty log: what the desk noted and what officers wrote, with filters, pages, and a line for what is noted now.

import { createEffect, For, on, onCleanup, Show } from 'solid-js';
import { useDesk } from '../../state/desk';
import { useDuty } from '../../state/duty';
import { ENTRY_MOST, isNarrowed, LOG_SPANS, PAGE_ROWS, SOURCES } from '../../state/duty_log';
import { t, word } from '../../state/texts';
import { quantity } from '../../state/time';
import { useAbout } from './about';
import { LogRow } from './LogRow';
import { Waiting, Words } from './parts';
import { ReportExport } from './ReportExport';

/** Quiet time after a keystroke before the log is asked for. */
const PAUSE_MILLIS = 250;

export function LogView() {
  const { log } = useDuty();
  log.watch();
  return (
    <>
      <Filters />
      <Show when={log.page() !== undefined && log.failure()}>
        {(message) => (
          <p class="duty-failure" role="alert">
            {t('duty.failed', { message: message() })}
          </p>
        )}
      </Show>
      <div class="duty-fills scrolls" role="region" aria-label={t('duty.view_log')} tabindex="0">
        <Show when={log.page()} fallback={<Waiting failure={log.failure()} onRetry={log.read} />}>
          <Show when={log.rows.length > 0} fallback={<Empty />}>
            <table class="page-table log-table">
              <thead>
                <tr>
                  <th scope="col">{t('duty.time')}</th>
                  <th scope="col">{t('duty.source')}</th>
                  <th scope="col">{t('duty.by')}</th>
                  <th scope="col">{t('duty.text')}</th>
                  <th scope="col">
                    <span class="hidden-words">{t('duty.acts')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                <For each={log.rows}>{(entry) => <LogRow entry={entry} />}</For>
              </tbody>
            </table>
          </Show>
        </Show>
      </div>
      <Turn />
      <Write />
    </>
  );
}

function Filters() {
  const { log } = useDuty();
  const count = (i: number) => log.page()?.by_source[i] ?? 0;
  return (
    <section class="page-tools" aria-label={t('alarms.filters')}>
      <fieldset class="choices-row duty-choices">
        <legend class="hidden-words">{t('duty.span')}</legend>
        <For each={LOG_SPANS}>
          {(span) => (
            <button type="button" aria-pressed={log.filter().span === span} onClick={() => log.change({ span })}>
              {t(`duty.span_${span}`)}
            </button>
          )}
        </For>
      </fieldset>
      <Finder />
      <fieldset class="choices-row duty-choices num">
        <legend class="hidden-words">{t('duty.source')}</legend>
        <For each={SOURCES}>
          {(source, i) => (
            <button
              type="button"
              aria-pressed={log.filter().sources.includes(source)}
              onClick={() => log.toggleSource(source)}
            >
              {word('duty.source', source)} {quantity(count(i()), 0)}
            </button>
          )}
        </For>
      </fieldset>
      <button
        type="button"
        aria-pressed={log.filter().hidesStruck}
        onClick={() => log.change({ hidesStruck: !log.filter().hidesStruck })}
      >
        {t('duty.hide_struck')}
      </button>
      <button
        type="button"
        aria-pressed={log.filter().isOldestFirst}
        onClick={() => log.change({ isOldestFirst: !log.filter().isOldestFirst })}
      >
        {t('duty.oldest_first')}
      </button>
      <ReportExport
        of={() => ({ kind: 'duty_log', from: log.stretch().from, to: Math.round(log.stretch().to) })}
        formats={['pdf', 'docx', 'csv']}
      />
    </section>
  );
}

function Finder() {
  const { log } = useDuty();
  let field: HTMLInputElement | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  onCleanup(() => clearTimeout(timer));
  function use(text: string): void {
    clearTimeout(timer);
    if (text.trim() !== log.filter().text) {
      log.change({ text: text.trim() });
    }
  }
  function later(text: string): void {
    clearTimeout(timer);
    timer = setTimeout(() => use(text), PAUSE_MILLIS);
  }
  createEffect(
    on(
      () => log.filter().text,
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
      class="strip-field duty-find"
      autocomplete="off"
      spellcheck={false}
      aria-label={t('duty.find')}
      placeholder={t('duty.find')}
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

function Empty() {
  const { log } = useDuty();
  return (
    <div class="blank">
      <Show
        when={isNarrowed(log.filter())}
        fallback={
          <>
            <strong>{t('duty.empty')}</strong>
            <span class="hint">{t('duty.empty_hint')}</span>
          </>
        }
      >
        <strong>{t('duty.none_found')}</strong>
        <button type="button" onClick={() => log.showAll()}>
          {t('list.filter_off')}
        </button>
      </Show>
    </div>
  );
}

/** From page to page, where there are several. */
function Turn() {
  const { log } = useDuty();
  const offset = () => log.page()?.offset ?? 0;
  const total = () => log.page()?.total ?? 0;
  return (
    <Show when={total() > PAGE_ROWS || offset() > 0}>
      <nav class="duty-turn num" aria-label={t('duty.pages')}>
        <button type="button" disabled={offset() === 0} onClick={() => log.turnTo(offset() - PAGE_ROWS)}>
          {t('duty.page_before')}
        </button>
        <span>
          {t('duty.page_rows', {
            from: quantity(Math.min(total(), offset() + 1), 0),
            to: quantity(Math.min(total(), offset() + PAGE_ROWS), 0),
            total: quantity(total(), 0),
          })}
        </span>
        <button
          type="button"
          disabled={offset() + PAGE_ROWS >= total()}
          onClick={() => log.turnTo(offset() + PAGE_ROWS)}
        >
          {t('duty.page_after')}
        </button>
      </nav>
    </Show>
  );
}

/** Writes an entry by hand; about what is open in the card where the person says so. */
function Write() {
  const desk = useDesk();
  const { log } = useDuty();
  const about = useAbout();
  const send = () => void log.send(about.subject());
  return (
    <Show when={desk.live()} fallback={<p class="hint duty-past">{t('duty.past')}</p>}>
      <form
        class="log-write"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <Show when={log.isKept()}>
          <p class="hint" role="status">
            {t('alarms.kept')}
          </p>
        </Show>
        <Words
          label={t('duty.write')}
          value={log.draft()}
          rows={1}
          most={ENTRY_MOST}
          onInput={log.writeDraft}
          onSend={send}
        />
        <Show when={about.name()}>
          {(name) => (
            <label class="duty-check">
              <input
                type="checkbox"
                checked={about.isAbout()}
                onChange={(event) => about.setAbout(event.currentTarget.checked)}
              />
              <span class="ellipsis">{t('duty.about', { name: name() })}</span>
            </label>
          )}
        </Show>
        <button type="submit" disabled={log.busy() || log.draft().trim() === ''}>
          {t('duty.write_do')} <kbd>Enter</kbd>
        </button>
      </form>
    </Show>
  );
}
