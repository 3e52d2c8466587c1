/** Gateways that share limits. */
import type { TestContext } from 'node:test';
import { configFile, processPorts, processSection, startWaygate } from '../../process/waygate-process.ts';
import type { Rule } from './load.ts';

/** A store of a limit, as the file says it. */
export interface Store {
  readonly url: string;
  readonly timeout: string;
  readonly failureMode: 'failClosed' | 'failOpen' | 'failLocal';
}

/** A gateway whose one route, or whose LLM route `route`, has these limits; the URL of its requests. */
export async function startReplica(
  t: TestContext,
  policies: string,
  route = '',
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const ports = await processPorts();
  const file = configFile(
    t,
    `${processSection(ports, 2)}
${route === '' ? routes(ports.data, policies) : llm(ports.data, policies)}`,
  );
  const waygate = startWaygate(t, { args: ['-f', file], env });
  await waygate.says('ready');
  return `http://127.0.0.1:${ports.data}${route}`;
}

const routes = (port: number, policies: string): string => `gateways:
  default: { port: ${port}, address: ["127.0.0.1"] }
routes:
- name: limited
  policies:
    directResponse: { status: 200, body: ok }
    localRateLimit: ${policies}
`;

const llm = (port: number, policies: string): string => `llm:
  port: ${port}
  models: [{ name: "*", provider: demo }]
  policies:
    localRateLimit: ${policies}
`;

/** `localRateLimit` of one bucket in a store. */
export function bucket({ maxTokens, tokensPerFill, fillIntervalMs }: Rule, store: Store, more = ''): string {
  const { url, timeout, failureMode } = store;
  const where = `store: { url: "${url}", timeout: ${timeout}, failureMode: ${failureMode} }`;
  return `[{ maxTokens: ${maxTokens}, tokensPerFill: ${tokensPerFill}, fillInterval: ${fillIntervalMs}ms, ${where}${more} }]`;
}
