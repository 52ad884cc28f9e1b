// The pages in a real Chromium, on a Berth that runs from dist and dist-ui.
import base from '../../jest.config.mjs';

const { testPathIgnorePatterns: _without, testMatch: _others, ...rest } = base;

export default {
  ...rest,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/ui/**/*.spec.ts'],
  testTimeout: 60_000,
  maxWorkers: 1,
};
