// The element that the native picture lies over. Reports where it is, forwards gestures, and says in words
// why there is no picture when there is none.

import { type JSX, onCleanup, onMount, Show } from 'solid-js';
import { reportViewport } from '../../state/covers';
import { useDesk } from '../../state/desk';
import { usePointing } from '../../state/pointing';
import { t } from '../../state/texts';
import { followGestures } from './gestures';

export function PictureArea(props: { children?: JSX.Element; still?: boolean; onDouble?: () => void }) {
  const desk = useDesk();
  const pointing = usePointing();
  let area: HTMLElement | undefined;

  onMount(() => {
    if (area === undefined) {
      return;
    }
    reportViewport(area, desk.backend);
    if (props.still !== true) {
      onCleanup(
        followGestures(
          area,
          (gestures) => {
            pointing.heed(gestures);
            void desk.backend.gesture(gestures);
          },
          { onRegion: (region) => pointing.setDrawn(region), isAdding: () => pointing.adding() },
        ),
      );
    }
    const unpaint = desk.backend.picture?.(area);
    if (unpaint !== undefined) {
      onCleanup(unpaint);
    }
  });

  const failure = () => (desk.start.twin ? desk.twin.failure() : t('twin.absent'));
  return (
    <section
      class="picture"
      ref={(element) => {
        area = element;
      }}
      tabindex={props.still === true ? undefined : 0}
      aria-label={t('app.twin_region')}
      onDblClick={(event) => {
        if (event.target.closest('[data-float]') === null) {
          props.onDouble?.();
        }
      }}
    >
      <Show
        when={failure()}
        fallback={
          <Show when={desk.backend.picture === undefined}>
            <p class="picture-words hint">{t('twin.loading')}</p>
          </Show>
        }
      >
        {(reason) => (
          <div class="picture-words blank" role="alert">
            <strong>{desk.start.twin ? t('twin.failed') : reason()}</strong>
            <Show when={desk.start.twin}>
              <span>{reason()}</span>
            </Show>
            <span class="hint">{t('twin.failed_hint')}</span>
          </div>
        )}
      </Show>
      {props.children}
    </section>
  );
}
