// A file becomes channels: which file, how its columns become fields, what would change, and what was changed.

import { createSignal, For, Match, Show, Switch } from 'solid-js';
import type { ImportChangeDto, ImportReportDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { t, word } from '../../state/texts';
import { distance, quantity } from '../../state/time';
import { useVideo } from '../../state/video';
import { COORDINATES, DELIMITERS, ENCODINGS, type ImportStep, isAddress } from '../../state/video_import';
import { fieldName } from '../../state/video_words';
import { OneOf } from './parts';

const STEPS: readonly ImportStep[] = ['file', 'mapping', 'report', 'done'];
const CHANGE_KINDS = ['added', 'changed', 'moved', 'gone', 'duplicate'] as const;

export function ImportPanel() {
  const desk = useDesk();
  const { importing } = useVideo();
  return (
    <section class="import-panel" aria-label={t('video.import_title')}>
      <header class="import-head">
        <h3>{t('video.import_title')}</h3>
        <ol class="import-steps">
          <For each={STEPS}>
            {(step) => (
              <li aria-current={importing.step() === step ? 'step' : undefined}>{t(`video.import_step.${step}`)}</li>
            )}
          </For>
        </ol>
        <span class="page-space" />
        <button type="button" class="quiet" onClick={() => importing.close()}>
          {t('video.import_close')}
        </button>
      </header>
      <Show when={importing.problem()}>
        {(message) => (
          <p class="video-problem" role="alert">
            {message()}
          </p>
        )}
      </Show>
      <Show when={desk.live()} fallback={<p class="hint import-body">{t('video.past')}</p>}>
        <div
          class="import-body scrolls"
          role="region"
          tabindex="0"
          aria-label={t(`video.import_step.${importing.step()}`)}
        >
          <Switch>
            <Match when={importing.step() === 'file'}>
              <FileStep />
            </Match>
            <Match when={importing.step() === 'mapping'}>
              <Mapping />
            </Match>
            <Match when={importing.report()}>{(report) => <Report report={report()} />}</Match>
          </Switch>
        </div>
        <Foot />
      </Show>
    </section>
  );
}

function FileStep() {
  const { importing } = useVideo();
  const working = () => t(isAddress(importing.path()) ? 'video.import_fetching' : 'video.import_reading');
  return (
    <form
      class="import-file"
      onSubmit={(event) => {
        event.preventDefault();
        void importing.propose();
      }}
    >
      <label class="tool-field">
        <span>{t('video.import_path')}</span>
        <input
          type="text"
          autocomplete="off"
          spellcheck={false}
          maxlength={1000}
          placeholder={t('video.import_path_hint')}
          value={importing.path()}
          onInput={(event) => importing.setPath(event.currentTarget.value)}
        />
      </label>
      <p class="hint">{t('video.import_formats')}</p>
      <p class="hint">{t('video.import_address')}</p>
      <button type="submit" disabled={importing.path().trim() === '' || importing.busy() !== undefined}>
        {importing.busy() === undefined ? t('video.import_look') : working()}
      </button>
    </form>
  );
}

function Mapping() {
  const { importing, tables } = useVideo();
  const words = (prefix: string, codes: readonly string[]) =>
    codes.map((code) => ({ code, name: word(prefix, code === '\t' ? 'tab' : code) }));
  const header = () => importing.proposal()?.header ?? [];
  const rows = () => importing.proposal()?.rows ?? [];
  // What the standard writes is named by it: only tables have columns to be mapped.
  const isTable = () => importing.proposal()?.format === 'csv';
  return (
    <>
      <div class="import-settings">
        <label class="tool-field">
          <span>{t('video.source')}</span>
          <input
            type="text"
            autocomplete="off"
            maxlength={60}
            value={importing.mapping()?.source ?? ''}
            onInput={(event) => importing.changeMapping({ source: event.currentTarget.value })}
          />
        </label>
        <OneOf
          label={t('video.coordinates')}
          value={importing.mapping()?.coordinates ?? 'wgs84'}
          options={words('video.coordinates', COORDINATES)}
          onChoose={(coordinates) => importing.changeMapping({ coordinates })}
        />
        <Show when={isTable()}>
          <OneOf
            label={t('video.encoding')}
            value={importing.mapping()?.encoding ?? 'utf-8'}
            options={words('video.encoding', ENCODINGS)}
            onChoose={(encoding) => importing.changeMapping({ encoding })}
          />
          <OneOf
            label={t('video.delimiter')}
            value={importing.mapping()?.delimiter ?? ','}
            options={words('video.delimiter', DELIMITERS).map((one, i) => ({ ...one, code: DELIMITERS[i] ?? ',' }))}
            onChoose={(delimiter) => importing.changeMapping({ delimiter })}
          />
        </Show>
      </div>
      <Show when={isTable()} fallback={<p class="hint">{t('video.import_settled')}</p>}>
        <table class="page-table import-columns">
          <thead>
            <tr>
              <th scope="col">{t('video.column')}</th>
              <th scope="col">{t('video.field')}</th>
              <th scope="col">{t('video.example')}</th>
            </tr>
          </thead>
          <tbody>
            <For each={header()}>
              {(column, i) => (
                <tr>
                  <th scope="row">{column}</th>
                  <td>
                    <select
                      aria-label={t('video.field_of', { column })}
                      value={importing.fieldOf(column)}
                      onChange={(event) => importing.mapColumn(column, event.currentTarget.value)}
                    >
                      <option value="" selected={importing.fieldOf(column) === ''}>
                        {t('video.field_none')}
                      </option>
                      <For each={tables()?.import_fields ?? []}>
                        {(field) => (
                          <option value={field.code} selected={importing.fieldOf(column) === field.code}>
                            {fieldName(tables(), field.code)}
                          </option>
                        )}
                      </For>
                    </select>
                  </td>
                  <td class="hint import-example">
                    {rows()
                      .map((row) => row[i()] ?? '')
                      .filter((text) => text !== '')
                      .slice(0, 3)
                      .join(' · ')}
                  </td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </Show>
    </>
  );
}

function Report(props: { report: ImportReportDto }) {
  const [kind, setKind] = createSignal<string>('');
  const counts = (): [string, number][] => [
    ['added', props.report.added],
    ['changed', props.report.changed],
    ['moved', props.report.moved],
    ['gone', props.report.gone],
    ['same', props.report.same],
    ['duplicate', props.report.duplicates],
    ['rejected', props.report.rejected],
  ];
  const changes = () => props.report.changes.filter((change) => kind() === '' || change.kind === kind());
  const kinds = () => CHANGE_KINDS.filter((one) => props.report.changes.some((change) => change.kind === one));
  return (
    <>
      <p role="status">
        <strong>{props.report.is_dry_run ? t('video.report_dry') : t('video.report_done')}</strong>{' '}
        <span class="hint num">
          {t('video.report_read', {
            source: props.report.source,
            n: quantity(props.report.read, 0),
            time: quantity(props.report.took_ms / 1000, 1),
          })}
        </span>
      </p>
      <dl class="import-counts num">
        <For each={counts()}>
          {([name, count]) => (
            <div classList={{ none: count === 0 }} data-count={name}>
              <dt>{word('video.report', name)}</dt>
              <dd>{quantity(count, 0)}</dd>
            </div>
          )}
        </For>
      </dl>
      <Show when={props.report.rejects.length > 0}>
        <h4>{t('video.rejects')}</h4>
        <ul class="import-rejects num">
          <For each={props.report.rejects}>
            {(reject) => (
              <li>
                <span class="hint">{reject.place}</span> {reject.reason}
              </li>
            )}
          </For>
        </ul>
      </Show>
      <Show when={props.report.changes.length > 0}>
        <div class="import-kinds choices-row" role="group" aria-label={t('video.changes')}>
          <button type="button" aria-pressed={kind() === ''} onClick={() => setKind('')}>
            {t('alarms.all')}
          </button>
          <For each={kinds()}>
            {(one) => (
              <button type="button" aria-pressed={kind() === one} onClick={() => setKind(one)}>
                {word('video.report', one)}
              </button>
            )}
          </For>
        </div>
        <table class="page-table">
          <thead>
            <tr>
              <th scope="col">{t('video.change')}</th>
              <th scope="col">{t('video.channel')}</th>
              <th scope="col">{t('video.change_what')}</th>
            </tr>
          </thead>
          <tbody>
            <For each={changes()}>{(change) => <Change change={change} />}</For>
          </tbody>
        </table>
      </Show>
    </>
  );
}

function Change(props: { change: ImportChangeDto }) {
  const { tables } = useVideo();
  return (
    <tr>
      <td class="import-kind">{word('video.report', props.change.kind)}</td>
      <td>
        {props.change.name} <span class="hint num">{props.change.id}</span>
      </td>
      <td class="num">
        <Show when={props.change.moved_m > 0}>
          <span class="import-moved">{t('video.moved_m', { distance: distance(props.change.moved_m) })}</span>{' '}
        </Show>
        <For each={props.change.fields}>
          {(field) => (
            <span class="import-field">
              <span class="hint">{fieldName(tables(), field.field)}</span>{' '}
              <Show when={field.before !== ''}>
                <del>{field.before}</del> →{' '}
              </Show>
              {field.value}
            </span>
          )}
        </For>
      </td>
    </tr>
  );
}

function Foot() {
  const { importing } = useVideo();
  const isBusy = () => importing.busy() !== undefined;
  const isTried = () => importing.step() === 'report';
  const isDone = () => importing.step() === 'done';
  return (
    <footer class="import-foot tool-acts">
      <Show when={importing.step() === 'mapping' || isTried()}>
        <button type="button" disabled={isBusy()} onClick={() => importing.back()}>
          {t('video.import_back')}
        </button>
      </Show>
      <Show when={importing.step() === 'mapping'}>
        <button type="button" disabled={isBusy()} onClick={() => void importing.tryIt()}>
          {isBusy() ? t('video.import_reading') : t('video.import_try')}
        </button>
      </Show>
      <Show when={isTried()}>
        <button type="button" disabled={isBusy()} onClick={() => void importing.run()}>
          {isBusy() ? t('video.import_running') : t('video.import_run')}
        </button>
        <span class="hint">{t('video.import_nothing_yet')}</span>
      </Show>
      <Show when={isDone() && importing.report()?.can_undo === true}>
        <button type="button" disabled={isBusy()} onClick={() => void importing.undo()}>
          {t('video.import_undo')}
        </button>
      </Show>
      <Show when={isDone()}>
        <button type="button" onClick={() => importing.close()}>
          {t('video.import_finish')}
        </button>
      </Show>
    </footer>
  );
}
