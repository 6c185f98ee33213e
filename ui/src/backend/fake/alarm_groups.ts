// The suppression groups of the sample city, the plans for its alarms, and what was before. Plausible, not exact.

import type { AlarmGroupDto, AlarmGroupHandDto, AlarmPastDto, AlarmPlanDto } from '../../generated/wire';
import { either } from '../../state/texts';
import { DAY, MINUTE, SECOND } from '../../state/time';
import { ruleName } from './alarm_load';
import type { Sensor } from './city';

/** The group whose members the sample keeps away. */
export const WORKS = 'water-works';

/** Plans by what a device measures; other kinds have none. */
const PLANS: Record<string, { id: string; category: string; name: { zh: string; en: string }; steps: number }> = {
  gas: { id: 'gas-leak', category: 'gas_leak', name: { zh: '燃气泄漏处置', en: 'Gas leak' }, steps: 9 },
  water_level: {
    id: 'road-flooding',
    category: 'road_flooding',
    name: { zh: '道路积水处置', en: 'Flooded road' },
    steps: 7,
  },
  manhole: {
    id: 'missing-cover',
    category: 'missing_cover',
    name: { zh: '井盖缺失处置', en: 'Missing cover' },
    steps: 5,
  },
};

const CATEGORIES: Record<string, { zh: string; en: string }> = {
  gas_leak: { zh: '燃气泄漏', en: 'Gas leak' },
  road_flooding: { zh: '道路积水', en: 'Flooded road' },
  missing_cover: { zh: '井盖缺失', en: 'Missing cover' },
  device_alarm: { zh: '设备告警', en: 'Device alarm' },
};

/** What the event that an alarm of `sensor` makes is called, and its plans. */
export function eventOf(sensor: Sensor): { category: string; name: string; plans: AlarmPlanDto[] } {
  const plan = PLANS[sensor.kind];
  const category = plan?.category ?? 'device_alarm';
  const words = CATEGORIES[category];
  return {
    category,
    name: words === undefined ? category : either(words),
    plans: plan === undefined ? [] : [{ id: plan.id, name: either(plan.name), about: '', steps: plan.steps }],
  };
}

export function groupName(id: string): string {
  return id === WORKS
    ? either({ zh: '供水检修', en: 'Works on the water mains' })
    : either({ zh: '燃气作业', en: 'Gas works' });
}

/** The groups; `hands` are those that somebody suppresses, `hidden` is what the works keep away. */
export function fakeGroups(hands: ReadonlyMap<string, AlarmGroupHandDto>, hidden: number): AlarmGroupDto[] {
  const group = (id: string, rules: readonly string[]): AlarmGroupDto => {
    const isWorks = id === WORKS;
    const hand = hands.get(id) ?? null;
    return {
      id,
      name: groupName(id),
      about: isWorks
        ? either({ zh: '计划停水、检修期间抑制。', en: 'Suppressed while mains are shut as planned.' })
        : either({ zh: '计划放散时由值班员抑制。', en: 'Suppressed by an officer while gas is let out as planned.' }),
      pack: 'city',
      is_on: (isWorks && hidden > 0) || hand !== null,
      active_triggers: isWorks && hidden > 0 ? 1 : 0,
      hand,
      window_until: null,
      hidden: isWorks ? hidden : 0,
      members: rules.map(ruleName),
      triggers: isWorks ? [ruleName('area-flooded')] : [],
      windows: isWorks ? [{ days: [6, 7], from: '22:00', to: '05:00' }] : [],
      by_hand_max_s: 14_400,
    };
  };
  return [group('gas', ['gas-rise']), group(WORKS, ['pressure-drop'])];
}

/** What was before at the device of an alarm that began at `from`. */
export function fakePast(id: string, from: number): AlarmPastDto {
  const row = (days: number, rule: string, comment: string) => ({
    id: `${id}-${days}`,
    name: ruleName(rule),
    severity: 'medium' as const,
    since: Math.round(from - days * DAY),
    for_s: (18 * MINUTE) / SECOND,
    acknowledged_by: '李敏',
    acknowledged_after_s: (2 * MINUTE) / SECOND,
    comment,
  });
  return {
    alarms: [row(3, 'sensor-missing', ''), row(12, 'sensor-stuck', '传感器清洗后恢复')],
    cases: [],
  };
}
