// The plan of an event: which fits, and the one at work with its level, checklist, forces and messages.

import './plans.css';
import { createMemo, Show } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { Result } from '../../backend/backend';
import type { PlanOfferDto, PlanRunDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { blankAsk } from '../../state/plan_draft';
import { progressWords } from '../../state/plan_words';
import { followCase, RESPONSES, usePlans } from '../../state/plans';
import { t, word } from '../../state/texts';
import { joined, moment } from '../../state/time';
import { ReportExport } from '../duty/ReportExport';
import { Choices } from '../tools/parts';
import { AskForm } from './AskForm';
import { PlanMessages } from './PlanMessages';
import { PlanNeeds } from './PlanNeeds';
import { PlanOffers } from './PlanOffers';
import { PlanSteps } from './PlanSteps';
import { Part, Read } from './parts';

interface Known {
  run: PlanRunDto | null;
  offers: PlanOfferDto[];
}

export function PlanTab(props: { caseId: string }) {
  const desk = useDesk();
  const plans = usePlans();
  const [held, setHeld] = createStore<Known & { id: string }>({ id: '', run: null, offers: [] });
  async function ask(id: string): Promise<Result<Known>> {
    const [run, offers] = await Promise.all([desk.backend.planRun(id), desk.backend.plansFor(id)]);
    if (!run.ok) {
      return run;
    }
    return offers.ok ? { ok: true, value: { run: run.value, offers: offers.value } } : offers;
  }
  const read = followCase(
    desk,
    plans,
    () => props.caseId,
    ask,
    (value, id) => setHeld(reconcile({ ...value, id }, { key: 'id' })),
  );
  return (
    <Read isKnown={held.id === props.caseId} read={read}>
      <Show when={held.run}>{(run) => <Run caseId={props.caseId} run={run()} />}</Show>
      <Show when={held.run === null || held.run.state !== 'running'}>
        <PlanOffers caseId={props.caseId} offers={held.offers} />
      </Show>
    </Read>
  );
}

function Run(props: { caseId: string; run: PlanRunDto }) {
  return (
    <>
      <Head caseId={props.caseId} run={props.run} />
      <Show when={props.run.state !== 'missing'} fallback={<p class="hint">{t('plan.missing_hint')}</p>}>
        <PlanSteps caseId={props.caseId} run={props.run} />
        <PlanNeeds caseId={props.caseId} run={props.run} />
        <PlanMessages caseId={props.caseId} run={props.run} />
      </Show>
    </>
  );
}

function Head(props: { caseId: string; run: PlanRunDto }) {
  const plans = usePlans();
  const name = () => props.run.plan.name || props.run.plan.id;
  const settled = () => props.run.progress.done + props.run.progress.skipped;
  return (
    <Part title={name()}>
      <p class="plan-line">
        <span class="row-tag">{word('plan.state', props.run.state)}</span>
        <span class="hint num ellipsis">
          {t('plan.started_by', { by: props.run.started_by, time: moment(props.run.started_at) })}
        </span>
      </p>
      <Show when={props.run.stopped_at}>
        {(at) => <p class="hint num">{t('plan.stopped_by', { by: props.run.stopped_by, time: moment(at()) })}</p>}
      </Show>
      <progress
        class="plan-progress"
        max={Math.max(1, props.run.progress.steps)}
        value={settled()}
        aria-label={t('plan.progress_label')}
      />
      <p class="num" role="status">
        {progressWords(props.run.progress)}
      </p>
      <Show when={props.run.hindrances.length > 0 && props.run.state === 'running'}>
        <p class="hint num">{t('plan.hindrances', { n: props.run.hindrances.length })}</p>
      </Show>
      <Response caseId={props.caseId} run={props.run} />
      <Show when={props.run.earlier.length > 0}>
        <p class="hint">{t('plan.earlier', { names: joined(props.run.earlier) })}</p>
      </Show>
      <Show when={props.run.strange_ticks > 0}>
        <p class="hint num">{t('plan.strange_ticks', { n: props.run.strange_ticks })}</p>
      </Show>
      <div class="tool-acts plan-head-acts">
        <ReportExport of={() => ({ kind: 'plan', id: props.caseId })} formats={['pdf', 'docx']} />
        <Show when={props.run.may_stop}>
          <button
            type="button"
            onClick={() => plans.ask.open(blankAsk(props.caseId, 'stop', props.run.plan.id, name()))}
          >
            {t('plan.ask.stop')}
          </button>
        </Show>
      </div>
      <AskForm caseId={props.caseId} acts={['stop']} />
    </Part>
  );
}

/** Which response holds, and ordering another one. */
function Response(props: { caseId: string; run: PlanRunDto }) {
  const plans = usePlans();
  const options = createMemo(() =>
    RESPONSES.filter((one) => one === props.run.response || props.run.may_order.includes(one)),
  );
  const last = () => props.run.responses.at(-1);
  const words = (one: (typeof RESPONSES)[number]) => word('response', one);
  function order(wanted: (typeof RESPONSES)[number]): void {
    if (wanted !== props.run.response) {
      plans.ask.open(blankAsk(props.caseId, 'respond', wanted, words(wanted)));
    }
  }
  return (
    <>
      <Show
        when={props.run.may_order.length > 0}
        fallback={
          <p>
            {t('plan.response')} <strong>{words(props.run.response)}</strong>
          </p>
        }
      >
        <Choices
          label={t('plan.response')}
          options={options()}
          words={words}
          value={props.run.response}
          onChoose={order}
        />
      </Show>
      <Show when={props.run.proposed !== null && props.run.proposed !== props.run.response && props.run.proposed}>
        {(proposed) => <p class="hint">{t('plan.proposed_by_level', { response: words(proposed()) })}</p>}
      </Show>
      <Show when={last()}>
        {(set) => (
          <p class="hint num">{t('plan.ordered_by', { by: set().by, time: moment(set().at), reason: set().reason })}</p>
        )}
      </Show>
      <AskForm caseId={props.caseId} acts={['respond']} />
    </>
  );
}
