import { Attempts } from './attempts.js';

const fail = (attempts: Attempts, count: number, nowMs = 0): void => {
  for (let each = 0; each < count; each += 1) attempts.fail('a', nowMs);
};

describe('wrong tokens', () => {
  it.each([
    [4, 0],
    [5, 1_000],
    [6, 2_000],
    [8, 8_000],
    [11, 60_000],
    [500, 60_000],
  ])('%i in a row mean a wait of %i ms', (count, waitMs) => {
    const attempts = new Attempts();
    fail(attempts, count);
    expect(attempts.waitMs('a', 0)).toBe(waitMs);
  });

  it('are waited for only as long as said, and by their own address', () => {
    const attempts = new Attempts();
    fail(attempts, 6, 1_000);
    expect([attempts.waitMs('a', 2_500), attempts.waitMs('a', 3_000), attempts.waitMs('b', 1_000)]).toEqual([
      500, 0, 0,
    ]);
  });

  it('are forgotten after ten quiet minutes, and after a right one', () => {
    const attempts = new Attempts();
    fail(attempts, 20);
    expect(attempts.waitMs('a', 600_000)).toBe(0);
    fail(attempts, 20, 600_000);
    attempts.succeed('a');
    expect(attempts.waitMs('a', 600_000)).toBe(0);
  });

  it('of a million addresses take no more room than those of ten thousand', () => {
    const attempts = new Attempts();
    for (let each = 0; each < 20_000; each += 1) attempts.fail(`address-${each}`, each);
    expect(attempts.size).toBe(10_000);
    expect(attempts.waitMs('address-0', 20_000)).toBe(0);
  });
});
