// Keeps a list still while somebody points at it.
//
// While the order is held, rows keep their places: what left stays until release, what came waits to be counted.

export interface Held<Row> {
  ids: readonly string[];
  /** The rows as they were when last seen, for those that have left meanwhile. */
  last: ReadonlyMap<string, Row>;
}

export function hold<Row extends { id: string }>(rows: readonly Row[]): Held<Row> {
  return { ids: rows.map((row) => row.id), last: new Map(rows.map((row) => [row.id, row])) };
}

/** The rows to show: the held order with the newest contents. */
export function inHeldOrder<Row extends { id: string }>(held: Held<Row>, rows: readonly Row[]): Row[] {
  const newest = new Map(rows.map((row) => [row.id, row]));
  return held.ids.map((id) => newest.get(id) ?? held.last.get(id)).filter((row) => row !== undefined);
}

/** How many rows came or left since the order was held. */
export function updatesSince<Row extends { id: string }>(held: Held<Row>, rows: readonly Row[]): number {
  const newest = new Set(rows.map((row) => row.id));
  const came = rows.filter((row) => !held.last.has(row.id)).length;
  const left = held.ids.filter((id) => !newest.has(id)).length;
  return came + left;
}
