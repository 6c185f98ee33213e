// Windows of one desk in a browser: a panel opens as a page of its own, and the pages tell each other by messages.
//
// Each page has a sample city of its own; the selection and the clock go from one to the others, what is done to an alarm does not.

import type { ClockDto, PanelDto, PickDto, WindowNoteDto } from '../../generated/wire';
import { PANELS, panelOf } from '../../state/panels';
import type { Result } from '../backend';
import type { WindowsBackend } from '../windows';

export interface FakeWindowsHost {
  calls: string[];
  language: string;
  clock(): ClockDto;
  /** The clock that another page moved. */
  followClock(clock: ClockDto): void;
}

/** What pages of one desk tell each other. */
type Told =
  | { kind: 'hello' }
  | { kind: 'layout'; torn: PanelDto[] }
  | { kind: 'pick'; pick: PickDto }
  | { kind: 'clock'; clock: ClockDto };

/** How often a page that was closed is looked for. */
const LOOK_MILLIS = 300;

export class FakeWindows {
  private readonly own = panelOf(location.search);
  private readonly pages = new Map<PanelDto, Window>();
  private readonly watchers = new Set<(note: WindowNoteDto) => void>();
  private torn: PanelDto[] = [];
  private pick: PickDto = { target: null, alarm: null };
  private language: string;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly host: FakeWindowsHost) {
    this.language = host.language;
  }

  backend(): WindowsBackend {
    const done = (call: string): Promise<Result<void>> => {
      this.host.calls.push(call);
      return Promise.resolve({ ok: true, value: undefined });
    };
    return {
      watchWindows: (onNote) => this.watch(onNote),
      screens: () =>
        Promise.resolve({
          ok: true,
          value: [
            { id: '0,0', name: '', width: 1920, height: 1080, is_primary: true, has_main: true },
            { id: '1920,0', name: 'DELL U2723QE', width: 2560, height: 1440, is_primary: false, has_main: false },
          ],
        }),
      tearOff: (panel, screen) => {
        if (!this.open(panel)) {
          return Promise.resolve({ ok: false, error: { code: 'bad_request', message: '浏览器拦下了新窗口' } });
        }
        return done(`tearOff ${panel} ${screen ?? 'anywhere'}`);
      },
      bringBack: (panel) => {
        this.close(panel);
        return done(`bringBack ${panel}`);
      },
      tellPick: (pick) => {
        this.pick = pick;
        this.say({ kind: 'pick', pick });
        return done(`tellPick ${pick.target === null ? 'nothing' : `${pick.target.kind} ${pick.target.id}`}`);
      },
    };
  }

  /** Another language was chosen on this page. */
  speak(language: string): void {
    this.language = language;
    this.tellLayout();
  }

  /** The clock was moved on this page. */
  tellClock(clock: ClockDto): void {
    this.say({ kind: 'clock', clock });
  }

  private watch(onNote: (note: WindowNoteDto) => void): () => void {
    if (this.watchers.size === 0) {
      window.addEventListener('message', this.hear);
      window.addEventListener('pagehide', this.leave);
    }
    this.watchers.add(onNote);
    queueMicrotask(() => {
      onNote(this.layout());
      onNote({ kind: 'picked', pick: this.pick });
    });
    this.say({ kind: 'hello' });
    return () => {
      this.watchers.delete(onNote);
      if (this.watchers.size === 0) {
        window.removeEventListener('message', this.hear);
        window.removeEventListener('pagehide', this.leave);
        clearInterval(this.timer);
        this.timer = undefined;
      }
    };
  }

  private open(panel: PanelDto): boolean {
    const query = new URLSearchParams(location.search);
    query.set('panel', panel);
    const page = window.open(
      `${location.pathname}?${query}`,
      `citymirror-${panel}`,
      `popup,${panel === 'timeline' ? 'width=1400,height=320' : 'width=960,height=800'}`,
    );
    if (page === null) {
      return false;
    }
    page.focus();
    this.pages.set(panel, page);
    this.timer ??= setInterval(() => this.look(), LOOK_MILLIS);
    this.lay();
    return true;
  }

  private close(panel: PanelDto): void {
    if (panel !== this.own) {
      this.pages.get(panel)?.close();
    } else if (window.opener !== null) {
      window.close();
    } else {
      // The address was typed: there is no desk beside it yet.
      const query = new URLSearchParams(location.search);
      query.delete('panel');
      location.assign(`${location.pathname}?${query}`);
    }
  }

  /** Pages that were closed by hand are back in the desk. */
  private look(): void {
    const before = this.pages.size;
    for (const [panel, page] of this.pages) {
      if (page.closed) {
        this.pages.delete(panel);
      }
    }
    if (this.pages.size < before) {
      this.lay();
    }
    if (this.pages.size === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
  }

  private lay(): void {
    this.torn = PANELS.filter((panel) => this.pages.has(panel));
    this.say({ kind: 'layout', torn: this.torn });
    this.tellLayout();
  }

  private layout(): WindowNoteDto {
    return { kind: 'layout', torn: this.torn, language: this.language };
  }

  private tellLayout(): void {
    this.tell(this.layout());
  }

  private tell(note: WindowNoteDto): void {
    for (const watcher of this.watchers) {
      watcher(note);
    }
  }

  /** To every other page of this desk. */
  private say(told: Told, but?: MessageEventSource | null): void {
    for (const page of this.others()) {
      if (page !== but) {
        page.postMessage({ citymirror: told }, location.origin);
      }
    }
  }

  private others(): Window[] {
    const opener: unknown = window.opener;
    return this.own !== undefined && opener ? [opener as Window] : [...this.pages.values()];
  }

  private readonly hear = (event: MessageEvent): void => {
    const told = (event.data as { citymirror?: Told } | null)?.citymirror;
    if (told === undefined || event.origin !== location.origin) {
      return;
    }
    switch (told.kind) {
      case 'hello':
        this.say({ kind: 'layout', torn: this.torn });
        this.say({ kind: 'pick', pick: this.pick });
        this.say({ kind: 'clock', clock: this.host.clock() });
        return;
      case 'layout':
        this.torn = told.torn;
        this.tellLayout();
        return;
      case 'pick':
        this.pick = told.pick;
        this.tell({ kind: 'picked', pick: told.pick });
        break;
      case 'clock':
        this.host.followClock(told.clock);
        break;
    }
    // The main page stands between the others.
    this.say(told, event.source);
  };

  private readonly leave = (): void => {
    for (const page of this.pages.values()) {
      page.close();
    }
  };
}
