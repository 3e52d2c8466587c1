import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Logger } from '../../src/base/logger.ts';
import { CachedToken, type Issue } from '../../src/gateway/credentials/cached-token.ts';

/** A token of `issue`, with the lines that it logs. */
export function tokenOf<T>(issue: Issue<T>): { readonly token: CachedToken<T>; readonly lines: readonly string[] } {
  const lines: string[] = [];
  return {
    token: new CachedToken(issue, { name: 'Test credentials', log: new Logger((line) => lines.push(line)) }),
    lines,
  };
}

/** What a hundred get who need the token at once. All are equal. */
export async function hundred<T>(token: CachedToken<T>): Promise<T> {
  const values = await Promise.all(Array.from({ length: 100 }, async () => await token.get()));
  const [first, ...rest] = values;
  if (first === undefined || rest.some((value) => value !== first)) throw new Error('not all got the same token');
  return first;
}

/** Sets variables of this process until the test ends; undefined takes one away. */
export function setEnv(t: TestContext, variables: Readonly<Record<string, string | undefined>>): void {
  const before = { ...process.env };
  const put = (values: Readonly<Record<string, string | undefined>>): void => {
    for (const name of Object.keys(variables)) {
      const value = values[name];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  put(variables);
  t.after(() => put(before));
}

/** Writes a file in a folder of the test's own; gives its path. */
export function tempFile(t: TestContext, name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'waygate-credentials-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Answers with JSON. */
export function json(response: http.ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** An hour from now, as AWS and others write times. */
export function inAnHour(): string {
  return new Date(Date.now() + 3_600_000).toISOString();
}
