/** Limits that four workers keep together, one of which is lost. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { configFile, processPorts, processSection, startWaygate, type Waygate } from '../../process/waygate-process.ts';
import { assertNeverMore, assertNotLess, run, served, type Rule } from './load.ts';

const limit = { timeout: 120_000 };
const clients = 64;
// Little enough that clients on a busy machine ask for more.
const rule: Rule = { maxTokens: 100, tokensPerFill: 5, fillIntervalMs: 100 };
const text = ({ maxTokens, tokensPerFill, fillIntervalMs }: Rule): string =>
  `maxTokens: ${maxTokens}, tokensPerFill: ${tokensPerFill}, fillInterval: ${fillIntervalMs}ms`;

async function start(t: TestContext, sections: (port: number) => string): Promise<{ url: string; waygate: Waygate }> {
  const ports = await processPorts();
  const file = configFile(
    t,
    `${processSection(ports, 4)}
${sections(ports.data)}`,
  );
  const waygate = startWaygate(t, { args: ['-f', file], env: { WAYGATE_TEST_FAULTS: '1' } });
  await waygate.says('ready');
  return { url: `http://127.0.0.1:${ports.data}`, waygate };
}

const routed =
  (policies: string) =>
  (port: number): string =>
    `gateways:
  default: { port: ${port}, address: ["127.0.0.1"] }
routes:
- name: limited
  policies:
    directResponse: { status: 200, body: ok }
${policies}
`;

test('requests are limited exactly by four workers, of which one is lost meanwhile', limit, async (t) => {
  const { url, waygate } = await start(t, routed(`    localRateLimit: [{ ${text(rule)} }]`));
  const load = run({ urls: [url], clients, durationMs: 5000 });
  await sleep(1500);
  waygate.child.kill('SIGUSR2');
  const outcomes = await load;
  await waygate.says('a worker was replaced');
  assertNeverMore(outcomes, rule);
  // What the lost worker had admitted and could not answer is spent.
  const lost = outcomes.filter(({ status }) => status === 0).length;
  assert.ok(lost <= 4 * clients, `${lost} requests were lost`);
  assertNotLess(outcomes, rule, lost + rule.tokensPerFill);
  assert.ok(outcomes.some(({ status }) => status === 429));
});

test('each key has its own limit, whichever worker serves it', limit, async (t) => {
  const each: Rule = { maxTokens: 20, tokensPerFill: 1, fillIntervalMs: 100 };
  const { url } = await start(t, routed(`    localRateLimit: [{ ${text(each)}, key: 'request.headers["x-user"]' }]`));
  const users = 4;
  const outcomes = await run({
    urls: Array.from({ length: users }, (_, user) => `${url}/${user}`),
    clients,
    durationMs: 3000,
    init: (client) => ({ headers: { 'x-user': `user-${client % users}` } }),
  });
  for (let user = 0; user < users; user++) {
    const own = outcomes.filter(({ client }) => client % users === user);
    assert.ok(own.some(({ status }) => status === 429));
    assertNeverMore(own, each);
    assertNotLess(own, each, 2 * each.tokensPerFill);
  }
});

test('tokens of calls are taken before and settled after, and the limit holds for what was used', limit, async (t) => {
  const tokens: Rule = { maxTokens: 4000, tokensPerFill: 400, fillIntervalMs: 200 };
  const { url, waygate } = await start(
    t,
    (port) => `llm:
  port: ${port}
  models: [{ name: "*", provider: demo }]
  policies:
    localRateLimit:
    - { ${text(tokens)}, type: tokens }
`,
  );
  const reserved = 120;
  const body = JSON.stringify({
    model: 'm',
    max_tokens: reserved,
    messages: [{ role: 'user', content: 'How many of you can there be in a second?' }],
  });
  const load = run({
    urls: [`${url}/v1/chat/completions`],
    clients,
    durationMs: 5000,
    init: () => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body }),
    cost: async (response) => {
      const { usage } = (await response.json()) as { readonly usage: { readonly total_tokens: number } };
      return usage.total_tokens;
    },
  });
  await sleep(1500);
  waygate.child.kill('SIGUSR2');
  const outcomes = await load;
  assertNeverMore(outcomes, tokens);
  const [first] = served(outcomes);
  assert.ok(first !== undefined && first.cost > 0 && first.cost < reserved, 'less is used than was reserved');
  // The worker took with it what its calls had reserved; a call that needs more than there is waits for it.
  const lost = outcomes.filter(({ status }) => status === 0).length;
  assertNotLess(outcomes, tokens, (lost + clients) * 2 * reserved + tokens.tokensPerFill);
});

test('a limit that a reload does not change goes on; one that is changed begins anew', limit, async (t) => {
  const { url, waygate } = await start(
    t,
    routed(`    localRateLimit: [{ maxTokens: 3, tokensPerFill: 1, fillInterval: 1h }]`),
  );
  const status = async (): Promise<number> => (await fetch(url, { headers: { connection: 'close' } })).status;
  const several = async (): Promise<readonly number[]> => {
    const all: number[] = [];
    for (let i = 0; i < 4; i++) all.push(await status());
    return all;
  };
  assert.deepEqual(await several(), [200, 200, 200, 429]);
  const file = waygate.child.spawnargs.at(-1) ?? '';
  const { readFileSync, writeFileSync } = await import('node:fs');
  const text = readFileSync(file, 'utf8');
  // Another route before it moves its place in the file.
  const other =
    'routes:\n- name: other\n  matches: [{ path: { exact: /other } }]\n  policies: { directResponse: { status: 204 } }\n';
  const switched = async (next: string, ready: () => Promise<boolean>): Promise<void> => {
    writeFileSync(file, next);
    while (!(await ready())) await sleep(20);
  };
  await switched(
    text.replace('routes:\n', other),
    async () => (await fetch(`${url}/other`, { headers: { connection: 'close' } })).status === 204,
  );
  assert.equal(await status(), 429);
  await switched(text.replace('maxTokens: 3', 'maxTokens: 2'), async () => (await status()) === 200);
});
