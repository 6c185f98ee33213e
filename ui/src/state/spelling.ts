// Finds words in the UI's own texts, also by pinyin. Pure.
//
// The host finds what the city has; the few hundred texts that only the UI knows (actions, views, layers) are compared here,
// with the readings that the host tells of them (`Backend.foldTexts`). The rules are the host's own (`crates/cim_names`).

/** How words lie in a text, the best first. */
export const LIES = { whole: 0, beginning: 1, word: 2, inside: 3 } as const;

export interface Match {
  /** One of `LIES`: that of the word that lies worst. */
  lies: number;
  /** Where the words lie, in order. */
  ranges: [number, number][];
}

interface Letter {
  folded: string;
  /** What it answers to beside itself. */
  readings: string[];
  kind: 'sign' | 'han' | 'other';
  /** Its place in the text, UTF-16 units. */
  from: number;
  to: number;
}

/**
 * Where the words of `typed` lie in `text`, whose readings are `spelt`; `undefined` when a word is nowhere in it. Without
 * readings it is found as it is written.
 */
export function matchWords(text: string, spelt: string | undefined, typed: string): Match | undefined {
  const words = typed
    .split(/\s+/)
    .filter((word) => word !== '')
    .map(lettersOfWord);
  if (words.length === 0) {
    return undefined;
  }
  const letters = lettersOf(text, spelt);
  const found = words.map((word) => place(word, letters));
  if (found.some((one) => one === undefined)) {
    return undefined;
  }
  const places = found.filter((one) => one !== undefined);
  return { lies: Math.max(...places.map((one) => one.lies)), ranges: joined(places.map((one) => one.range)) };
}

/** `text` cut where `ranges` begin and end, and what of it is marked. */
export function markedPieces(
  text: string,
  ranges: readonly (readonly [number, number])[],
): { text: string; isMarked: boolean }[] {
  const pieces: { text: string; isMarked: boolean }[] = [];
  let at = 0;
  for (const [from, to] of ranges) {
    pieces.push({ text: text.slice(at, from), isMarked: false }, { text: text.slice(from, to), isMarked: true });
    at = to;
  }
  pieces.push({ text: text.slice(at), isMarked: false });
  return pieces.filter((piece) => piece.text !== '');
}

/** Lower case, full width as half width; one letter for one letter. */
export function foldLetter(letter: string): string {
  const code = letter.codePointAt(0) ?? 0;
  const narrow =
    code === 0x3000 ? ' ' : code >= 0xff01 && code <= 0xff5e ? String.fromCodePoint(code - 0xfee0) : letter;
  return [...narrow.toLowerCase()][0] ?? narrow;
}

function lettersOfWord(word: string): string[] {
  const letters = [...word].map(foldLetter);
  // 西安 is written xi'an: in pinyin the sign only parts syllables.
  const isLatin = letters.every((letter) => /[a-z0-9'’]/.test(letter)) && letters.some((letter) => /\w/.test(letter));
  return isLatin ? letters.filter((letter) => !/['’]/.test(letter)) : letters;
}

function lettersOf(text: string, spelt: string | undefined): Letter[] {
  const all = [...text];
  const readings = (spelt ?? '').split('|');
  let to = 0;
  return all.map((letter, i) => {
    const from = to;
    to += letter.length;
    const folded = foldLetter(letter);
    return {
      folded,
      readings: readings.length === all.length ? (readings[i] ?? '').split(',') : [],
      kind: kindOf(folded),
      from,
      to,
    };
  });
}

function kindOf(letter: string): Letter['kind'] {
  if (/\p{Script=Han}/u.test(letter)) {
    return 'han';
  }
  return /[\p{L}\p{N}]/u.test(letter) ? 'other' : 'sign';
}

function place(
  word: readonly string[],
  letters: readonly Letter[],
): { lies: number; range: [number, number] } | undefined {
  const beginsWord = (i: number) => i === 0 || letters[i]?.kind !== letters[i - 1]?.kind;
  const starts = letters.map((_, i) => i).filter((i) => taken(word, 0, letters[i]).length > 0);
  for (const from of [...starts.filter(beginsWord), ...starts.filter((i) => !beginsWord(i))]) {
    const end = endOf(word, letters, from);
    const first = letters[from];
    const last = letters[(end ?? 0) - 1];
    if (end !== undefined && first !== undefined && last !== undefined) {
      const atStart = end === letters.length ? LIES.whole : LIES.beginning;
      const lies = from === 0 ? atStart : beginsWord(from) ? LIES.word : LIES.inside;
      return { lies, range: [first.from, last.to] };
    }
  }
  return undefined;
}

/** Behind which letter the word ends when it begins at `from`. */
function endOf(word: readonly string[], letters: readonly Letter[], from: number): number | undefined {
  let places = new Set([0]);
  for (let i = from; i < letters.length && places.size > 0; i += 1) {
    const letter = letters[i];
    // A word goes on behind a sign.
    const next = new Set(letter?.kind === 'sign' ? places : []);
    for (const at of places) {
      for (const count of taken(word, at, letter)) {
        next.add(at + count);
      }
    }
    if (next.has(word.length)) {
      return i + 1;
    }
    places = next;
  }
  return undefined;
}

/** How many letters of the word, from `at` on, a letter of the text may take: itself, or the beginning of a reading. */
function taken(word: readonly string[], at: number, letter: Letter | undefined): number[] {
  if (letter === undefined || at >= word.length) {
    return [];
  }
  const counts = word[at] === letter.folded ? [1] : [];
  for (const reading of letter.readings) {
    for (let count = 1; count <= reading.length && word[at + count - 1] === reading[count - 1]; count += 1) {
      counts.push(count);
    }
  }
  return counts;
}

/** Stretches in order, those that touch as one. */
function joined(ranges: readonly [number, number][]): [number, number][] {
  const result: [number, number][] = [];
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last !== undefined && from <= last[1]) {
      last[1] = Math.max(last[1], to);
    } else {
      result.push([from, to]);
    }
  }
  return result;
}
