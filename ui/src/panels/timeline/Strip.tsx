// What stands above the track for a while: the marked range and what can be done with it, a typed time, a moment's name.

import { createSignal, type JSX, Match, onCleanup, Show, Switch } from 'solid-js';
import type { Span } from '../../backend/backend';
import { useDesk } from '../../state/desk';
import { useHistory } from '../../state/history';
import { titleOf } from '../../state/standing';
import { t } from '../../state/texts';
import { duration, shortTime, stretch } from '../../state/time';
import { typedTime } from '../../state/typed_time';
import { TaskLine } from '../drawer/TaskLine';

export function Strip() {
  const desk = useDesk();
  const history = useHistory();
  return (
    <>
      <Switch>
        <Match when={history.form() === 'go'}>
          <GoTo />
        </Match>
        <Match when={history.form() === 'mark'}>
          <MarkMoment />
        </Match>
      </Switch>
      <Show when={history.brushing()}>
        <p class="strip" role="status">
          <span>{t('range.how')}</span>
          <button type="button" onClick={() => history.setBrushing(false)}>
            {t('range.cancel')} <kbd>Esc</kbd>
          </button>
        </p>
      </Show>
      <Show when={desk.range()}>{(range) => <RangeActs range={range()} />}</Show>
      <Show when={desk.update.task !== null && history.drawer() === undefined}>
        <div class="strip">
          <TaskLine />
        </div>
      </Show>
    </>
  );
}

function RangeActs(props: { range: Span }) {
  const desk = useDesk();
  const history = useHistory();
  const [naming, setNaming] = createSignal(false);
  function loop(): void {
    if (desk.looping() && desk.playing()) {
      desk.setLooping(false);
      return;
    }
    desk.loop(props.range);
  }
  return (
    <section class="strip" aria-label={t('range.region')}>
      <span class="num strip-words">
        {stretch(props.range.from, props.range.to)} · <strong>{duration(props.range.to - props.range.from)}</strong>
      </span>
      <button type="button" aria-pressed={desk.looping() && desk.playing()} onClick={loop}>
        {t('range.loop')}
      </button>
      <button
        type="button"
        onClick={() => {
          history.chart.setStretch({ kind: 'marked' });
          history.open('trend');
        }}
      >
        {t('range.chart')}
      </button>
      <button type="button" disabled={history.busy()} aria-pressed={naming()} onClick={() => setNaming(!naming())}>
        {t('range.record')}
      </button>
      <button type="button" disabled={history.busy()} onClick={() => history.exportSeries([], props.range, 'csv')}>
        {t('range.csv')}
      </button>
      <button type="button" disabled={history.busy()} onClick={() => history.exportSeries([], props.range, 'parquet')}>
        {t('range.parquet')}
      </button>
      <button type="button" class="quiet" onClick={() => desk.setRange(undefined)}>
        {t('range.clear')} <kbd>Esc</kbd>
      </button>
      <Show when={naming()}>
        <Line
          label={t('recordings.name')}
          value={`${stretch(props.range.from, props.range.to).slice(0, 11).replaceAll(':', '')}`}
          submit={t('recordings.make')}
          onSubmit={(name) => {
            setNaming(false);
            history.record(props.range, name);
            history.open('recordings');
            return undefined;
          }}
          onCancel={() => setNaming(false)}
        />
      </Show>
    </section>
  );
}

/** A typed time: what is understood is said at once, what is not says what would be. */
function GoTo() {
  const desk = useDesk();
  const history = useHistory();
  return (
    <section class="strip" aria-label={t('time.go')}>
      <Line
        label={t('time.go')}
        value=""
        submit={t('time.go_there')}
        placeholder={t('time.go_examples')}
        onSubmit={(text) => {
          const found = typedTime(text, desk.end(), desk.shown());
          if (found === undefined) {
            return t('time.go_refused', { text });
          }
          if (found > desk.end() || found < desk.oldest()) {
            return t('time.go_outside', { span: stretch(desk.oldest(), desk.end()) });
          }
          desk.scrubTo(found);
          history.setForm(undefined);
          return undefined;
        }}
        onCancel={() => history.setForm(undefined)}
      />
    </section>
  );
}

function MarkMoment() {
  const desk = useDesk();
  const history = useHistory();
  // The moment that the person saw, however long its name takes to type.
  const time = desk.shown();
  /** The time, and what is selected when a list has a name for it. */
  function suggestion(): string {
    const target = desk.selected();
    const event = target?.kind === 'event' ? desk.update.events.find((one) => one.id === target.id) : undefined;
    const alarm = target?.kind === 'thing' ? desk.update.alarms.find((one) => one.thing_id === target.id) : undefined;
    return `${shortTime(time)} ${event === undefined ? (alarm?.name ?? '') : titleOf(event)}`.trim();
  }
  return (
    <section class="strip" aria-label={t('moments.mark')}>
      <Line
        label={t('moments.title')}
        value={suggestion()}
        submit={t('moments.save')}
        onSubmit={(title) => {
          history.setForm(undefined);
          history.mark(title, time);
          return undefined;
        }}
        onCancel={() => history.setForm(undefined)}
      />
    </section>
  );
}

/** One field with its button; a refusal in words stands beside it. */
function Line(props: {
  label: string;
  value: string;
  submit: string;
  placeholder?: string;
  onSubmit: (text: string) => string | undefined;
  onCancel: () => void;
}): JSX.Element {
  const [text, setText] = createSignal(props.value);
  const [refusal, setRefusal] = createSignal<string>();
  const before = document.activeElement;
  onCleanup(() => {
    if (before instanceof HTMLElement && before.isConnected) {
      before.focus({ preventScroll: true });
    }
  });
  return (
    <form
      class="strip-line"
      onSubmit={(event) => {
        event.preventDefault();
        if (text().trim() !== '') {
          setRefusal(props.onSubmit(text().trim()));
        }
      }}
    >
      <input
        type="text"
        class="strip-field num"
        maxlength={80}
        autocomplete="off"
        spellcheck={false}
        aria-label={props.label}
        aria-invalid={refusal() !== undefined}
        placeholder={props.placeholder ?? props.label}
        value={text()}
        ref={(element) =>
          queueMicrotask(() => {
            element.focus();
            element.select();
          })
        }
        onInput={(event) => {
          setText(event.currentTarget.value);
          setRefusal(undefined);
        }}
      />
      <button type="submit" disabled={text().trim() === ''}>
        {props.submit}
      </button>
      <button type="button" class="quiet" onClick={() => props.onCancel()}>
        {t('range.cancel')} <kbd>Esc</kbd>
      </button>
      <Show when={refusal()}>
        {(words) => (
          <span class="strip-refusal" role="alert">
            {words()}
          </span>
        )}
      </Show>
    </form>
  );
}
