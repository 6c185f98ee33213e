// Writes a report to a file: as what, where to, and what came of it. Stands in any row of tools.

import './duty.css';
import { createSignal, For, Match, Show, Switch } from 'solid-js';
import type { ReportFileDto, ReportFormatDto, ReportOfDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { t, word } from '../../state/texts';
import { bytesText } from '../../state/time';

type State =
  | { state: 'idle' }
  | { state: 'writing'; format: ReportFormatDto }
  | { state: 'written'; file: ReportFileDto }
  | { state: 'failed'; message: string };

export function ReportExport(props: { of: () => ReportOfDto; formats: readonly ReportFormatDto[] }) {
  const desk = useDesk();
  const [isOpen, setOpen] = createSignal(false);
  const [state, setState] = createSignal<State>({ state: 'idle' });
  const [path, setPath] = createSignal('');
  const written = () => {
    const now = state();
    return now.state === 'written' ? now.file : undefined;
  };
  const failed = () => {
    const now = state();
    return now.state === 'failed' ? now.message : undefined;
  };

  async function write(format: ReportFormatDto): Promise<void> {
    setState({ state: 'writing', format });
    const wanted = path().trim();
    const result = await desk.backend.exportReport(props.of(), format, wanted === '' ? undefined : wanted);
    setState(result.ok ? { state: 'written', file: result.value } : { state: 'failed', message: result.error.message });
  }
  return (
    <>
      <button type="button" aria-expanded={isOpen()} onClick={() => setOpen(!isOpen())}>
        {t('report.export')}
      </button>
      <Show when={isOpen()}>
        <section class="report-export" aria-label={t('report.title')}>
          <For each={props.formats}>
            {(format) => (
              <button type="button" disabled={state().state === 'writing'} onClick={() => void write(format)}>
                {word('report.format', format)}
              </button>
            )}
          </For>
          <input
            type="text"
            class="strip-field report-path"
            autocomplete="off"
            spellcheck={false}
            maxlength={1000}
            aria-label={t('report.path')}
            placeholder={t('report.path')}
            value={path()}
            onInput={(event) => setPath(event.currentTarget.value)}
          />
          <p class="report-came" role="status">
            <Switch>
              <Match when={state().state === 'writing'}>
                <span class="hint">{t('report.writing')}</span>
              </Match>
              <Match when={written()}>{(file) => <Came file={file()} />}</Match>
              <Match when={failed()}>
                {(message) => <strong>{t('report.failed', { message: message() })}</strong>}
              </Match>
            </Switch>
          </p>
        </section>
      </Show>
    </>
  );
}

function Came(props: { file: ReportFileDto }) {
  const desk = useDesk();
  const size = () =>
    props.file.pages > 0
      ? t('report.pages', { n: props.file.pages, size: bytesText(props.file.bytes) })
      : bytesText(props.file.bytes);
  function copy(): void {
    void navigator.clipboard.writeText(props.file.path).then(
      () => desk.say(t('card.copied')),
      () => desk.say(t('card.copy_failed')),
    );
  }
  return (
    <>
      <span class="num">{t('report.written', { size: size() })}</span>
      <span class="report-file">{props.file.path}</span>
      <button type="button" class="quiet" onClick={copy}>
        {t('card.copy')}
      </button>
      <Show when={props.file.missing !== ''}>
        <strong class="report-missing">{t('report.missing', { letters: props.file.missing })}</strong>
      </Show>
    </>
  );
}
