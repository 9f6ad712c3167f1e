// How the dashboard is built and, while it is developed, where the API is proxied to. Never reads a secret.
import { defineConfig, type Plugin } from 'vite';

const COLLECTOR = process.env['TOLLGATE_COLLECTOR_URL'] ?? 'http://127.0.0.1:8080';

/** Asks for the font together with the page, so that the first text is drawn in it. */
function preloadFont(): Plugin {
  return {
    name: 'preload-font',
    transformIndexHtml: {
      order: 'post',
      handler: (_html, { bundle = {} }) =>
        Object.keys(bundle)
          .filter((fileName) => /inter-latin-wght-normal-.*\.woff2$/.test(fileName))
          .map((fileName) => ({
            tag: 'link',
            attrs: { rel: 'preload', as: 'font', type: 'font/woff2', crossorigin: '', href: `/${fileName}` },
            injectTo: 'head-prepend',
          })),
    },
  };
}

export default defineConfig({
  plugins: [preloadFont()],
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
