import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

/** A running llama.cpp. */
export interface Llama {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts a genuine llama.cpp with a scripted model on a free loopback port. The first call on a machine installs it,
 * which takes the best part of a minute.
 */
export async function startLlama(
  model: 'text' | 'tool',
  options: { readonly embeddings?: boolean } = {},
): Promise<Llama> {
  const here = import.meta.dirname;
  await promisify(execFile)(join(here, 'setup.sh'));
  const cache = process.env['LLAMA_CACHE'] ?? join(here, '../../.cache/llama');
  const args = [join(here, 'serve.py'), model, ...(options.embeddings === true ? ['--embeddings'] : [])];
  const child = spawn(join(cache, 'venv/bin/python'), args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^LISTEN (\S+)$/.exec(line)?.[1];
    if (url === undefined) continue;
    child.stdout.resume();
    return {
      url,
      async stop() {
        child.stdin.end();
        await exited;
      },
    };
  }
  throw new Error('llama.cpp ended before it was ready');
}
