// How a tree of open branches becomes lines one under the other, without naming every line: a branch may have 150 000. Pure.

/** Lines that follow each other and belong to one branch. */
export interface Stretch {
  /** The first line. */
  at: number;
  branch: string;
  depth: number;
  /** Which of the branch's own rows stands there. */
  first: number;
  count: number;
}

/** A row of a branch that is open itself. */
export interface OpenRow {
  id: string;
  index: number;
}

/** Deeper trees are not shown. */
const MOST_DEPTH = 32;

/**
 * The stretches of everything under `root`. `rowsOf` says how many rows a branch has, `openOf` which of them are open, in
 * their order.
 */
export function stretchesOf(
  root: string,
  rowsOf: (branch: string) => number,
  openOf: (branch: string) => readonly OpenRow[],
): Stretch[] {
  const found: Stretch[] = [];
  let lines = 0;
  function put(branch: string, depth: number, first: number, count: number): void {
    if (count > 0) {
      found.push({ at: lines, branch, depth, first, count });
      lines += count;
    }
  }
  function add(branch: string, depth: number): void {
    const rows = rowsOf(branch);
    let next = 0;
    for (const { id, index } of openOf(branch)) {
      if (index >= next && index < rows && depth < MOST_DEPTH) {
        put(branch, depth, next, index + 1 - next);
        add(id, depth + 1);
        next = index + 1;
      }
    }
    put(branch, depth, next, rows - next);
  }
  add(root, 0);
  return found;
}

/** How many lines there are. */
export function lineCount(stretches: readonly Stretch[]): number {
  const last = stretches.at(-1);
  return last === undefined ? 0 : last.at + last.count;
}

/** The stretch of a line. */
export function stretchAt(stretches: readonly Stretch[], line: number): Stretch | undefined {
  let low = 0;
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const stretch = stretches[middle];
    if (stretch === undefined || stretch.at > line) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  const found = stretches[low - 1];
  return found !== undefined && line < found.at + found.count && line >= found.at ? found : undefined;
}

/** The line of a branch's row. */
export function lineOf(stretches: readonly Stretch[], branch: string, index: number): number | undefined {
  const found = stretches.find(
    (stretch) => stretch.branch === branch && index >= stretch.first && index < stretch.first + stretch.count,
  );
  return found === undefined ? undefined : found.at + index - found.first;
}
