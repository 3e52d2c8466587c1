import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommandLine } from './command-line.ts';

test('without a command, options belong to run', () => {
  assert.deepEqual(parseCommandLine([]), { command: 'run', validateOnly: false });
  assert.deepEqual(parseCommandLine(['-f', 'a.yaml']), { command: 'run', validateOnly: false, file: 'a.yaml' });
  assert.deepEqual(parseCommandLine(['run', '--file=a.yaml', '--validate-only']), {
    command: 'run',
    validateOnly: true,
    file: 'a.yaml',
  });
});

test('a lone dash is standard input, and inline text may begin with anything', () => {
  assert.deepEqual(parseCommandLine(['-f', '-']), { command: 'run', validateOnly: false, file: '-' });
  assert.deepEqual(parseCommandLine(['-c', '{"binds":[]}']), {
    command: 'run',
    validateOnly: false,
    inline: '{"binds":[]}',
  });
});

test('help and version are found everywhere', () => {
  assert.deepEqual(parseCommandLine(['--help']), { command: 'help', about: undefined });
  assert.deepEqual(parseCommandLine(['run', '-h']), { command: 'help', about: 'run' });
  assert.deepEqual(parseCommandLine(['help', 'schema']), { command: 'help', about: 'schema' });
  assert.deepEqual(parseCommandLine(['-V']), { command: 'version' });
  assert.deepEqual(parseCommandLine(['schema', '--version']), { command: 'version' });
});

const refused: readonly (readonly [string[], RegExp])[] = [
  [['rnu'], /unknown command "rnu"; did you mean run\?/],
  [['--validate-olny'], /unknown option --validate-olny; did you mean --validate-only\?/],
  [['--frobnicate'], /unknown option --frobnicate\n/],
  [['schema', '-f', 'x'], /unknown option -f/],
  [['run', 'a.yaml'], /unexpected argument "a.yaml"/],
  [['-f'], /-f needs a value/],
  [['-f', ''], /needs a path/],
  [['-f', 'a', '-c', 'b'], /exclude each other/],
  [['-f', 'a', '-f', 'b'], /given twice/],
  [['--validate-only=yes'], /takes no value/],
];
for (const [args, message] of refused) {
  test(`refused with exit code 2: waygate ${args.join(' ')}`, () => {
    assert.throws(() => parseCommandLine(args), { exitCode: 2, message });
  });
}
