// The buttons on the clock: play, speed, steps, loop, and the way back to live.

import { createSignal, For, type JSX, Show } from 'solid-js';
import type { StepKindDto } from '../../generated/wire';
import { FORWARD_RATES, RATES, rateText } from '../../state/clock';
import { cover } from '../../state/covers';
import { useDesk } from '../../state/desk';
import { useHistory } from '../../state/history';
import { t } from '../../state/texts';

/** One stroke each, on a field of 16. */
const ICONS = {
  pause: 'M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z',
  play: 'M4 2 13.5 8 4 14Z',
  reverse: 'M12 2 2.5 8 12 14Z',
  event_back: 'M2 3h2v10H2zM13 3v10L5.5 8Z',
  event_on: 'M12 3h2v10h-2zM3 3v10l7.5-5Z',
  alarm_back: 'M10.5 4.5 15 12.5H6ZM5.5 3v10L1 8Z',
  alarm_on: 'M5.5 4.5 10 12.5H1ZM10.5 3v10L15 8Z',
  loop: 'M4 4h7V1.5L15 5l-4 3.5V6H5v3H3V5a1 1 0 0 1 1-1Zm8 8H5v2.5L1 11l4-3.5V10h6V7h2v4a1 1 0 0 1-1 1Z',
  go: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm0 2a5 5 0 1 1 0 10A5 5 0 0 1 8 3Zm-1 1.5V9l3.2 2 .9-1.4L8.7 8V4.5Z',
  mark: 'M3 1.5h10v13l-5-4-5 4Z',
  range: 'M1.5 3h2v10h-2zM12.5 3h2v10h-2zM5 7h6v2H5z',
  chart: 'M1.5 1.5h2v11h11v2h-13zM5 9.5l3-4 2.5 2.5L14 3l1 1.2-4.4 6.3L8.2 8 6.2 10.7z',
  more: 'M2 3h12v2H2zM2 7h12v2H2zM2 11h12v2H2z',
} as const;

function Icon(props: { name: keyof typeof ICONS }) {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <path d={ICONS[props.name]} fill="currentColor" fill-rule="evenodd" />
    </svg>
  );
}

/** A button that is only a picture, with its name and its key. */
function Small(props: {
  icon: keyof typeof ICONS;
  label: string;
  keys: string;
  pressed?: boolean;
  disabled?: boolean;
  onClick: () => void;
}) {
  return (
    <button
      type="button"
      class="timeline-small"
      aria-label={props.label}
      aria-keyshortcuts={props.keys}
      aria-pressed={props.pressed}
      title={`${props.label} (${props.keys})`}
      disabled={props.disabled === true}
      onClick={(event) => {
        // After a click with the pointer Space belongs to playing again, not to this button.
        if (event.detail > 0) {
          event.currentTarget.blur();
        }
        props.onClick();
      }}
    >
      <Icon name={props.icon} />
    </button>
  );
}

export function Transport() {
  return (
    <div class="timeline-controls">
      <div class="timeline-transport">
        <Steps>
          <PlayButtons />
        </Steps>
        <RateMenu />
      </div>
      <RateButtons />
      <div class="timeline-foot">
        <Where />
        <Acts />
      </div>
    </div>
  );
}

function Steps(props: { children: JSX.Element }) {
  const desk = useDesk();
  const step = (kind: StepKindDto, forward: boolean) => () => desk.stepTo(kind, forward);
  const isBranch = () => desk.branch() !== undefined;
  return (
    <>
      <Small
        icon="event_back"
        label={t('time.event_back')}
        keys=","
        disabled={isBranch()}
        onClick={step('event', false)}
      />
      <Small
        icon="alarm_back"
        label={t('time.alarm_back')}
        keys="Shift+,"
        disabled={isBranch()}
        onClick={step('alarm', false)}
      />
      {props.children}
      <Small
        icon="alarm_on"
        label={t('time.alarm_on')}
        keys="Shift+."
        disabled={isBranch() || desk.live()}
        onClick={step('alarm', true)}
      />
      <Small
        icon="event_on"
        label={t('time.event_on')}
        keys="."
        disabled={isBranch() || desk.live()}
        onClick={step('event', true)}
      />
    </>
  );
}

function PlayButtons() {
  const desk = useDesk();
  const stands = () => desk.past() && !desk.playing();
  const isBranch = () => desk.branch() !== undefined;
  return (
    <>
      <Small
        icon="reverse"
        label={t('time.reverse')}
        keys="Shift+Space"
        pressed={desk.playing() && desk.rate() < 0}
        disabled={isBranch()}
        onClick={() => desk.reverse()}
      />
      <button
        type="button"
        class="timeline-play"
        aria-keyshortcuts="Space"
        aria-label={stands() ? t('time.play') : t('time.pause')}
        title={`${stands() ? t('time.play') : t('time.pause')} (Space)`}
        disabled={isBranch()}
        onClick={() => desk.togglePlay()}
      >
        <Icon name={stands() ? 'play' : 'pause'} />
      </button>
    </>
  );
}

/** All rates, also the reverse ones; and the only sight of the rate where there is no room for buttons. */
function RateMenu() {
  const desk = useDesk();
  const [open, setOpen] = createSignal(false);
  let box: HTMLDivElement | undefined;
  return (
    <div
      class="rate-menu"
      ref={(element) => {
        box = element;
      }}
      onFocusOut={(event) => {
        if (!(event.relatedTarget instanceof Node && box?.contains(event.relatedTarget))) {
          setOpen(false);
        }
      }}
    >
      <button
        type="button"
        class="num rate-open"
        aria-haspopup="menu"
        aria-expanded={open()}
        aria-label={`${t('time.rate')} ${rateText(desk.rate())}`}
        title={`${t('time.rate')} ([ ])`}
        onClick={() => setOpen(!open())}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && open()) {
            event.preventDefault();
            setOpen(false);
          }
        }}
      >
        {rateText(desk.rate())}
      </button>
      <Show when={open()}>
        <div class="rate-list" role="menu" aria-label={t('time.rate')} ref={cover}>
          <For each={RATES}>
            {(rate) => (
              <button
                type="button"
                class="num"
                role="menuitemradio"
                aria-checked={desk.rate() === rate}
                onClick={() => {
                  desk.setRate(rate);
                  setOpen(false);
                }}
              >
                {rateText(rate)}
              </button>
            )}
          </For>
        </div>
      </Show>
    </div>
  );
}

function RateButtons() {
  const desk = useDesk();
  return (
    <fieldset class="timeline-rates">
      <legend class="hidden-words">{t('time.rate')}</legend>
      <For each={FORWARD_RATES}>
        {(rate) => (
          <button type="button" class="num" aria-pressed={desk.rate() === rate} onClick={() => desk.setRate(rate)}>
            {rateText(rate)}
          </button>
        )}
      </For>
    </fieldset>
  );
}

/** Live, or the way back to it. */
function Where() {
  const desk = useDesk();
  return (
    <>
      <Show
        when={desk.past()}
        fallback={
          <p class="timeline-live" title={t('time.live_hint')}>
            <span>{t('time.live')}</span> <span class="hint">{t('time.live_hint')}</span>
          </p>
        }
      >
        <button
          type="button"
          class="timeline-return"
          classList={{ branch: desk.branch() !== undefined }}
          aria-keyshortcuts="Home R"
          title={`${desk.hasHub() ? t('time.return_live') : t('time.return_end')} (R)`}
          onClick={() => desk.returnToLive()}
        >
          {desk.hasHub() ? t('time.return_live') : t('time.return_end')} <kbd>R</kbd>
        </button>
      </Show>
      <Show when={!desk.hasHub()}>
        <button type="button" class="timeline-start" onClick={() => desk.returnToStart()}>
          {t('time.return_start')}
        </button>
      </Show>
    </>
  );
}

function Acts() {
  const desk = useDesk();
  const history = useHistory();
  return (
    <div class="timeline-acts">
      <Small
        icon="loop"
        label={t('time.loop')}
        keys="Shift+L"
        pressed={desk.looping()}
        onClick={() => desk.setLooping(!desk.looping())}
      />
      <Small
        icon="go"
        label={t('time.go')}
        keys="Shift+G"
        pressed={history.form() === 'go'}
        onClick={() => history.setForm(history.form() === 'go' ? undefined : 'go')}
      />
      <Small
        icon="mark"
        label={t('moments.mark')}
        keys="Shift+M"
        pressed={history.form() === 'mark'}
        onClick={() => history.setForm(history.form() === 'mark' ? undefined : 'mark')}
      />
      <Small
        icon="range"
        label={t('range.mark')}
        keys="Shift+B"
        pressed={history.brushing()}
        onClick={() => history.setBrushing(!history.brushing())}
      />
      <Small
        icon="chart"
        label={t('drawer.trend')}
        keys="T"
        pressed={history.drawer() === 'trend'}
        onClick={() => history.toggle('trend')}
      />
      <Small
        icon="more"
        label={t('drawer.open')}
        keys="Shift+T"
        pressed={history.drawer() !== undefined && history.drawer() !== 'trend'}
        onClick={() => history.toggle('moments')}
      />
    </div>
  );
}
