import { setTimeout as pause } from 'node:timers/promises';

const EVERY_MS = 100;

/**
 * Asks again until the answer is neither undefined nor false, and no assertion in `look` fails; then resolves with it.
 * After `ms` it fails with what was waited for and what `look` said last.
 */
export async function eventually<T>(what: string, look: () => Promise<T | undefined | false>, ms = 15_000): Promise<T> {
  const until = performance.now() + ms;
  let last: unknown = 'it never came true';
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      last = 'it never came true';
    } catch (error) {
      last = error;
    }
    if (performance.now() > until) {
      const words = last instanceof Error ? last.message : String(last);
      throw new Error(`waited ${ms} ms in vain until ${what}: ${words}`, { cause: last });
    }
    await pause(EVERY_MS);
  }
}
