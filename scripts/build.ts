/**
 * Makes the bundle that the npm package ships: Node refuses TypeScript under node_modules. `dist/waygate.mjs` is the
 * command, `dist/worker.mjs` what a worker thread runs (without the code that only the main thread needs). What both
 * need, and what is imported only when it is needed (the clouds' libraries), are files of their own beside them.
 */
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, type BuildOptions, type Plugin } from 'esbuild';

const root = join(import.meta.dirname, '..');
const outdir = join(root, 'dist');

/**
 * Takes Node's modules without their ES module form: making that evaluates every export, and those of node:http load
 * all of fetch and WebSocket (7 MB of memory for nothing).
 */
const plainBuiltins: Plugin = {
  name: 'plain-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin' }));
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
      loader: 'js',
    }));
  },
};

/** Keeps the messages of zod in English only; the other languages are a third of the bundle. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
      loader: 'js',
    }));
  },
};

/** Lets a library in CommonJS import what it needs later: a chunk of its own would have lost the names. */
const importsInCommonJs: Plugin = {
  name: 'imports-in-commonjs',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]node_modules[\\/]gaxios[\\/]build[\\/]cjs[\\/].*\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/\bimport\((['"][^'"]+['"])\)/g, 'Promise.resolve(require($1))'),
      loader: 'js',
    }));
  },
};

const cedarFile = 'cedar_wasm_bg.wasm';
const cedarFolder = join(root, 'node_modules/@cedar-policy/cedar-wasm/nodejs');

/** Cedar's WebAssembly lies beside the bundle, and is read when a configuration has policies of Cedar. */
const cedarBeside: Plugin = {
  name: 'cedar-beside',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]cedar-wasm[\\/]nodejs[\\/]cedar_wasm\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll('__dirname', 'waygateFolder'),
      loader: 'js',
    }));
  },
};

const shared: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  outdir,
  outExtension: { '.js': '.mjs' },
  splitting: true,
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: 'external',
  legalComments: 'linked',
  logLevel: 'info',
  plugins: [plainBuiltins, englishOnly, importsInCommonJs, cedarBeside],
  define: { WAYGATE_BUNDLE: 'true' },
  // Dependencies in CommonJS ask for Node's modules by require.
  banner: {
    js: "import{createRequire as waygateRequire}from'node:module';const require=waygateRequire(import.meta.url),waygateFolder=import.meta.dirname;",
  },
};

/**
 * Nobody starts these: what an entry point shares with others becomes a file of its own. The C library keeps what compiling a
 * file took, and smaller ones take the room that those before them left: 6 MB less in an idle gateway.
 */
const parts: Readonly<Record<string, string>> = {
  'part-llm': join(root, 'src/gateway/backends/llm/llm-backend.ts'),
  'part-mcp': join(root, 'src/gateway/backends/mcp/mcp-backend.ts'),
  'part-yaml': 'yaml',
  'part-zod': 'zod',
};

rmSync(outdir, { recursive: true, force: true });
mkdirSync(outdir);
await build({
  ...shared,
  entryPoints: {
    waygate: join(root, 'src/cli/main.ts'),
    worker: join(root, 'src/gateway/workers/worker-entry.ts'),
    ...parts,
  },
});

copyFileSync(join(cedarFolder, cedarFile), join(outdir, cedarFile));

// V8 keeps a source in two bytes a character where one of them is beyond Latin-1. esbuild escapes those of strings; in regular
// expressions and raw templates they have to be written as escapes.
for (const file of globSync('*.mjs', { cwd: outdir })) {
  const beyond = /.{0,30}[^\0-\xff].{0,30}/u.exec(readFileSync(join(outdir, file), 'utf8'));
  if (beyond !== null) throw new Error(`${file} has a character beyond Latin-1: ${beyond[0]}`);
}
