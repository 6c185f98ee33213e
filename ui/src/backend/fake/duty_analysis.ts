// What the cases of the sample city amount to: as many as a district has, more by day than by night. Deterministic.

import type {
  AnalysisByDto,
  AnalysisDto,
  AnalysisQueryDto,
  AnalysisTableDto,
  CaseFiguresDto,
  RepeatPlaceDto,
} from '../../generated/wire';
import { LEVELS } from '../../state/severity';
import { either, word } from '../../state/texts';
import { DAY, HOUR, MINUTE, ZONE_OFFSET } from '../../state/time';
import { type FakeCity, noise } from './city';

/** One case at most in each. */
const SLOT = 50 * MINUTE;

const CATEGORIES = [
  'street_stall',
  'garbage',
  'road_waterlogging',
  'light_out',
  'illegal_parking',
  'manhole_missing',
  'road_damage',
  'noise_complaint',
  'tree_down',
  'gas_leak',
] as const;

const DEPARTMENTS = [
  { id: 'city-management', name: { zh: '城市管理局', en: 'City management' } },
  { id: 'water', name: { zh: '水务局', en: 'Water bureau' } },
  { id: 'traffic-police', name: { zh: '交警支队', en: 'Traffic police' } },
  { id: 'road-works', name: { zh: '市政养护中心', en: 'Road maintenance' } },
  { id: 'gas', name: { zh: '燃气集团', en: 'Gas company' } },
] as const;

const COMMUNITIES = ['彭城社区', '云龙社区', '和平社区', '湖滨社区', '黄楼社区', '建国社区'] as const;

interface FakeCase {
  category: string;
  level: string;
  department: number;
  community: number;
  at: number;
  /** Seconds; `undefined` before it came to that. */
  answered: number | undefined;
  closed: number | undefined;
  isOverdue: boolean;
  isReopened: boolean;
  position: [number, number];
}

const pick = <T>(from: readonly T[], chance: number): T | undefined => from[Math.floor(chance * from.length)];

function casesIn(city: FakeCity, from: number, to: number, now: number): FakeCase[] {
  const cases: FakeCase[] = [];
  if (city.sensors.length === 0) {
    return cases;
  }
  for (let slot = Math.ceil(from / SLOT); slot * SLOT < to; slot += 1) {
    const at = slot * SLOT;
    const hour = Math.floor(((at + ZONE_OFFSET) % DAY) / HOUR);
    const chance = hour < 6 ? 0.12 : hour < 9 || (hour > 16 && hour < 20) ? 0.8 : 0.5;
    if (noise(slot, 91) > chance) {
      continue;
    }
    // Squared: the first categories are the most common.
    const kind = noise(slot, 92) ** 2;
    const answered = 240 + 3600 * noise(slot, 93) ** 3;
    const closed = answered + 3 * 3600 + 60 * 3600 * noise(slot, 94) ** 3;
    const spot = Math.floor(noise(slot, 95) * 8);
    const isAtSpot = noise(slot, 96) < 0.35;
    cases.push({
      category: (isAtSpot ? CATEGORIES[spot % 4] : pick(CATEGORIES, kind)) ?? CATEGORIES[0],
      level: LEVELS[noise(slot, 97) > 0.99 ? 0 : noise(slot, 97) > 0.93 ? 1 : noise(slot, 97) > 0.7 ? 2 : 3] ?? 'IV',
      department: Math.floor(noise(slot, 98) ** 1.5 * DEPARTMENTS.length),
      community: Math.floor(noise(slot, 99) ** 1.4 * COMMUNITIES.length),
      at,
      answered: at + answered * 1000 < now ? answered : undefined,
      closed: at + closed * 1000 < now ? closed : undefined,
      isOverdue: closed > 40 * 3600,
      isReopened: noise(slot, 100) > 0.96,
      position: isAtSpot
        ? [117.175 + 0.02 * noise(spot, 101), 34.239 + 0.012 * noise(spot, 102)]
        : [117.172 + 0.026 * noise(slot, 103), 34.237 + 0.016 * noise(slot, 104)],
    });
  }
  return cases;
}

function quantile(values: number[], share: number): number | null {
  const sorted = values.sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

function figuresOf(cases: readonly FakeCase[]): CaseFiguresDto {
  const answered = cases.map((one) => one.answered).filter((one) => one !== undefined);
  const closed = cases.map((one) => one.closed).filter((one) => one !== undefined);
  const overdue = cases.filter((one) => one.isOverdue).length;
  return {
    cases: cases.length,
    closed: closed.length,
    overdue,
    overdue_share: cases.length === 0 ? 0 : overdue / cases.length,
    reopened: cases.filter((one) => one.isReopened).length,
    response_p50_s: quantile(answered, 0.5),
    response_p90_s: quantile(answered, 0.9),
    closing_p50_s: quantile(closed, 0.5),
    closing_p90_s: quantile(closed, 0.9),
  };
}

type Group = (one: FakeCase) => { group: string; name: string };

const GROUPS: Record<AnalysisByDto, Group> = {
  category: (one) => ({ group: one.category, name: word('category', one.category) }),
  level: (one) => ({ group: one.level, name: word('level', one.level) }),
  department: (one) => {
    const found = DEPARTMENTS[one.department];
    return found === undefined ? { group: '', name: '' } : { group: found.id, name: either(found.name) };
  },
  community: (one) => {
    const name = COMMUNITIES[one.community] ?? '';
    return { group: name, name };
  },
  grid: (one) => {
    const code = `3203030${one.community + 1}${String(one.department + 1).padStart(2, '0')}`;
    return { group: code, name: code };
  },
  hour: (one) => {
    const hour = new Date(one.at + ZONE_OFFSET).toISOString().slice(11, 13);
    return { group: hour, name: hour };
  },
  weekday: (one) => {
    const day = new Date(one.at + ZONE_OFFSET).getUTCDay();
    return { group: String(day === 0 ? 7 : day), name: word('weekday', String(day)) };
  },
  day: (one) => {
    const day = new Date(one.at + ZONE_OFFSET).toISOString().slice(0, 10);
    return { group: day, name: day };
  },
};

const BY = ['category', 'level', 'department', 'community', 'grid', 'hour', 'weekday', 'day'] as const;
const IN_ORDER: readonly AnalysisByDto[] = ['hour', 'weekday', 'day'];
const MOST_GROUPS = 400;

function tableOf(by: AnalysisByDto, cases: readonly FakeCase[]): AnalysisTableDto {
  const groups = new Map<string, { name: string; cases: FakeCase[] }>();
  for (const one of cases) {
    const { group, name } = GROUPS[by](one);
    const known = groups.get(group) ?? { name, cases: [] };
    known.cases.push(one);
    groups.set(group, known);
  }
  const rows = [...groups].map(([group, known]) => ({ group, name: known.name, figures: figuresOf(known.cases) }));
  rows.sort((a, b) => (IN_ORDER.includes(by) ? a.group.localeCompare(b.group) : b.figures.cases - a.figures.cases));
  return { by, rows: rows.slice(0, MOST_GROUPS), total: rows.length };
}

function repeatsOf(cases: readonly FakeCase[], known: readonly string[]): RepeatPlaceDto[] {
  const spots = new Map<string, FakeCase[]>();
  for (const one of cases) {
    const place = `${one.category} ${one.position.join(' ')}`;
    spots.set(place, [...(spots.get(place) ?? []), one]);
  }
  return [...spots.values()]
    .filter((found) => found.length >= 3)
    .sort((a, b) => b.length - a.length)
    .flatMap((found, place) => {
      const [first] = found;
      const last = found.at(-1);
      return first === undefined || last === undefined
        ? []
        : [
            {
              category: first.category,
              name: word('category', first.category),
              position: first.position,
              cases: found.length,
              first: first.at,
              last: last.at,
              // What can be opened in the sample is what its event board has.
              ids: known.slice(place, place + 3),
            },
          ];
    });
}

/** `known` are the cases that can be opened. */
export function fakeAnalysis(
  city: FakeCity,
  query: AnalysisQueryDto,
  now: number,
  known: readonly string[],
): AnalysisDto {
  const answers = (wanted: readonly string[], value: string) => wanted.length === 0 || wanted.includes(value);
  const cases = casesIn(city, query.from, Math.min(query.to, now), now).filter(
    (one) =>
      answers(query.categories, one.category) &&
      answers(query.levels, one.level) &&
      answers(query.departments, GROUPS.department(one).group),
  );
  const repeats = repeatsOf(cases, known);
  return {
    from: query.from,
    to: query.to,
    total: figuresOf(cases),
    tables: BY.map((by) => tableOf(by, cases)),
    repeats: repeats.slice(0, 200),
    repeats_total: repeats.length,
  };
}
