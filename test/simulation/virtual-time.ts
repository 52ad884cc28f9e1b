/** Time that passes timer by timer. Needs `jest.useFakeTimers` with nextTick, setImmediate and queueMicrotask left alone. */
import { jest } from '@jest/globals';

/** Everything that needs no time has happened after so many turns of the real loop. */
const TURNS = 3;

export async function settled(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Fires one timer after the other, and lets what it causes happen before the next. */
export async function pass(ms: number): Promise<void> {
  const time = { isOver: false };
  setTimeout(() => (time.isOver = true), ms);
  await settled();
  while (!time.isOver) {
    jest.advanceTimersToNextTimer();
    await settled();
  }
}

/** Lets time pass until it is done. */
export async function during<T>(work: Promise<T>): Promise<T> {
  const progress = { isOver: false };
  const over = (): void => void (progress.isOver = true);
  work.then(over, over);
  await settled();
  while (!progress.isOver) await pass(50);
  return work;
}
