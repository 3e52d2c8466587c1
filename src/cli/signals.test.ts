import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

/** A process that counts the requests to stop that reach it. */
async function counting(t: TestContext): Promise<{ child: ChildProcess; line: (text: string) => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'waygate-signals-'));
  const file = join(folder, 'count.ts');
  const module = new URL('./signals.ts', import.meta.url).href;
  writeFileSync(
    file,
    `import { onStopRequests } from ${JSON.stringify(module)};
onStopRequests((count) => console.log('request ' + count));
setInterval(() => undefined, 1000);
console.log('listens');`,
  );
  const child = fork(file, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true });
  });
  let out = '';
  let look = (): void => undefined;
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    out += part;
    look();
  });
  const line = async (text: string): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    look = () => {
      if (out.includes(`${text}\n`)) resolve();
    };
    look();
    await promise;
  };
  await line('listens');
  return { child, line };
}

test('a signal and, later, a second one are two requests', { timeout: 20_000 }, async (t) => {
  const { child, line } = await counting(t);
  child.kill('SIGTERM');
  await line('request 1');
  await new Promise((resolve) => setTimeout(resolve, 600));
  child.kill('SIGINT');
  await line('request 2');
});

test('the end of the launcher is a request', { timeout: 20_000 }, async (t) => {
  const { child, line } = await counting(t);
  child.disconnect();
  await line('request 1');
});
