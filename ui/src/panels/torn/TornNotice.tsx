// What stands in the place of a panel that is in a window of its own.

import './torn.css';
import type { PanelDto } from '../../generated/wire';
import { t } from '../../state/texts';
import { useTorn } from '../../state/torn';

export function TornNotice(props: { panel: PanelDto }) {
  const torn = useTorn();
  return (
    <div class="blank torn-notice">
      <strong>{t('torn.elsewhere', { panel: t(`torn.panel.${props.panel}`) })}</strong>
      <span class="hint">{t('torn.elsewhere_hint')}</span>
      <span class="torn-acts">
        <button type="button" onClick={() => torn.tearOff(props.panel)}>
          {t('torn.show')}
        </button>
        <button type="button" onClick={() => torn.bringBack(props.panel)}>
          {t('torn.back')}
        </button>
      </span>
    </div>
  );
}
