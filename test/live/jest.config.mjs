// Against machines that exist: see README.md. One file at a time, since they share the machines.
import base from '../../jest.config.mjs';

const { testPathIgnorePatterns: _without, testMatch: _others, ...rest } = base;

export default {
  ...rest,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/live/**/*.spec.ts'],
  reporters: ['default', '<rootDir>/test/live/support/not-run.reporter.mjs'],
  testTimeout: 240_000,
  maxWorkers: 1,
};
