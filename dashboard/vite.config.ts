// How the dashboard is built and, while it is developed, where the API is proxied to. Never reads a secret.
import { defineConfig } from 'vite';

const COLLECTOR = process.env['TOLLGATE_COLLECTOR_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      // "use client" inside dependencies means nothing to a page that has no server part.
      onwarn: (warning, warn) => {
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
      output: {
        codeSplitting: {
          groups: [
            { name: 'framework', test: /node_modules[\\/](react|react-dom|scheduler|@tanstack)[\\/]/ },
            { name: 'schemas', test: /node_modules[\\/]zod[\\/]|[\\/]contract[\\/]src[\\/]/ },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': COLLECTOR } },
});
