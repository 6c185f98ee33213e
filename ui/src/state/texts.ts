// Every word on the screen, in the language that the person chose.
//
// The texts live in `assets/locales`, shared with Rust (rust-i18n): flat keys, variables as `%{name}`.

import en from '@locales/en.json';
import zh from '@locales/zh-CN.json';
import { createSignal } from 'solid-js';

export type TextKey = keyof typeof zh;
export type Language = 'zh-CN' | 'en';
export type TextVars = Record<string, string | number>;

const tables: Record<Language, Record<string, string>> = { 'zh-CN': zh, en };
const [language, chooseLanguage] = createSignal<Language>('zh-CN');

export { language };

/** Shows everything in `wanted` from now on; words that are no language of ours mean Chinese. */
export function setLanguage(wanted: string): void {
  const known: Language = wanted.toLowerCase().startsWith('en') ? 'en' : 'zh-CN';
  chooseLanguage(known);
  document.documentElement.lang = known;
}

/** The text of `key`. */
export function t(key: TextKey, vars?: TextVars): string {
  return filled(tables[language()][key] ?? key, vars);
}

/** The text of a word that came over the wire, for instance a category; the raw word when the city invented it. */
export function word(prefix: string, raw: string): string {
  return tables[language()][`${prefix}.${raw}`] ?? raw;
}

/** The text of `key` in every language, the shown one first: people look for it by any. */
export function everyText(key: TextKey): string[] {
  return inEvery(key);
}

/** The same for a word that came over the wire; the raw word when the city invented it. */
export function everyWord(prefix: string, raw: string): string[] {
  const known = inEvery(`${prefix}.${raw}`);
  return known.length === 0 ? [raw] : known;
}

function inEvery(key: string): string[] {
  const order: Language[] = language() === 'en' ? ['en', 'zh-CN'] : ['zh-CN', 'en'];
  return order.map((one) => tables[one][key]).filter((text) => text !== undefined);
}

/** One of two texts that the city itself carries. */
export function either(texts: { zh: string; en: string }): string {
  const chosen = language() === 'en' ? texts.en : texts.zh;
  return chosen === '' ? texts.zh || texts.en : chosen;
}

function filled(text: string, vars: TextVars = {}): string {
  return text.replace(/%\{(\w+)\}/g, (whole, name: string) => String(vars[name] ?? whole));
}
