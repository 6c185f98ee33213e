// Drawing on the picture of an event: which tool and colour, and what becomes of the points. Pure but for identities.

import type { LonLat } from '../backend/plans';
import type { MarkDto, MarkShapeDto, SketchDto, ToolKindDto } from '../generated/wire';
import { flat } from './plan_area';

export const PENS = ['point', 'line', 'arrow', 'area', 'text'] as const;
export type Pen = (typeof PENS)[number];
export const COLOURS = ['red', 'orange', 'yellow', 'green', 'blue', 'white'] as const;
export type Colour = (typeof COLOURS)[number];
export const SYMBOLS = ['flag', 'post', 'danger', 'fire', 'water', 'medical', 'gather', 'block'] as const;
export type MarkSymbol = (typeof SYMBOLS)[number];

/** The keys of the pens, with Alt; known by their place, because an input method types other signs there. */
export const PEN_KEYS: Record<Pen, string> = { point: 'P', line: 'L', arrow: 'R', area: 'A', text: 'T' };

/** The longest label, bytes, as the host takes it; so many letters fit in any script. */
export const LABEL_MOST = 128;

/** What collects the points of a pen. */
export function toolOf(pen: Pen): ToolKindDto {
  switch (pen) {
    case 'point':
    case 'text':
      return { kind: 'point' };
    case 'line':
    case 'arrow':
      return { kind: 'path' };
    case 'area':
      return { kind: 'ring' };
  }
}

/** What was drawn with a pen; `undefined` when the points are those of another tool. */
export function shapeOf(pen: Pen, symbol: MarkSymbol, sketch: SketchDto): MarkShapeDto | undefined {
  if (sketch.kind === 'point' && (pen === 'point' || pen === 'text')) {
    const at: LonLat = [sketch.at[0], sketch.at[1]];
    return pen === 'text' ? { of: 'text', at } : { of: 'point', at, symbol };
  }
  if (sketch.kind === 'path' && (pen === 'line' || pen === 'arrow')) {
    return { of: 'line', points: flat(sketch.line), is_arrow: pen === 'arrow' };
  }
  return sketch.kind === 'ring' && pen === 'area' ? { of: 'area', ring: flat(sketch.ring) } : undefined;
}

/** The pen that a mark was drawn with. */
export function penOf(shape: MarkShapeDto): Pen {
  return shape.of === 'line' && shape.is_arrow ? 'arrow' : shape.of;
}

let drawn = 0;

/** A mark of its own: several people may draw at once, so the identity has to differ between desks too. */
export function freshMark(shape: MarkShapeDto, label: string, colour: Colour): MarkDto {
  drawn += 1;
  const chance = Math.floor(Math.random() * 0xffff_ffff).toString(36);
  return { id: `${Date.now().toString(36)}-${drawn}-${chance}`, shape, label, colour };
}

/** The colour of a word that came over the wire. */
export function colourOf(raw: string): Colour {
  return COLOURS.find((one) => one === raw) ?? 'white';
}
