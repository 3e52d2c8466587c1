import type { Generated } from './generated.ts';

/** Folders of src/, lowest layer first. A file may import from its own folder and from lower ones only. */
const layers = ['base', 'model', 'expr', 'telemetry', 'config', 'net', 'llm', 'mcp', 'a2a', 'gateway', 'admin', 'cli'];

/** Protocol folders open no sockets: they get a `call(request)` port instead. */
const socketless = new Set(['llm', 'mcp', 'a2a']);
const socketModules = ['node:net', 'node:tls', 'node:http', 'node:http2', 'node:https', 'node:dgram', 'node:dns'];

const time = 'Take time and randomness from src/base (clock.ts, random.ts), so that tests can hold them still.';
const bannedGlobals = ['setTimeout', 'setInterval', 'fetch'].map((name) => ({
  name,
  message: name === 'fetch' ? 'Use the net/ client pools on the data path.' : time,
}));
const bannedProperties = [
  { object: 'Date', property: 'now', message: time },
  { object: 'Math', property: 'random', message: time },
  { object: 'performance', property: 'now', message: time },
];

const secrets = {
  group: ['node:crypto', 'crypto'],
  importNames: ['timingSafeEqual'],
  message: 'Compare secrets through src/base/secrets.ts only, or look them up by their digest.',
};

const layerOverrides = layers.map((folder, i) => ({
  files: [`src/${folder}/**`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          ...layers.slice(i + 1).map((upper) => ({
            group: [`**/${upper}/**`],
            message: `src/${folder} may not import from src/${upper}: the import order is base → … → cli.`,
          })),
          ...(socketless.has(folder)
            ? [{ group: socketModules, message: `src/${folder} opens no sockets; take a call port.` }]
            : []),
          ...(folder === 'base' ? [] : [secrets]),
        ],
      },
    ],
  },
}));

const config = {
  $schema: './node_modules/oxlint/configuration_schema.json',
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'node', 'promise'],
  categories: { correctness: 'error' },
  rules: {
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': [
      'error',
      {
        allowForKnownSafeCalls: [{ from: 'package', name: ['test', 'it', 'describe', 'suite'], package: 'node:test' }],
      },
    ],
    'typescript/no-misused-promises': ['error', { checksVoidReturn: false }],
    'typescript/consistent-type-imports': 'error',
    'typescript/ban-ts-comment': 'error',
    'typescript/switch-exhaustiveness-check': 'off',
    'typescript/unbound-method': 'off',
    'typescript/await-thenable': 'error',
    'unicorn/prefer-node-protocol': 'error',
    'unicorn/no-thenable': 'off',
    'import/no-cycle': 'error',
    'eslint/no-empty': ['error', { allowEmptyCatch: false }],
    'eslint/eqeqeq': 'error',
    'eslint/no-console': 'error',
    'eslint/no-control-regex': 'off',
    'eslint/max-lines': ['error', { max: 400, skipBlankLines: false, skipComments: false }],
    'eslint/no-restricted-globals': ['error', ...bannedGlobals],
    'eslint/no-restricted-properties': ['error', ...bannedProperties],
  },
  ignorePatterns: ['dist/**', 'node_modules/**', 'coverage/**'],
  overrides: [
    ...layerOverrides,
    {
      files: ['src/base/**'],
      rules: { 'eslint/no-restricted-globals': 'off', 'eslint/no-restricted-properties': 'off' },
    },
    {
      files: ['**/*.test.ts', 'testkit/**', 'e2e/**', 'bench/**', 'scripts/**', 'bin/**'],
      rules: {
        'eslint/no-restricted-globals': 'off',
        'eslint/no-restricted-properties': 'off',
        'eslint/no-restricted-imports': 'off',
        'eslint/no-console': 'off',
      },
    },
    { files: ['**/testdata/**'], rules: { 'eslint/max-lines': 'off' } },
  ],
};

/** The lint configuration: the layer order of src/ becomes one import rule per folder. */
export const files: readonly Generated[] = [{ path: '.oxlintrc.json', text: `${JSON.stringify(config, null, 2)}\n` }];
