/** Stands in front of a mock, and holds what the gateway sends it against the vendors' own descriptions of their APIs. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { validateRequest, type ValidationTarget } from '../../src/llm/testing/validate.ts';

/** A server that relays to another. */
export interface CheckedUpstream {
  readonly url: string;
  /** Bodies of the requests until now. */
  readonly bodies: readonly string[];
  /** What is wrong with the requests until now, in words. */
  readonly violations: string[];
}

const targets: readonly (readonly [RegExp, ValidationTarget])[] = [
  [/\/chat\/completions$/, 'completions'],
  [/\/responses$/, 'responses'],
  [/\/messages$/, 'messages'],
  [/:(stream)?[gG]enerateContent/, 'generateContent'],
  [/\/converse$/, 'converse'],
  [/\/converse-stream$/, 'converseStream'],
  [/\/v2\/chat$/, 'cohere'],
];

/** Starts one in front of `url`. */
export async function startCheckedUpstream(t: TestContext, url: string): Promise<CheckedUpstream> {
  const violations: string[] = [];
  const bodies: string[] = [];
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      bodies.push(body.toString());
      violations.push(...check(request.url ?? '', body));
      const { method, headers } = request;
      const call = http.request(new URL(request.url ?? '', url), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
        // What the mock breaks off breaks off here, too, after all that it sent.
        answer.on('error', () => response.socket?.end());
      });
      call.on('error', () => response.destroy());
      call.end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies, violations };
}

function check(path: string, body: Buffer): string[] {
  const found = targets.find(([pattern]) => pattern.test(path.split('?')[0] ?? ''));
  if (found === undefined) return [`${path}: no description of this API`];
  return validateRequest(found[1], JSON.parse(body.toString())).map(
    (violation) => `${path}: ${JSON.stringify(violation)}`,
  );
}
