/** What an event stream needs of its surroundings; tests give their own. */
export interface StreamHost {
  fetch(url: string, signal: AbortSignal): Promise<Response>;
  /** @returns a function that cancels. */
  after(ms: number, run: () => void): () => void;
  /** Milliseconds, for marks of what was heard when. */
  now(): number;
  random(): number;
  isHidden(): boolean;
  /** @returns a function that stops listening. */
  onVisibility(run: () => void): () => void;
}

export function browserHost(now: () => number): StreamHost {
  return {
    fetch: (url, signal) =>
      fetch(url, { signal, cache: 'no-store', credentials: 'same-origin', headers: { accept: 'text/event-stream' } }),
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    now,
    random: () => Math.random(),
    isHidden: () => document.hidden,
    onVisibility: (run) => {
      document.addEventListener('visibilitychange', run);
      return () => document.removeEventListener('visibilitychange', run);
    },
  };
}
