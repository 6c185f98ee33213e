// Tells everybody within an area: it is drawn on the twin or laid around the event, and who is inside is counted. What
// cannot be taken back is asked about once more.

import { createEffect, createMemo, createSignal, For, on, onCleanup, Show } from 'solid-js';
import type { LonLat } from '../../backend/plans';
import type { ChannelDto, ReachDto, ReachGroupDto } from '../../generated/wire';
import { useCases } from '../../state/cases';
import { useDesk } from '../../state/desk';
import { usePages } from '../../state/pages';
import { circle, flat } from '../../state/plan_area';
import { areaWords } from '../../state/plan_words';
import { usePlans } from '../../state/plans';
import { t, word } from '../../state/texts';
import { distance, joined, quantity } from '../../state/time';
import { useTools } from '../../state/tools';
import { Choices, Sketching } from '../tools/parts';
import { composed, formKeys, visit } from './parts';

const OWNER = 'broadcast';
/** As the host takes it. */
const TEXT_MOST = 1000;
const CHANNELS: readonly ChannelDto[] = ['broadcast', 'sign', 'sms', 'phone', 'app'];
/** Rings around the event that need no drawing, metres. */
const RADII = [200, 500, 1000] as const;
/** Who is inside moves: it is counted again so often. */
const COUNT_MILLIS = 10_000;
const MOST_NAMES = 12;
const NOWHERE: LonLat[] = [];

export function CastForm(props: { caseId: string }) {
  const plans = usePlans();
  const tools = useTools();
  const [isSure, setSure] = createSignal(false);
  const before = document.activeElement;
  onCleanup(() => {
    if (before instanceof HTMLElement && before.isConnected) {
      before.focus({ preventScroll: true });
    }
  });
  const reach = createReach();
  const draft = () => plans.cast.draft();
  const isReady = () => {
    const now = draft();
    return now !== undefined && now.area.length >= 3 && now.text.trim() !== '' && !plans.busy();
  };
  // What is asked about is what stands there: a change asks again.
  createEffect(on([() => draft()?.text, () => draft()?.channel, () => draft()?.area], () => setSure(false)));
  function send(): void {
    if (isReady()) {
      setSure(true);
    }
  }
  /** Escape takes back one thing at a time: the points, the question, the form. */
  function back(): void {
    if (tools.drawsFor() === OWNER) {
      tools.cancel();
    } else if (isSure()) {
      setSure(false);
    } else {
      plans.cast.giveUp();
    }
  }
  return (
    <div class="plan-form" role="dialog" aria-label={t('dispatch.cast')} onKeyDown={formKeys(send, back)}>
      <Show when={plans.cast.isKept()}>
        <p class="hint" role="status">
          {t('alarms.kept')}
        </p>
      </Show>
      <Area caseId={props.caseId} reach={reach()} />
      <Choices
        label={t('dispatch.channel')}
        options={CHANNELS}
        words={(one) => word('channel', one)}
        value={draft()?.channel}
        onChoose={(channel) => plans.cast.write({ channel })}
      />
      <textarea
        class="strip-field"
        rows={3}
        maxlength={TEXT_MOST}
        aria-label={t('dispatch.cast_text')}
        placeholder={t('dispatch.cast_text')}
        ref={(element) => {
          element.value = draft()?.text ?? '';
        }}
        onInput={(event) => plans.cast.write({ text: event.currentTarget.value })}
        onCompositionEnd={composed}
      />
      <p class="hint">{t('plan.no_gateway')}</p>
      <Show when={isSure()} fallback={<Begin isReady={isReady()} onSend={send} />}>
        <Sure reach={reach()} onBack={() => setSure(false)} />
      </Show>
    </div>
  );
}

/** Counts who is inside of the area, and again as they move. */
function createReach() {
  const desk = useDesk();
  const plans = usePlans();
  const [reach, setReach] = createSignal<ReachDto>();
  let asked = 0;
  const area = createMemo(() => plans.cast.draft()?.area ?? NOWHERE);
  function count(): void {
    asked += 1;
    const mine = asked;
    const ring = area();
    if (ring.length < 3) {
      setReach(undefined);
      return;
    }
    void desk.backend.reach(ring).then((result) => {
      if (mine !== asked) {
        return;
      }
      if (result.ok) {
        setReach(result.value);
      } else {
        setReach(undefined);
        desk.attempt(Promise.resolve(result));
      }
    });
  }
  createEffect(on(area, count));
  const timer = setInterval(count, COUNT_MILLIS);
  onCleanup(() => clearInterval(timer));
  return reach;
}

function Begin(props: { isReady: boolean; onSend: () => void }) {
  const plans = usePlans();
  return (
    <div class="tool-acts">
      <button type="button" disabled={!props.isReady} onClick={() => props.onSend()}>
        {t('dispatch.cast_send')} <kbd>Enter</kbd>
      </button>
      <button type="button" onClick={() => plans.cast.giveUp()}>
        {t('range.cancel')} <kbd>Esc</kbd>
      </button>
    </div>
  );
}

function Sure(props: { reach: ReachDto | undefined; onBack: () => void }) {
  const plans = usePlans();
  const inside = () => {
    const groups = (props.reach?.groups ?? []).filter((one) => one.inside > 0);
    return groups.length === 0
      ? t('reach.nobody')
      : joined(groups.map((one) => `${word('reach.kind', one.kind)} ${quantity(one.inside, 0)}`));
  };
  return (
    <div class="plan-sure" role="alertdialog" aria-label={t('dispatch.sure_title')}>
      <p class="num">
        {t('dispatch.sure', { channel: word('channel', plans.cast.draft()?.channel ?? ''), inside: inside() })}
      </p>
      <div class="tool-acts">
        <button
          type="button"
          class="danger"
          disabled={plans.busy()}
          ref={(element) => queueMicrotask(() => element.focus())}
          onClick={() => plans.sendCast()}
        >
          {t('dispatch.cast_now')} <kbd>Enter</kbd>
        </button>
        <button type="button" onClick={() => props.onBack()}>
          {t('dispatch.cast_back')} <kbd>Esc</kbd>
        </button>
      </div>
    </div>
  );
}

function Area(props: { caseId: string; reach: ReachDto | undefined }) {
  const desk = useDesk();
  const plans = usePlans();
  const cases = useCases();
  const pages = usePages();
  const tools = useTools();
  const area = () => plans.cast.draft()?.area ?? [];
  const place = () => {
    const row = cases.detail()?.row;
    return row?.id === props.caseId ? row.place : null;
  };
  onCleanup(() => {
    if (tools.drawsFor() === OWNER) {
      tools.cancel();
    }
  });
  function lay(ring: LonLat[]): void {
    plans.cast.write({ area: ring });
    visit(desk, ring);
  }
  function draw(): void {
    // The twin needs its room while somebody draws on it.
    pages.setFolded(true);
    tools.draw(OWNER, { kind: 'ring' }, (sketch) => {
      if (sketch.kind === 'ring') {
        plans.cast.write({ area: flat(sketch.ring) });
      }
    });
  }
  return (
    <fieldset class="reach">
      <legend>{t('reach.area')}</legend>
      <Show when={tools.drawsFor() === OWNER}>
        <Sketching words={t('reach.hint')} />
      </Show>
      <Show when={tools.drawsFor() !== OWNER}>
        <div class="tool-acts">
          <button type="button" disabled={desk.twin.failure() !== undefined} onClick={draw}>
            {area().length < 3 ? t('reach.draw') : t('reach.draw_again')}
          </button>
          <Show when={place()}>
            {(at) => (
              <For each={RADII}>
                {(radius) => (
                  <button
                    type="button"
                    class="quiet num"
                    aria-label={t('reach.around', { far: distance(radius) })}
                    onClick={() => lay(circle(at(), radius))}
                  >
                    {t('reach.radius', { far: distance(radius) })}
                  </button>
                )}
              </For>
            )}
          </Show>
        </div>
      </Show>
      <Show when={props.reach} fallback={<p class="hint">{t('reach.empty')}</p>}>
        {(reach) => (
          <>
            <p class="plan-line num" role="status">
              <span>{t('reach.drawn', { n: area().length, size: areaWords(reach().area_m2) })}</span>
              <button type="button" class="quiet" onClick={() => visit(desk, area())}>
                {t('reach.look')}
              </button>
            </p>
            <ul class="reach-groups" aria-label={t('reach.inside')}>
              <For each={reach().groups} fallback={<li class="hint">{t('reach.nobody')}</li>}>
                {(group) => <Group group={group} />}
              </For>
            </ul>
          </>
        )}
      </Show>
    </fieldset>
  );
}

function Group(props: { group: ReachGroupDto }) {
  const names = () => {
    const { members } = props.group;
    const first = joined(members.slice(0, MOST_NAMES).map((one) => one.name));
    const rest = props.group.inside - Math.min(MOST_NAMES, members.length);
    return rest > 0 ? t('reach.names_more', { names: first, n: rest }) : first;
  };
  const doubts = () =>
    [
      props.group.late > 0 ? t('reach.late', { n: props.group.late }) : '',
      props.group.nowhere > 0 ? t('reach.nowhere', { n: props.group.nowhere }) : '',
    ]
      .filter((part) => part !== '')
      .join(' · ');
  return (
    <li>
      <p class="plan-line num">
        <span>{word('reach.kind', props.group.kind)}</span>
        <strong>{quantity(props.group.inside, 0)}</strong>
        <span class="hint">{doubts()}</span>
      </p>
      <Show when={props.group.inside > 0}>
        <p class="hint reach-names">{names()}</p>
      </Show>
    </li>
  );
}
