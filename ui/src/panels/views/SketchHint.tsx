// What the hand has to do while a tab of video collects points in the twin: it stands in the page's head, which stays when the
// page is folded for drawing.

import { Show } from 'solid-js';
import { t } from '../../state/texts';
import { useTools } from '../../state/tools';
import { SKETCH_OWNERS } from './sketch';

export function SketchHint() {
  const tools = useTools();
  const owner = () => SKETCH_OWNERS.find((one) => one === tools.drawsFor());
  return (
    <Show when={owner()}>
      {(one) => (
        <span class="sketch-hint" role="status">
          {t(`sight.hint_${one()}`)}
          <button type="button" onClick={() => tools.finish()}>
            {t('tool.finish')} <kbd>Enter</kbd>
          </button>
          <button type="button" onClick={() => tools.cancel()}>
            {t('tool.cancel')} <kbd>Esc</kbd>
          </button>
        </span>
      )}
    </Show>
  );
}
