// The tools at the picture's left edge, and the panel of the one that is open.

import './tools.css';
import { For, type JSX, Match, Show, Switch } from 'solid-js';
import { cover } from '../../state/covers';
import { useDesk } from '../../state/desk';
import { word } from '../../state/texts';
import { TOOL_KEYS } from '../../state/tool_keys';
import { PANELS, type PanelName, useTools } from '../../state/tools';
import { BookmarkTool } from './BookmarkTool';
import { ColourTool } from './ColourTool';
import { CompareTool } from './CompareTool';
import { CutTool } from './CutTool';
import { FindTool } from './FindTool';
import { LookTool, SunTool, UndergroundTool } from './LookTools';
import { MeasureTool } from './MeasureTool';

/** One stroke each, on a field of 20. */
const ICONS: Record<PanelName, string> = {
  find: 'M9 3a6 6 0 1 0 0 12A6 6 0 0 0 9 3ZM13.5 13.5 18 18',
  look: 'M10 2 17 6v8l-7 4-7-4V6ZM3 6l7 4 7-4M10 10v8',
  colour: 'M3 17V11h4v6ZM8 17V6h4v11ZM13 17V3h4v14Z',
  sun: 'M10 6a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM10 1v2M10 17v2M1 10h2M17 10h2M4 4l1 1M15 15l1 1M4 16l1-1M15 5l1-1',
  measure: 'M2 14 14 2l4 4L6 18ZM6 10l2 2M9 7l2 2M12 4l2 2',
  underground: 'M1 7h18M4 11h5M11 11h5M3 15h14M6 7V3h4v4M12 7V4h4v3',
  cut: 'M3 6h14v11H3ZM10 2v17M7 2h6',
  compare: 'M2 4h16v12H2ZM10 2v16M13 8l2 2-2 2M7 8l-2 2 2 2',
  bookmarks: 'M5 2h10v16l-5-4-5 4Z',
};

export function Dock() {
  const desk = useDesk();
  const tools = useTools();
  return (
    <div class="west-top">
      <div
        class="float dock"
        data-float
        ref={cover}
        role="toolbar"
        aria-orientation="vertical"
        aria-label={word('tool', 'dock')}
      >
        <For each={PANELS}>
          {(name) => (
            <button
              type="button"
              class="quiet dock-tool"
              aria-pressed={tools.panel() === name}
              aria-keyshortcuts={TOOL_KEYS[name]}
              aria-label={word('tool', name)}
              title={`${word('tool', name)} (${TOOL_KEYS[name]})`}
              disabled={desk.twin.failure() !== undefined && name !== 'find' && name !== 'bookmarks'}
              onClick={() => tools.toggle(name)}
            >
              <svg viewBox="0 0 20 20" aria-hidden="true">
                <path d={ICONS[name]} fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round" />
              </svg>
            </button>
          )}
        </For>
      </div>
      <Show when={tools.panel()}>
        {(name) => (
          <Panel name={name()}>
            <Switch>
              <Match when={name() === 'find'}>
                <FindTool />
              </Match>
              <Match when={name() === 'look'}>
                <LookTool />
              </Match>
              <Match when={name() === 'colour'}>
                <ColourTool />
              </Match>
              <Match when={name() === 'sun'}>
                <SunTool />
              </Match>
              <Match when={name() === 'measure'}>
                <MeasureTool />
              </Match>
              <Match when={name() === 'underground'}>
                <UndergroundTool />
              </Match>
              <Match when={name() === 'cut'}>
                <CutTool />
              </Match>
              <Match when={name() === 'compare'}>
                <CompareTool />
              </Match>
              <Match when={name() === 'bookmarks'}>
                <BookmarkTool />
              </Match>
            </Switch>
          </Panel>
        )}
      </Show>
    </div>
  );
}

function Panel(props: { name: PanelName; children: JSX.Element }) {
  const tools = useTools();
  return (
    <section
      class="float tool-panel"
      data-float
      data-tool={props.name}
      ref={cover}
      aria-label={word('tool', props.name)}
    >
      <header class="tool-head">
        <h2>{word('tool', props.name)}</h2>
        <button type="button" class="quiet" onClick={() => tools.close()}>
          <kbd>Esc</kbd>
          <span class="hidden-words">{word('app', 'close')}</span>
        </button>
      </header>
      <div class="tool-body scrolls">{props.children}</div>
    </section>
  );
}
