/**
 * What `npm test` runs of the specs that start servers, browsers and apps: the ways that most people go, in some minutes. Unit
 * tests run all. `TEST_WHOLE=1 npm test` runs every spec, as CI does, and so does naming a file: `npx vitest run FILE`.
 */
export const briefly = {
  e2e: ['main-job', 'approvals', 'connect-computer', 'protocol', 'npm-start'].map(
    (name) => `runner-core/e2e/${name}.e2e.test.ts`,
  ),
  browser: ['flows', 'approvals', 'strange-content', 'first-load', 'connect-a-computer'].map(
    (name) => `desktop/e2e/browser/${name}.browser.test.ts`,
  ),
  electron: ['first-run', 'sessions', 'security'].map(
    (name) => `desktop/e2e/electron/${name}.electron.test.ts`,
  ),
};

/** Of the rest, what takes longest and is seldom touched: built, backed up, deleted and broken as a whole. */
export const notBriefly = [
  '.ci/build.test.ts',
  'server/src/backup/*.test.ts',
  'server/src/operate/*.test.ts',
  'server/src/db/disk-lost.test.ts',
  'server/src/db/power-cut.test.ts',
  'server/src/rolling-restart.test.ts',
];
