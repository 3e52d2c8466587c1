import type { TestContext } from 'node:test';
import OpenAI from 'openai';
import { configFile, processPorts, processSection, startWaygate } from '../process/waygate-process.ts';

/** A gateway with an `llm` section. */
export interface LlmGateway {
  /** `http://127.0.0.1:PORT/v1` */
  readonly url: string;
  readonly client: OpenAI;
  /** The access-log entry of the request to `path` number `index`, waited for. */
  logged(index: number): Promise<Record<string, unknown>>;
  /** The tokens of that type in the metrics, of all models. */
  tokens(type: 'input' | 'output'): Promise<number>;
  stop(): Promise<void>;
}

/** Starts the gateway with these YAML lines under `llm.models`. */
export async function startLlmGateway(t: TestContext, models: string): Promise<LlmGateway> {
  const ports = await processPorts();
  const file = configFile(
    t,
    `${processSection(ports, 1)}
  logging: { format: json }
gateways:
  default: { port: ${ports.data}, address: ["127.0.0.1"] }
llm:
  models:
  ${models.trim().replaceAll('\n', '\n  ')}
`,
  );
  const waygate = startWaygate(t, { args: ['-f', file] });
  await waygate.says('ready');
  const url = `http://127.0.0.1:${ports.data}/v1`;
  const requests = (): Record<string, unknown>[] =>
    `${waygate.stdout()}${waygate.stderr()}`
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}') && line.includes('"http.path"'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    url,
    client: new OpenAI({ apiKey: 'client-key', baseURL: url, maxRetries: 0 }),
    async logged(index) {
      for (let i = 0; i < 100; i++) {
        const entry = requests()[index];
        if (entry !== undefined) return entry;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`no log line ${index}:\n${waygate.stdout()}\n${waygate.stderr()}`);
    },
    async tokens(type) {
      const page = await (await fetch(`http://127.0.0.1:${ports.stats}/metrics`)).text();
      const name = 'agentgateway_gen_ai_client_token_usage_sum';
      const sums = page.matchAll(new RegExp(`^${name}\\{.*gen_ai_token_type="${type}".*\\} (\\d+)$`, 'gm'));
      return sums.reduce((total, [, sum]) => total + Number(sum), 0);
    },
    async stop() {
      waygate.child.kill('SIGTERM');
      await waygate.ended;
    },
  };
}
