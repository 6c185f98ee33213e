// A symbol of the picture as a small drawing, for the legend.
//
// `shaders/points.wgsl` draws the real ones: the same outlines and signs, here with a half size of 9 px.

import { Match, Show, Switch } from 'solid-js';
import type { SeverityDto } from '../../generated/wire';

/** Outlines by class. */
const BODIES: Record<SeverityDto | 'unreal', string> = {
  critical: 'M0-11 11 0 0 11-11 0Z',
  high: 'M0-8.9 10.2 8.6H-10.2Z',
  medium: 'M-8.1-8.1H8.1V8.1H-8.1Z',
  low: 'M-8.3 0a8.3 8.3 0 1 0 16.6 0a8.3 8.3 0 1 0-16.6 0Z',
  normal: 'M-8.3 0a8.3 8.3 0 1 0 16.6 0a8.3 8.3 0 1 0-16.6 0Z',
  unreal: 'M-7.4-7.4H7.4V7.4H-7.4ZM-2.7-2.7V2.7H2.7V-2.7Z',
};
/** A vehicle that heads north, smaller, so that there is room for the ring. */
const VEHICLE = 'M0-8.2 3.9-1.9A4.3 4.3 0 1 1-3.9-1.9Z';
const LOST_RING = 'M0-12.4 5.6-4.9A7.5 7.5 0 1 1-5.6-4.9Z';

export interface Aged {
  how: 'late' | 'missing';
  why?: 'source_late' | 'device_silent' | 'hub_gone';
  /** Moves, and is no longer reported. */
  isLost?: boolean;
}

/** `isPainted`: its colour is something else's to say. */
export function PointSample(props: { severity: SeverityDto | 'unreal'; aged?: Aged; isPainted?: boolean }) {
  const isMissing = () => props.aged?.how === 'missing';
  const body = () => (props.aged?.isLost === true ? VEHICLE : BODIES[props.severity]);
  return (
    <svg
      class={`point-sample ${props.isPainted === true ? 'painted' : `tone-${props.severity}`}`}
      viewBox="-13 -13 26 26"
      aria-hidden="true"
      data-aged={props.aged?.how}
      data-why={props.aged?.why}
    >
      <g class="point-body">
        <path class="point-outline" d={body()} />
        <path d={body()} fill="currentColor" fill-rule="evenodd" />
        <Show when={isMissing()}>
          {/* Two pixels of its edge are left. */}
          <path
            class="point-hollow"
            d={body()}
            transform={props.aged?.isLost === true ? 'scale(0.55)' : 'scale(0.76)'}
          />
        </Show>
      </g>
      <Show when={props.aged?.isLost === true}>
        <path class="point-lost" d={LOST_RING} />
      </Show>
      <Show when={props.aged?.how === 'late'}>
        <g class="point-sign" transform="translate(7.6 7.6) scale(1.5)">
          <circle r="3" />
          <path d="M0-2.4a2.4 2.4 0 1 1 0 4.8a2.4 2.4 0 1 1 0-4.8M0-1.6V0H1.3" />
        </g>
      </Show>
      <Show when={props.aged?.why}>
        {(why) => (
          <g class="point-sign" transform="translate(-7.6 7.6) scale(1.5)">
            <circle r="3" />
            <Switch>
              <Match when={why() === 'source_late'}>
                <path class="thick" d="M-2.1 0H2.1" />
              </Match>
              <Match when={why() === 'device_silent'}>
                <path class="thick" d="M1.3-1.3A1.8 1.8 0 1 0 1.3 1.3" />
              </Match>
              <Match when={why() === 'hub_gone'}>
                <path class="thick" d="M-1.6-1.6 1.6 1.6M1.6-1.6-1.6 1.6" />
              </Match>
            </Switch>
          </g>
        )}
      </Show>
    </svg>
  );
}
