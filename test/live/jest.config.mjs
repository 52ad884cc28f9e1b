// The live suite runs only where somebody names a real cluster: BERTH_LIVE_KUBECONFIG=path npm run jest -- --config test/live/jest.config.mjs
import base from '../../jest.config.mjs';

export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/live/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  testTimeout: 120_000,
  maxWorkers: 1,
};
