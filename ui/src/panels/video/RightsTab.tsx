// Who may do what with which cameras: the matrix that holds, what was given for a while, and what was looked at.

import './rights.css';
import { For, Match, Switch } from 'solid-js';
import { t } from '../../state/texts';
import { RIGHTS_VIEWS, useVideo } from '../../state/video';
import { AuditLog } from './AuditLog';
import { Grants } from './Grants';
import { RightsMatrix } from './RightsMatrix';

export function RightsTab() {
  const video = useVideo();
  return (
    <div class="rights-tab">
      <div class="choices-row rights-views" role="group" aria-label={t('video.tab.rights')}>
        <For each={RIGHTS_VIEWS}>
          {(view) => (
            <button type="button" aria-pressed={video.rightsView() === view} onClick={() => video.setRightsView(view)}>
              {t(`video.rights_${view}`)}
            </button>
          )}
        </For>
      </div>
      <Switch>
        <Match when={video.rightsView() === 'matrix'}>
          <RightsMatrix />
        </Match>
        <Match when={video.rightsView() === 'grants'}>
          <Grants />
        </Match>
        <Match when={video.rightsView() === 'audit'}>
          <AuditLog />
        </Match>
      </Switch>
    </div>
  );
}
