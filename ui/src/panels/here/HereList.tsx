// What lies at a point where things overlap: a short list beside it.

import './here.css';
import { createEffect, For, on, onCleanup, Show } from 'solid-js';
import type { FieldDto, HereItemDto } from '../../generated/wire';
import { Shape } from '../../parts/Shape';
import { cover, touch } from '../../state/covers';
import { useDesk } from '../../state/desk';
import { severityOf, usePointing } from '../../state/pointing';
import { markedName } from '../../state/standing';
import { t, word } from '../../state/texts';
import { age, quantity } from '../../state/time';
import { FieldLines } from './FieldLines';

export function HereList() {
  const pointing = usePointing();
  return (
    <Show when={pointing.here()}>
      {(found) => (
        <List at={found().at} items={found().here.items} more={found().here.more} fields={found().here.fields} />
      )}
    </Show>
  );
}

function List(props: { at: [number, number]; items: HereItemDto[]; more: number; fields: FieldDto[] }) {
  const desk = useDesk();
  const pointing = usePointing();
  let box: HTMLElement | undefined;
  function onArrow(event: KeyboardEvent): void {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const buttons = [...(box?.querySelectorAll<HTMLButtonElement>('.here-item') ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    if (by !== 0 && at >= 0) {
      event.preventDefault();
      buttons[Math.min(buttons.length - 1, Math.max(0, at + by))]?.focus();
    }
  }
  onCleanup(() => {
    // Whoever came with the keys goes on with the keys.
    if (box?.contains(document.activeElement) === true) {
      box.closest<HTMLElement>('.picture')?.focus({ preventScroll: true });
    }
  });
  function choose(item: HereItemDto): void {
    desk.select({ ...item.target });
    pointing.closeHere();
  }
  return (
    <section
      class="float here"
      data-float
      aria-label={t('here.title')}
      ref={(element) => {
        box = element;
        cover(element);
        createEffect(
          on([() => props.at, () => props.items], () => {
            queueMicrotask(() => {
              place(element, props.at);
              touch();
              element.querySelector('button')?.focus({ preventScroll: true });
            });
          }),
        );
      }}
      onKeyDown={onArrow}
    >
      <h3>{props.items.length + props.fields.length === 0 ? t('here.none') : t('here.title')}</h3>
      <ul class="scrolls">
        <For each={props.items}>
          {(item) => (
            <li>
              <button type="button" class="quiet here-item" onClick={() => choose(item)}>
                <Shape severity={severityOf(item.severity)} unreal={item.severity === 'unreal'} />
                <span class="ellipsis">
                  {item.name === ''
                    ? `${word('kind', item.kind)} ${item.target.id}`
                    : markedName(item.name, item.target, desk.update.events)}
                </span>
                <span class="hint num">
                  {word('kind', item.kind)}
                  {item.at === null ? '' : ` ${age(desk.shown(), item.at)}`}
                </span>
              </button>
            </li>
          )}
        </For>
      </ul>
      <Show when={props.more > 0}>
        <p class="hint num">{t('here.more', { n: quantity(props.more, 0) })}</p>
      </Show>
      <FieldLines fields={props.fields} />
      <button type="button" class="quiet here-close" onClick={() => pointing.closeHere()}>
        {t('app.close')} <kbd>Esc</kbd>
      </button>
    </section>
  );
}

/** Beside the point, within the picture. */
function place(element: HTMLElement, [x, y]: [number, number]): void {
  const room = element.parentElement?.getBoundingClientRect();
  const own = element.getBoundingClientRect();
  if (room === undefined) {
    return;
  }
  const left = x + 14 + own.width <= room.width ? x + 14 : Math.max(0, x - 14 - own.width);
  const top = Math.max(0, Math.min(y - 14, room.height - own.height));
  element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}
