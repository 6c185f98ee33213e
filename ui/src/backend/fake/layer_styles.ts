// Colours and sizes of the sample city's layers, and what their legends say. As the host decides it.

import type {
  FilterFieldDto,
  LayerChangeDto,
  LayerLegendDto,
  LayerPaintDto,
  LayerRampDto,
  LayerSizeDto,
  LayerStyleDto,
} from '../../generated/wire';
import { language } from '../../state/texts';
import type { Sensor } from './city';

export const BATLOW = ['#011959', '#134c5e', '#39695e', '#737a3f', '#c09036', '#fca68c', '#faccfa'];
export const RAMPS: readonly LayerRampDto[] = [
  { name: 'batlow', stops: BATLOW },
  { name: 'cividis', stops: ['#00224e', '#3b496c', '#707173', '#a59c74', '#fee838'] },
  { name: 'viridis', stops: ['#440154', '#3b528b', '#21918c', '#5ec962', '#fde725'] },
  { name: 'vik', stops: ['#001261', '#1e6f9d', '#c9dde7', '#d39774', '#590008'] },
];
const COLOURS = ['#66ccee', '#ccbb44', '#44bb99', '#ffaabb'];
const OTHER = '#748596';

/** Attributes of devices: name, what people call it, its texts in both languages. */
const ATTRIBUTES: readonly [name: string, zh: string, en: string, texts: readonly [zh: string, en: string][]][] = [
  [
    'owner',
    '权属单位',
    'Owner',
    [
      ['水务集团', 'Water company'],
      ['燃气公司', 'Gas company'],
      ['市政养护', 'City works'],
    ],
  ],
  [
    'district',
    '区域',
    'District',
    [
      ['云龙区', 'Yunlong'],
      ['鼓楼区', 'Gulou'],
    ],
  ],
];

/** Colours and size of a layer. */
export interface Style {
  paint: LayerPaintDto;
  size: LayerSizeDto;
}

/** As the pack has it. */
export function packStyle(): Style {
  return { paint: { by: 'state' }, size: { value: 24, unit: 'px' } };
}

export function styleDto(style: Style, sensors: readonly Sensor[]): LayerStyleDto {
  const { paint, size } = style;
  return {
    paint,
    size,
    is_own: paint.by === 'state' && size.value === 24 && size.unit === 'px',
    has_values: sensors.length > 0,
    attributes: sensors.length > 0 ? attributes() : [],
  };
}

function attributes(): FilterFieldDto[] {
  const at = language() === 'en' ? 1 : 0;
  return ATTRIBUTES.map(([name, zh, en, texts]) => ({
    name,
    words: language() === 'en' ? en : zh,
    kind: 'text',
    unit: null,
    choices: texts.map((text) => text[at]),
  }));
}

/** The style that a change asks for, or in words why it cannot be. */
export function changedStyle(
  style: Style,
  change: Extract<LayerChangeDto, { do: 'paint' | 'size' | 'own_style' }>,
  sensors: readonly Sensor[],
): Style | string {
  switch (change.do) {
    case 'own_style':
      return packStyle();
    case 'size': {
      const { value, unit } = change.size;
      const [least, most]: [number, number] = unit === 'm' ? [1, 200] : [6, 40];
      return value >= least && value <= most ? { ...style, size: { value, unit } } : '大小是 6 到 40 px，或 1 到 200 m';
    }
    case 'paint': {
      const paint = settled(structuredClone(change.paint), sensors);
      return typeof paint === 'string' ? paint : { ...style, paint };
    }
  }
}

function settled(paint: LayerPaintDto, sensors: readonly Sensor[]): LayerPaintDto | string {
  switch (paint.by) {
    case 'state':
      return paint;
    case 'plain':
      return '一种颜色由场景包决定';
    case 'attribute':
      return sensors.length > 0 && ATTRIBUTES.some(([name]) => name === paint.name) ? paint : `没有属性 ${paint.name}`;
    case 'value': {
      const values = sensors.map((sensor) => sensor.base);
      if (!RAMPS.some((ramp) => ramp.name === paint.ramp)) {
        return `没有色带 ${paint.ramp}`;
      }
      if (values.length === 0) {
        return '还没有数值';
      }
      const range: [number, number] = paint.range ?? [0, 10 * Math.ceil(Math.max(...values, 1) / 10)];
      return range[0] < range[1] ? { ...paint, range } : '第一个数要小于第二个';
    }
  }
}

/** What the colours of a layer of symbols mean. */
export function symbolLegend(name: string, style: Style, sensors: readonly Sensor[]): LayerLegendDto {
  const plain: LayerLegendDto = { title: name, unit: '', is_by_state: false, steps: [], ramp: null };
  const { paint } = style;
  switch (paint.by) {
    case 'state':
      return { ...plain, title: '', is_by_state: true };
    case 'plain':
      return plain;
    case 'value': {
      const unit = sensors[0]?.unit ?? '';
      const [from, to] = paint.range ?? [0, 1];
      const ticks = [0, 0.5, 1].map((part): [number, string] => {
        const value = from + part * (to - from);
        return [value, part === 1 && unit !== '' ? `${value} ${unit}` : String(value)];
      });
      const stops = RAMPS.find((ramp) => ramp.name === paint.ramp)?.stops ?? BATLOW;
      return { ...plain, unit, ramp: { stops, from, to, ticks } };
    }
    case 'attribute': {
      const field = attributes().find((one) => one.name === paint.name);
      const steps = (field?.choices ?? []).map((label, i) => ({
        colour: COLOURS[i] ?? OTHER,
        label,
        from: null,
        to: null,
      }));
      const other = {
        colour: OTHER,
        label: language() === 'en' ? 'Other or none' : '其他或没有',
        from: null,
        to: null,
      };
      return { ...plain, title: `${name} · ${field?.words ?? paint.name}`, steps: [...steps, other] };
    }
  }
}

/** The change in the words of the list of calls. */
export function styleWords(change: Extract<LayerChangeDto, { do: 'paint' | 'size' | 'own_style' }>): string {
  switch (change.do) {
    case 'own_style':
      return `own_style ${change.id}`;
    case 'size':
      return `size ${change.id} ${change.size.value} ${change.size.unit}`;
    case 'paint': {
      const { paint } = change;
      const more =
        paint.by === 'attribute'
          ? ` ${paint.name}`
          : paint.by === 'value'
            ? ` ${paint.ramp} ${paint.range?.join(' ') ?? 'auto'}`
            : '';
      return `paint ${change.id} ${paint.by}${more}`;
    }
  }
}
