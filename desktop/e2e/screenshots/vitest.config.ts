import { defineConfig } from 'vitest/config';

// `npm run screenshots`: the browser, the server and the fleet of the browser specs, with a camera.
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    name: 'screenshots',
    root: import.meta.dirname,
    include: ['*.shots.ts'],
    globalSetup: '../browser/one-browser.ts',
    testTimeout: 300_000,
    hookTimeout: 60_000,
  },
});
