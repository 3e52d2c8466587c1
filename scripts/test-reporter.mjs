// A quiet node:test reporter: failures in full, then the counts that .ci/test adds up.
export default async function* report(source) {
  let passed = 0;
  let failed = 0;
  for await (const { type, data } of source) {
    if (type === 'test:pass' && data.details?.type !== 'suite' && data.nesting >= 0) passed++;
    if (type === 'test:fail') {
      failed++;
      const { error } = data.details;
      yield `✖ ${data.file ?? ''}:${data.line ?? ''} ${data.name}\n${indent(error.cause?.stack ?? error.cause ?? error.stack ?? error)}\n`;
    }
    if (type === 'test:stderr' && process.env.TEST_STDERR) yield data.message;
  }
  yield `# pass ${passed}\n# fail ${failed}\n`;
}

function indent(value) {
  return String(value).replaceAll(/^/gm, '    ');
}
