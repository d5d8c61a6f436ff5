import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { briefly, notBriefly } from './.ci/brief.js';
import { answerShapes } from './desktop/renderer/answer-shapes.js';

// Workspaces are tested from source: the `source` condition of their package.json, no build in between.
const source = { resolve: { conditions: ['source'] }, ssr: { resolve: { conditions: ['source'] } } };

// What a test waits for comes at once on an idle machine and late on a busy one: the test's own limit is near enough. Slower
// machines, as Wine is one, are waited for longer.
const patient = { expect: { poll: { timeout: Number(process.env.TEST_PATIENCE_MS ?? 15_000) } } };

// Files of one worker share the modules that were loaded: to load them again for each took half of the processors' time.
const shared = { isolate: false };

// Makes the database that their servers begin with, once for all.
const databases = { globalSetup: 'server/src/testing/embedded-template.ts' };

export default defineConfig(({ mode }) => {
  // `npm test`; who names a file, or wants it whole, has all of them.
  const isBrief = mode === 'brief' && !process.env.TEST_WHOLE;
  const exclude = [...configDefaults.exclude, ...(isBrief ? notBriefly : [])];
  return {
    test: {
      // Most of the time tests wait for processes and pages of their own: one at a time would leave a core idle.
      maxWorkers: Math.max(2, availableParallelism() - 1),
      projects: [
        { ...source, test: { ...shared, name: 'house', include: ['.ci/**/*.test.ts'], exclude } },
        { ...source, test: { ...shared, name: 'contract', include: ['contract/src/**/*.test.ts'] } },
        {
          ...source,
          test: {
            ...shared,
            ...patient,
            globalSetup: [databases.globalSetup, 'server/src/testing/postgres.ts'],
            name: 'server',
            include: ['server/src/**/*.test.ts'],
            exclude,
            // Its tests do little with the embedded database: to make its code fast costs more than that gives back.
            execArgv: ['--liftoff-only'],
            testTimeout: 20_000,
            hookTimeout: 60_000,
          },
        },
        {
          ...source,
          test: {
            ...shared,
            ...patient,
            name: 'runner',
            include: ['runner-core/src/**/*.test.ts'],
            testTimeout: 20_000,
          },
        },
        {
          ...source,
          test: {
            ...shared,
            ...patient,
            name: 'e2e',
            globalSetup: [databases.globalSetup, 'runner-core/e2e/which-claude.ts'],
            include: isBrief ? briefly.e2e : ['runner-core/e2e/*.e2e.test.ts'],
            testTimeout: 60_000,
          },
        },
        { ...source, test: { ...shared, name: 'app', include: ['desktop/{main,bridge}/src/**/*.test.ts'] } },
        {
          ...source,
          test: {
            ...shared,
            ...patient,
            name: 'packaging',
            include: ['desktop/packaging/**/*.test.ts'],
            testTimeout: 300_000,
            hookTimeout: 300_000,
          },
        },
        {
          ...source,
          test: {
            ...shared,
            ...patient,
            name: 'browser',
            include: isBrief ? briefly.browser : ['desktop/e2e/browser/*.browser.test.ts'],
            globalSetup: [databases.globalSetup, 'desktop/e2e/browser/one-browser.ts'],
            testTimeout: 60_000,
            hookTimeout: 60_000,
          },
        },
        {
          ...source,
          test: {
            ...shared,
            ...patient,
            name: 'electron',
            include: isBrief ? briefly.electron : ['desktop/e2e/electron/*.electron.test.ts'],
            globalSetup: [databases.globalSetup, 'desktop/e2e/electron/lane.ts'],
            testTimeout: 60_000,
            hookTimeout: 60_000,
          },
        },
        {
          ...source,
          plugins: [answerShapes()],
          test: { ...shared, name: 'renderer', include: ['desktop/renderer/src/**/*.test.ts'] },
        },
      ],
    },
  };
});
