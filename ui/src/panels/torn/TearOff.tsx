// The button that puts a panel into a window of its own.

import './torn.css';
import { Show } from 'solid-js';
import type { PanelDto } from '../../generated/wire';
import { t } from '../../state/texts';
import { useTorn } from '../../state/torn';

export function TearOff(props: { panel: PanelDto }) {
  const torn = useTorn();
  const words = () => t('torn.tear_off', { panel: t(`torn.panel.${props.panel}`) });
  return (
    <Show when={torn.own === undefined}>
      <button
        type="button"
        class="quiet tear-off"
        aria-label={words()}
        title={words()}
        onClick={() => torn.tearOff(props.panel)}
      >
        <WindowMark />
      </button>
    </Show>
  );
}

/** A window that leaves another. */
export function WindowMark() {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <path d="M6.5 3.5h-4v10h10v-4M9.5 2.5h4v4M13.5 2.5 8 8" fill="none" stroke="currentColor" stroke-width="1.5" />
    </svg>
  );
}
