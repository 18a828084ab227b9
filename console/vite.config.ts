import { gzipSync } from 'node:zlib';

import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** Where `npm run dev` finds the API: a shop that is being served, see CONTRIBUTING.md. */
const API = process.env.CONSOLE_API ?? 'http://127.0.0.1:8765';

/** Puts a packed copy beside each file of text, so that the server packs nothing. */
function pack(): Plugin {
  return {
    name: 'pack',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        for (const [fileName, file] of Object.entries(bundle)) {
          if (!/\.(css|js)$/.test(fileName)) continue;
          const text = file.type === 'chunk' ? file.code : file.source;
          this.emitFile({ type: 'asset', fileName: `${fileName}.gz`, source: gzipSync(text, { level: 9 }) });
        }
      },
    },
  };
}

export default defineConfig({
  base: '/',
  plugins: [react(), pack()],
  build: {
    outDir: '../src/shopkeeper/api/static',
    emptyOutDir: true,
    target: 'es2023',
    license: { fileName: 'licenses.md' },
    // Files only: the server's policy allows no script and no font that stands in a page or a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        // Each of these changes more seldom than the screens do, so that a browser keeps it over a new version.
        // ECharts is loaded by the chunks that draw, never by the first page.
        codeSplitting: {
          groups: [
            { name: 'charts', test: /node_modules[\\/](echarts|zrender)[\\/]/, priority: 3 },
            { name: 'react', test: /node_modules[\\/](react|react-dom|react-router|scheduler)[\\/]/, priority: 2 },
            // tslib is ECharts' too: without a place of its own it would bring all of ECharts onto the first page.
            { name: 'mantine', test: /node_modules[\\/](@mantine|@floating-ui|tslib)[\\/]/, priority: 4 },
          ],
        },
      },
    },
  },
  server: { host: '127.0.0.1', proxy: { '/v1': { target: API, changeOrigin: false } } },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    passWithNoTests: true,
    restoreMocks: true,
    // A test that hangs fails; one on a busy machine does not.
    testTimeout: 60_000,
    // One document for all files: making each its own takes five times as long as the tests themselves.
    isolate: false,
  },
});
