import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';

/** The server embeds the assets as they go over the wire: compressed. */
const compressAssets = {
  name: 'compress-assets',
  apply: 'build',
  writeBundle({ dir }) {
    const assets = join(dir, 'assets');
    for (const name of readdirSync(assets)) {
      writeFileSync(join(assets, `${name}.gz`), gzipSync(readFileSync(join(assets, name)), { level: 9 }));
      rmSync(join(assets, name));
    }
  },
};

/** Libraries mark code for servers that render React; there is none here. */
const withoutDirectiveWarnings = (level, log, handler) => log.code === 'MODULE_LEVEL_DIRECTIVE' || handler(level, log);

/** The server that `npm run dev` shows the page of; roles are offered by the server's own page only. */
const api = process.env.WELL_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  base: '/graphiql/',
  plugins: [compressAssets],
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 4096,
    rolldownOptions: { input: ['index.html', 'reference.html'], onLog: withoutDirectiveWarnings },
  },
  server: { proxy: { '/graphql': { target: api, ws: true }, '/schema.graphql': api, '/v1': api } },
});
