// The palette: anything in the city by name or code, and everything that the desk can show or do, by Chinese, pinyin or
// English. The host finds what the city has; what the UI offers is found beside it.

import './search.css';
import {
  createEffect,
  createMemo,
  createSignal,
  For,
  type JSX,
  on,
  onCleanup,
  onMount,
  Show,
  type Signal,
} from 'solid-js';
import { Shape } from '../../parts/Shape';
import { useActs } from '../../state/acts';
import { useAlarms } from '../../state/alarms';
import { useCases } from '../../state/cases';
import { cover } from '../../state/covers';
import { useDesk } from '../../state/desk';
import { useHistory } from '../../state/history';
import { useLayers } from '../../state/layers';
import { offers } from '../../state/offers';
import { usePages } from '../../state/pages';
import {
  createSpellings,
  type Entry,
  type EntryGroup,
  foundOwn,
  grouped,
  type Own,
  recentEntries,
  type Spellings,
} from '../../state/palette';
import { keepRecent, type Recent, readRecent, withRecent } from '../../state/recent';
import { useSound } from '../../state/sound';
import { markedPieces } from '../../state/spelling';
import { t, word } from '../../state/texts';
import { useTools } from '../../state/tools';
import { useTorn } from '../../state/torn';
import { useVideo } from '../../state/video';
import { createCityAnswers, knownInCity } from './city_answers';

/** After so long the host reads the names aside, so that the first question finds them ready. */
const WARM_MILLIS = 3000;

export function SearchPalette() {
  const desk = useDesk();
  const acts = useActs();
  const layers = useLayers();
  const hands = {
    desk,
    acts,
    tools: useTools(),
    history: useHistory(),
    alarms: useAlarms(),
    cases: useCases(),
    pages: usePages(),
    torn: useTorn(),
    sound: useSound(),
    video: useVideo(),
  };
  const all = createMemo(() => offers(hands, layers));
  const spellings = createSpellings(desk.backend);
  const recent = createSignal<Recent[]>(readRecent());
  createEffect(() => spellings.learn(all().flatMap(({ entry, also }) => [entry.title, ...also])));
  onMount(() => {
    const timer = setTimeout(() => void desk.backend.search('', undefined), WARM_MILLIS);
    onCleanup(() => clearTimeout(timer));
  });
  return (
    <Show when={acts.searching()}>
      <Palette all={all()} spellings={spellings} recent={recent} />
    </Show>
  );
}

function Palette(props: { all: Own[]; spellings: Spellings; recent: Signal<Recent[]> }) {
  const desk = useDesk();
  const acts = useActs();
  const tools = useTools();
  const [recent, setRecent] = props.recent;
  const [text, setText] = createSignal('');
  const [at, setAt] = createSignal(0);
  const typed = () => text().trim();
  const answers = createCityAnswers(desk, typed);
  const before = document.activeElement;
  let box: HTMLDivElement | undefined;

  useLayers().watch();
  onMount(() => {
    if (tools.bookmarks() === undefined) {
      tools.readBookmarks();
    }
  });
  onCleanup(() => {
    if (before instanceof HTMLElement && before.isConnected) {
      before.focus({ preventScroll: true });
    }
  });

  const groups = createMemo((): EntryGroup[] => {
    if (typed() === '') {
      const entries = recentEntries(recent(), props.all, (one, target) => knownInCity(desk, one, target));
      return entries.length === 0 ? [] : [{ name: 'recent', entries }];
    }
    return grouped(answers.entries(), foundOwn(props.all, typed(), props.spellings.known(), recent()));
  });
  const entries = createMemo(() => groups().flatMap((group) => group.entries));
  // Another question begins at its best answer; an answer that comes later moves nothing under the person's hand.
  createEffect(on(typed, () => setAt(0)));
  createEffect(on(entries, (list) => setAt((now) => Math.min(now, Math.max(0, list.length - 1)))));

  function choose(entry: Entry | undefined): void {
    if (entry !== undefined) {
      const list = withRecent(recent(), entry.recent);
      setRecent(list);
      keepRecent(list);
      acts.setSearching(false);
      entry.run();
    }
  }
  /** To the first entry of the next group, or of the one before. */
  function toGroup(by: 1 | -1): void {
    const firsts: number[] = [];
    let first = 0;
    for (const group of groups()) {
      firsts.push(first);
      first += group.entries.length;
    }
    const here = firsts.findLastIndex((one) => one <= at());
    setAt(firsts[(here + by + firsts.length) % Math.max(1, firsts.length)] ?? 0);
  }
  function onKey(event: KeyboardEvent): void {
    // While an input method composes, its keys are its own; WebKit tells of the last one only by this code.
    if (event.isComposing || event.keyCode === 229) {
      return;
    }
    const count = entries().length;
    const moves: Record<string, () => void> = {
      ArrowDown: () => setAt(count === 0 ? 0 : (at() + 1) % count),
      ArrowUp: () => setAt(count === 0 ? 0 : (at() - 1 + count) % count),
      PageDown: () => toGroup(1),
      PageUp: () => toGroup(-1),
      Enter: () => choose(entries()[at()]),
    };
    const move = moves[event.key];
    if (move !== undefined) {
      event.preventDefault();
      move();
    }
  }
  const hasNothing = () => typed() !== '' && entries().length === 0 && !answers.asking();

  return (
    <div
      class="palette"
      role="dialog"
      aria-label={t('search.label')}
      ref={(element) => {
        box = element;
        cover(element);
      }}
      onFocusOut={(event) => {
        if (event.relatedTarget instanceof Node && box?.contains(event.relatedTarget) !== true) {
          acts.setSearching(false);
        }
      }}
    >
      <PaletteField
        text={text()}
        current={entries().length > 0 ? at() : undefined}
        onText={setText}
        onKey={onKey}
        onComposing={answers.setComposing}
      />
      <div id="palette-results" role="listbox" aria-label={t('search.button')} class="palette-results scrolls">
        <For each={groups()}>
          {(group) => (
            <PaletteGroup
              group={group}
              first={entries().indexOf(group.entries[0] as Entry)}
              current={at()}
              onPoint={setAt}
              onChoose={choose}
            />
          )}
        </For>
      </div>
      <Show when={answers.failure()}>
        {(message) => (
          <p class="palette-words" role="alert">
            {t('search.failed', { message: message() })}
          </p>
        )}
      </Show>
      <Show when={answers.isSlow()}>
        <p class="palette-words" role="status">
          {t('palette.waiting')}
        </p>
      </Show>
      <Show when={hasNothing() && answers.failure() === undefined}>
        <p class="palette-words" role="status">
          {t('search.empty', { text: typed() })}
        </p>
      </Show>
      <p class="palette-foot hint">{typed() === '' ? t('palette.hint') : t('palette.keys')}</p>
    </div>
  );
}

/** The field; what an input method composes is no question until it is done. */
function PaletteField(props: {
  text: string;
  /** The place of the chosen entry; nothing to choose otherwise. */
  current: number | undefined;
  onText: (text: string) => void;
  onKey: (event: KeyboardEvent) => void;
  onComposing: (on: boolean) => void;
}) {
  return (
    <input
      type="text"
      role="combobox"
      aria-label={t('search.label')}
      aria-autocomplete="list"
      aria-expanded={props.current !== undefined}
      aria-controls="palette-results"
      aria-activedescendant={props.current === undefined ? undefined : `found-${props.current}`}
      placeholder={t('palette.placeholder')}
      autocomplete="off"
      spellcheck={false}
      maxlength={200}
      value={props.text}
      ref={(element) => queueMicrotask(() => element.focus())}
      onCompositionStart={() => props.onComposing(true)}
      onCompositionEnd={(event) => {
        props.onComposing(false);
        props.onText(event.currentTarget.value);
      }}
      onInput={(event) => {
        if (!event.isComposing) {
          props.onText(event.currentTarget.value);
        }
      }}
      onKeyDown={(event) => props.onKey(event)}
    />
  );
}

function PaletteGroup(props: {
  group: EntryGroup;
  /** The place of its first entry among all. */
  first: number;
  current: number;
  onPoint: (at: number) => void;
  onChoose: (entry: Entry) => void;
}): JSX.Element {
  const heading = () => `palette-group-${props.group.name}`;
  return (
    <div role="group" aria-labelledby={heading()}>
      <div class="palette-group" id={heading()}>
        {word('palette_group', props.group.name)}
      </div>
      <For each={props.group.entries}>
        {(entry, i) => (
          <PaletteRow
            entry={entry}
            at={props.first + i()}
            isCurrent={props.first + i() === props.current}
            onPoint={props.onPoint}
            onChoose={props.onChoose}
          />
        )}
      </For>
    </div>
  );
}

function PaletteRow(props: {
  entry: Entry;
  at: number;
  isCurrent: boolean;
  onPoint: (at: number) => void;
  onChoose: (entry: Entry) => void;
}) {
  let row: HTMLDivElement | undefined;
  createEffect(() => {
    if (props.isCurrent) {
      row?.scrollIntoView({ block: 'nearest' });
    }
  });
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above holds the focus and the keys.
    <div
      class="palette-row"
      classList={{ current: props.isCurrent }}
      role="option"
      id={`found-${props.at}`}
      aria-selected={props.isCurrent}
      ref={(element) => {
        row = element;
      }}
      onPointerMove={() => props.onPoint(props.at)}
      onClick={() => props.onChoose(props.entry)}
    >
      <span class="ellipsis">
        <For each={markedPieces(props.entry.title, props.entry.matched)}>
          {(piece) => (piece.isMarked ? <mark>{piece.text}</mark> : piece.text)}
        </For>
      </span>
      <span class="hint num ellipsis palette-hint">{props.entry.hint}</span>
      <span class="palette-end">
        <Show when={props.entry.severity !== 'normal'}>
          <Shape severity={props.entry.severity} />
        </Show>
        <Show when={props.entry.on !== undefined}>
          <span class="palette-state">{props.entry.on === true ? t('palette.shown') : t('palette.hidden')}</span>
        </Show>
        <For each={props.entry.keys}>{(key) => <kbd>{key}</kbd>}</For>
      </span>
    </div>
  );
}
