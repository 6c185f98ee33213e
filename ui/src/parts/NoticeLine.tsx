// One line for the person over the screen: a refusal, or something that came about, with what can be done about it.

import { Show } from 'solid-js';
import { cover } from '../state/covers';
import { useDesk } from '../state/desk';
import { t } from '../state/texts';

export function NoticeLine() {
  const desk = useDesk();
  return (
    <Show when={desk.notice()}>
      {(notice) => (
        <div
          class="notice"
          role={notice().isRefusal ? 'alert' : 'status'}
          data-kind={notice().isRefusal ? 'refusal' : 'said'}
          ref={cover}
        >
          <span>{notice().text}</span>
          <Show when={notice().act}>
            {(act) => (
              <button
                type="button"
                onClick={() => {
                  act().run();
                  desk.dismissNotice();
                }}
              >
                {act().words}
              </button>
            )}
          </Show>
          <button type="button" class="quiet" onClick={() => desk.dismissNotice()}>
            {t('app.close')}
          </button>
        </div>
      )}
    </Show>
  );
}
