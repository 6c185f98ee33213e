// Taking clips and detections in from a file of JSON lines, with what came of it line by line.

import { createSignal, For, Show } from 'solid-js';
import { t } from '../../state/texts';
import { quantity } from '../../state/time';
import { useVideoMoments } from '../../state/video_moments';
import { formKeys } from '../plans/parts';

export function MomentImport() {
  const moments = useVideoMoments();
  const [path, setPath] = createSignal('');
  const may = () => path().trim() !== '' && !moments.busy();
  function send(): void {
    if (may()) {
      moments.importFrom(path().trim());
    }
  }
  return (
    <div
      class="moment-import"
      role="dialog"
      aria-label={t('moment_find.import')}
      onKeyDown={formKeys(send, () => moments.setImporting(false))}
    >
      <div class="views-save">
        <input
          type="text"
          class="strip-field"
          autocomplete="off"
          spellcheck={false}
          aria-label={t('moment_find.path')}
          placeholder={t('moment_find.path')}
          ref={(element) => queueMicrotask(() => element.focus())}
          onInput={(event) => setPath(event.currentTarget.value)}
        />
        <button type="button" disabled={!may()} onClick={send}>
          {moments.busy() ? t('moment_find.importing') : t('moment_find.import_do')} <kbd>Enter</kbd>
        </button>
        <button type="button" class="quiet" onClick={() => moments.setImporting(false)}>
          {t('app.close')} <kbd>Esc</kbd>
        </button>
      </div>
      <p class="hint">{t('moment_find.import_hint')}</p>
      <Show when={moments.importWords()}>{(words) => <p role="alert">{words()}</p>}</Show>
      <Show when={moments.report()}>
        {(report) => (
          <div role="status">
            <p class="num">
              {t('moment_find.report', {
                read: quantity(report().read, 0),
                added: quantity(report().added, 0),
                changed: quantity(report().changed, 0),
                same: quantity(report().same, 0),
              })}
              <Show when={report().rejected > 0}>
                {' · '}
                <strong>{t('moment_find.rejected', { n: quantity(report().rejected, 0) })}</strong>
              </Show>
              <Show when={report().forgotten > 0}>
                {' · '}
                {t('moment_find.forgotten', { n: quantity(report().forgotten, 0) })}
              </Show>
            </p>
            <ul class="moment-rejects scrolls">
              <For each={report().rejects}>
                {([line, why]) => (
                  <li class="num">
                    {t('moment_find.line', { n: line })} {why}
                  </li>
                )}
              </For>
            </ul>
          </div>
        )}
      </Show>
    </div>
  );
}
