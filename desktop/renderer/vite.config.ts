import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compressed } from './compressed.js';

const server = process.env.AGENTFLEET_URL ?? 'http://127.0.0.1:7373';

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [react(), tailwindcss(), compressed()],
  // The contract is bundled from its source, so that the dashboard builds without a build before it.
  resolve: { conditions: ['source', 'module', 'browser', 'production', 'default'] },
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
          // One chunk, in the order of the sources: zod has to be told about the policy before a schema is made.
          groups: [
            { name: 'contract', test: /strict-csp|[\\/]contract[\\/]src[\\/]|node_modules[\\/]zod[\\/]/ },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': server } },
});
