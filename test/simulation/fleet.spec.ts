/** `BERTH_SIM_SEED=7 BERTH_SIM_STEPS=20000` replays and lengthens. */
import { jest } from '@jest/globals';
import { Simulation } from './simulation.js';

const SEED = Number(process.env['BERTH_SIM_SEED'] ?? Date.now() % 1e9);
const STEPS = Number(process.env['BERTH_SIM_STEPS'] ?? 3_000);

beforeEach(() => {
  jest.useFakeTimers({
    now: new Date('2026-11-23T09:00:00.000Z'),
    doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'],
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

it(`${STEPS} steps of users, faults and restarts break no promise (BERTH_SIM_SEED=${SEED})`, async () => {
  const simulation = new Simulation(SEED);
  // Jitter is a part of the schedule.
  jest.spyOn(Math, 'random').mockImplementation(simulation.chance.next);
  try {
    await simulation.run(STEPS);
  } catch (error) {
    process.stdout.write(`${simulation.steps.join('\n')}\n${simulation.summary}\n`);
    throw error;
  }
  process.stdout.write(`${simulation.summary}\n`);
  const { reserved, bound, released } = simulation.checker.counts;
  expect(simulation.lives).toBeGreaterThan(1);
  expect(Math.min(reserved, bound, released)).toBeGreaterThan(STEPS / 50);
}, 3_600_000);
