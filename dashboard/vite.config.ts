import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

/** Replaces each `graphql` tag by what `relay-compiler` made of it. */
const relay: Plugin = {
  name: 'relay',
  enforce: 'pre',
  transform(code, id) {
    if (!/\.tsx?$/.test(id) || !code.includes('graphql`')) return null;
    const imports: string[] = [];
    const replaced = code.replace(/graphql`[^`]*?\b(?:query|mutation|subscription|fragment)\s+(\w+)[^`]*`/g, (_, name: string) => {
      imports.push(`import ${name}$node from '/__generated__/${name}.graphql.ts';`);
      return `${name}$node`;
    });
    // On one line, so that line numbers stay.
    return { code: imports.join('') + replaced, map: null };
  },
};

/** The server embeds the assets as they go over the wire, and trusts the documents beside them. */
const embed: Plugin = {
  name: 'embed',
  apply: 'build',
  writeBundle({ dir }) {
    const assets = join(dir ?? '', 'assets');
    for (const name of readdirSync(assets)) {
      writeFileSync(join(assets, `${name}.gz`), gzipSync(readFileSync(join(assets, name)), { level: 9 }));
      rmSync(join(assets, name));
    }
    writeFileSync(join(dir ?? '', 'documents.json'), readFileSync('__generated__/documents.json'));
  },
};

/** What the first view is made of is fetched beside the entry, which would find it late, and after what the sign-in needs. */
const FIRST_VIEW = ['src/app/App.tsx', 'src/views/overview/Overview.tsx'];
const preload: Plugin = {
  name: 'preload',
  apply: 'build',
  transformIndexHtml: {
    order: 'post',
    handler(_, { bundle = {} }) {
      const files = new Set<string>();
      const add = (file: string) => {
        const chunk = bundle[file];
        if (chunk?.type !== 'chunk' || chunk.isEntry || files.has(file)) return;
        files.add(file);
        chunk.imports.forEach(add);
      };
      for (const [file, chunk] of Object.entries(bundle)) {
        if (chunk.type === 'chunk' && FIRST_VIEW.some((module) => chunk.facadeModuleId?.endsWith(module))) add(file);
      }
      return [...files].map((file) => ({ tag: 'link', attrs: { rel: 'modulepreload', fetchpriority: 'low', crossorigin: true, href: `/dashboard/${file}` }, injectTo: 'head' }));
    },
  },
};

/** The server that `npm run dev` shows the page of. */
const api = process.env['WELL_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig(({ command }) => ({
  base: command === 'build' ? '/dashboard/' : '/',
  plugins: [relay, embed, preload],
  build: {
    target: 'es2023',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // Libraries mark code for servers that render React; there is none here.
    rolldownOptions: { onLog: (level, log, handler) => log.code === 'MODULE_LEVEL_DIRECTIVE' || handler(level, log) },
  },
  worker: { format: 'es' },
  // What is loaded late only; found late, it would reload the page.
  optimizeDeps: { include: ['diff', 'jsonata', 'oidc-client-ts'] },
  server: { proxy: { '/graphql': { target: api, ws: true }, '/graphiql': api, '/schema.graphql': api } },
}));
