/**
 * Makes the bundle that the npm package ships: Node refuses TypeScript under node_modules. `dist/waygate.mjs` is the
 * command, `dist/worker.mjs` what a worker thread runs (without the code that only the main thread needs).
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';

const root = join(import.meta.dirname, '..');
const outdir = join(root, 'dist');

const shared: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  outdir,
  outExtension: { '.js': '.mjs' },
  keepNames: true,
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: 'external',
  legalComments: 'linked',
  logLevel: 'info',
  define: { WAYGATE_BUNDLE: 'true' },
  // Dependencies in CommonJS ask for Node's modules by require.
  banner: {
    js: "import{createRequire as waygateRequire}from'node:module';const require=waygateRequire(import.meta.url);",
  },
};

rmSync(outdir, { recursive: true, force: true });
mkdirSync(outdir);
await build({
  ...shared,
  entryPoints: {
    waygate: join(root, 'src/cli/main.ts'),
    worker: join(root, 'src/gateway/workers/worker-entry.ts'),
  },
});
