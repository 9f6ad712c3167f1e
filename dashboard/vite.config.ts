// How the dashboard is built and, while it is developed, where the API is proxied to. Never reads a secret.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
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

/** Lays a compressed copy beside each text asset, so that the collector never compresses while it serves. */
function compressAssets(): Plugin {
  return {
    name: 'compress-assets',
    writeBundle: ({ dir = '' }) => {
      const assets = join(dir, 'assets');
      for (const fileName of readdirSync(assets)) {
        if (!/\.(js|css)$/.test(fileName)) continue;
        writeFileSync(
          join(assets, `${fileName}.gz`),
          gzipSync(readFileSync(join(assets, fileName)), { level: 9 }),
        );
      }
    },
  };
}

export default defineConfig({
  plugins: [preloadFont(), compressAssets()],
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
            {
              name: 'framework',
              test: /node_modules[\\/](react|react-dom|scheduler|@tanstack[\\/](?!react-table|table-core)[^\\/]+)[\\/]/,
            },
            { name: 'schemas', test: /node_modules[\\/]zod[\\/]|[\\/]contract[\\/]src[\\/]/ },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': COLLECTOR } },
});
