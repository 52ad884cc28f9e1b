import { computed, type Signal, signal } from '@angular/core';

export type DraftErrors<T> = { readonly [K in keyof T]?: string };

/**
 * What is typed into a form, in memory only, with what is wrong about it.
 * - `check` runs on each change; its findings show once the user has tried to go on with that field.
 * - What the server said about a field (`tell`) shows until that field is changed.
 */
export class DraftForm<T extends object> {
  readonly #draft;
  readonly #told = signal<DraftErrors<T>>({});
  readonly #tried = signal<ReadonlySet<keyof T>>(new Set());
  readonly #found: Signal<DraftErrors<T>>;

  constructor(
    private readonly fresh: () => T,
    private readonly check: (draft: T) => DraftErrors<T>,
  ) {
    this.#draft = signal(fresh());
    this.#found = computed(() => this.check(this.#draft()));
  }

  /** A signal: read it in templates as `form.draft()`. */
  get draft(): Signal<T> {
    return this.#draft;
  }

  patch(change: Partial<T>): void {
    this.#draft.update((draft) => ({ ...draft, ...change }));
    const changed = new Set(Object.keys(change));
    this.#told.update((told) => without(told, changed));
  }

  /** Empty when the field is right, or not judged yet. */
  error(field: keyof T): string {
    return this.#told()[field] ?? (this.#tried().has(field) ? this.#found()[field] : undefined) ?? '';
  }

  /** From now on these fields are judged. @returns the first that is wrong; null when all are right. */
  firstWrong(fields: readonly (keyof T)[]): keyof T | null {
    this.#tried.update((tried) => new Set([...tried, ...fields]));
    return fields.find((field) => this.error(field) !== '') ?? null;
  }

  tell(errors: DraftErrors<T>): void {
    this.#told.set(errors);
  }

  /** Forgets everything, secrets too. */
  clear(): void {
    this.#draft.set(this.fresh());
    this.#told.set({});
    this.#tried.set(new Set());
  }
}

function without<T extends object>(errors: DraftErrors<T>, fields: ReadonlySet<string>): DraftErrors<T> {
  const left: { [K in keyof T]?: string } = {};
  for (const field in errors) if (!fields.has(field)) left[field] = errors[field];
  return left;
}
