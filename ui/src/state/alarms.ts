// The alarm desk: the list, what is picked of it, what is done to it, kept views, and the alarm whose page is open.
//
// The host decides what is an alarm, what hides it and who may do what; refusals are told as they come.

import { type Accessor, createContext, createEffect, createSignal, on, useContext } from 'solid-js';
import type { AlarmViewDto, RuleDto, SeverityDto } from '../generated/wire';
import { type Acting, createActing } from './alarm_acts';
import { type AlarmRows, createAlarmRows } from './alarm_list';
import { createFlood, createOpening, type Flood, type Opening } from './alarm_opening';
import { createPicking, type Picking } from './alarm_picking';
import { toggled, whole } from './alarm_query';
import type { Desk } from './desk';
import { t } from './texts';

export interface Alarms extends Picking, Acting, Views, Opening, Flood {
  list: AlarmRows;
  /** Lists a severity too, or no more. */
  toggleSeverity(severity: SeverityDto): void;
  /** Areas that occurred in the list so far, by name. */
  areas: Accessor<string[]>;
  /** The rules, for the filter; read when first asked for. */
  rules: Accessor<RuleDto[] | undefined>;
  readRules(): void;
  /** Everything beside the severities, the text and the order is open. */
  filtersOpen: Accessor<boolean>;
  setFiltersOpen(open: boolean): void;
  /** The list gives its search field here. */
  setFinder(find: (() => void) | undefined): void;
  find(): void;
  /** Closes what is in front; false when nothing was. */
  back(): boolean;
}

const AlarmsContext = createContext<Alarms>();
export const AlarmsProvider = AlarmsContext.Provider;

export function useAlarms(): Alarms {
  const alarms = useContext(AlarmsContext);
  if (alarms === undefined) {
    throw new Error('useAlarms outside AlarmsProvider');
  }
  return alarms;
}

/** The alarm desk of `desk`. Call inside a Solid root. */
export function createAlarms(desk: Desk): Alarms {
  const list = createAlarmRows(desk);
  const opening = createOpening(desk);
  const flood = createFlood(desk, list);
  const picking = createPicking(desk, list, flood, opening);
  const acting = createActing(desk, list, picking);
  const views = createViews(desk, list);
  const [areas, setAreas] = createSignal<string[]>([]);
  const [rules, setRules] = createSignal<RuleDto[]>();
  const [filtersOpen, setFiltersOpen] = createSignal(false);
  let finder: (() => void) | undefined;

  createEffect(
    on(list.known, (rows) => {
      const seen = new Set([...areas(), ...rows.map((row) => row.area).filter((area) => area !== '')]);
      if (seen.size > areas().length) {
        setAreas([...seen].sort((a, b) => a.localeCompare(b, 'zh-CN')));
      }
    }),
  );

  return {
    ...picking,
    ...acting,
    ...views,
    ...opening,
    ...flood,
    list,
    toggleSeverity(severity) {
      const query = list.query();
      list.setQuery({ ...query, severities: toggled(query.severities, severity) });
    },
    areas,
    rules,
    readRules() {
      void desk.backend.alarmRules().then((result) => {
        if (result.ok) {
          setRules(result.value);
        }
      });
    },
    filtersOpen,
    setFiltersOpen,
    setFinder(find) {
      finder = find;
    },
    find: () => finder?.(),
    back() {
      if (acting.asked() !== undefined) {
        acting.giveUp();
      } else if (picking.hasPicked()) {
        picking.clear();
      } else if (list.query().line !== null) {
        flood.closeLine();
      } else {
        return false;
      }
      return true;
    },
  };
}

export interface Views {
  views: Accessor<AlarmViewDto[]>;
  readViews(): void;
  useView(view: AlarmViewDto): void;
  /** Keeps the filter of now; one of the same name gives way. */
  keepView(name: string): void;
  dropView(name: string): void;
}

function createViews(desk: Desk, list: AlarmRows): Views {
  const [views, setViews] = createSignal<AlarmViewDto[]>([]);
  function save(wanted: AlarmViewDto[]): void {
    setViews(wanted);
    desk.attempt(desk.backend.saveAlarmViews(wanted));
  }
  return {
    views,
    readViews() {
      void desk.backend.alarmViews().then((result) => {
        if (result.ok) {
          setViews(result.value);
        } else {
          desk.attempt(Promise.resolve(result));
        }
      });
    },
    useView: (view) => list.setQuery(view.query),
    keepView(name) {
      // A line lasts as long as its flood: it is no part of a view.
      const query = { ...whole(list.query()), line: null };
      const before = views();
      save([...before.filter((view) => view.name !== name), { name, query }]);
      desk.say(t('alarms.view_kept', { name }), { words: t('alarms.undo'), run: () => save(before) });
    },
    dropView(name) {
      const before = views();
      save(before.filter((view) => view.name !== name));
      desk.say(t('alarms.view_dropped', { name }), { words: t('alarms.undo'), run: () => save(before) });
    },
  };
}
