import { join } from 'node:path';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { answerShapes } from './answer-shapes.js';
import { compressed } from './compressed.js';

const server = process.env.AGENTFLEET_URL ?? 'http://127.0.0.1:7373';

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [react(), tailwindcss(), answerShapes(), compressed()],
  // The contract is bundled from its source, so that the dashboard builds without a build before it.
  resolve: {
    conditions: ['source', 'module', 'browser', 'production', 'default'],
    alias: [{ find: /^zod$/, replacement: join(import.meta.dirname, 'src/base/zod-without-eval.ts') }],
  },
  // Modules, so that each language it colours is a file of its own.
  worker: { format: 'es' },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // A data: URL in a style sheet or a script would need a wider Content-Security-Policy.
    assetsInlineLimit: 0,
    // The licences of what is bundled ask to be passed on with it.
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [{ name: 'zod', test: /zod-without-eval|node_modules[\\/]zod[\\/]/ }],
        },
      },
    },
  },
  server: { proxy: { '/api': server } },
});
