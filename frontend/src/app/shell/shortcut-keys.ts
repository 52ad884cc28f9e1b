/**
 * Turns key presses into shortcuts, pure: one key, or `g` and then a key. No Angular in here.
 * A key with Ctrl, Alt or Meta is the browser's, but for Ctrl-K and Meta-K.
 */
export type Shortcut = 'fleet' | 'pods' | 'launch' | 'jobs' | 'add-server' | 'filter' | 'palette' | 'help';

export interface KeyPress {
  readonly key: string;
  readonly isModified: boolean;
  /** The key is being typed into a field, or a dialog is open. */
  readonly isTaken: boolean;
  readonly atMs: number;
}

const SEQUENCE_MS = 1_500;
const SINGLE: Readonly<Record<string, Shortcut>> = { n: 'launch', '/': 'filter', '?': 'help' };
const AFTER_G: Readonly<Record<string, Shortcut>> = { f: 'fleet', p: 'pods', l: 'launch', j: 'jobs', s: 'add-server' };

export class ShortcutKeys {
  #gAtMs = Number.NEGATIVE_INFINITY;

  press({ key, isModified, isTaken, atMs }: KeyPress): Shortcut | null {
    const isAfterG = atMs - this.#gAtMs <= SEQUENCE_MS;
    this.#gAtMs = Number.NEGATIVE_INFINITY;
    if (isModified) return key.toLowerCase() === 'k' ? 'palette' : null;
    if (isTaken) return null;
    if (isAfterG) return AFTER_G[key] ?? null;
    if (key === 'g') this.#gAtMs = atMs;
    return SINGLE[key] ?? null;
  }
}
