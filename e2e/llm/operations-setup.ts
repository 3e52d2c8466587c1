import type { TestContext } from 'node:test';
import OpenAI from 'openai';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startUpstream, type Answer, type Upstream } from '../../testkit/upstream.ts';

/** Answers with this body. */
export const json =
  (body: unknown, status = 200): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };

/** A gateway with these lines of YAML under `llm.models`; `$UP` and `$UP2` are the upstreams' hosts. */
export async function start(t: TestContext, models: string, ...upstreams: Upstream[]): Promise<TestGateway> {
  let lines = models.trim();
  upstreams.forEach((upstream, index) => {
    lines = lines.replaceAll(`$UP${index === 0 ? '' : index + 1}/`, `http://${upstream.host}/`);
  });
  const gateway = await startGateway(`
gateways:
  default: { port: $PORT }
llm:
  models:
  ${lines.replaceAll('\n', '\n  ')}
`);
  t.after(() => gateway.close());
  return gateway;
}

/** An upstream that ends with the test. */
export async function upstream(t: TestContext, answer?: Answer): Promise<Upstream> {
  const started = await startUpstream(answer);
  t.after(() => started.close());
  return started;
}

/** OpenAI's client of a gateway. */
export const openai = (gateway: TestGateway): OpenAI =>
  new OpenAI({ apiKey: 'k', baseURL: `http://127.0.0.1:${gateway.port}/v1`, maxRetries: 0 });

/** Lines of a model at a custom provider that speaks these formats. */
export const custom = (name: string, formats: string, more = ''): string => `
- name: ${name}
  provider: { custom: { formats: [${formats}] } }
  params: { baseUrl: "$UP/v1", apiKey: "sk-gateway"${more} }`;
