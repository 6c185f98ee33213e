// What the city model takes, in words.

import type { MemoryDto } from '../generated/wire';
import { t } from './texts';

/** "512 MB", "2 GB". */
export function memorySize(mib: number): string {
  return mib >= 1024 && mib % 1024 === 0 ? `${mib / 1024} GB` : `${mib} MB`;
}

/** What the model takes of what it may take, and what follows when that is too little; nothing before the twin has spoken. */
export function memoryText(memory: MemoryDto): string | undefined {
  if (memory.budget_mib === 0) {
    return undefined;
  }
  const vars = { used: memory.used_mib, budget: memory.budget_mib };
  return t(memory.is_short ? 'twin.memory_short' : 'twin.memory', vars);
}
