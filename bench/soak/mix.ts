import http from 'node:http';
import { send, type Reply } from '../../testkit/client.ts';
import type { SoakPorts } from './gateway.ts';
import { McpClient } from './mcp-client.ts';

/** One way to use the gateway; resolves when it went as it should. */
type Step = (client: SoakClient) => Promise<void>;

/** Steps with their share of the requests, in per mille. */
const mix: readonly (readonly [share: number, step: Step])[] = [
  [380, (client) => client.get()],
  [200, (client) => client.post()],
  [100, (client) => client.chat(false)],
  [50, (client) => client.chat(true)],
  [50, (client) => client.stream()],
  [50, (client) => client.abort()],
  [60, (client) => client.retry()],
  [30, (client) => client.failing('/error', 503)],
  [10, (client) => client.failing('/hang', 504)],
  [10, (client) => client.half()],
  [20, (client) => client.mirrored()],
  [40, (client) => client.tool()],
];

/** A client that takes its steps one after the other on kept connections. */
export class SoakClient {
  readonly #ports: SoakPorts;
  readonly #agent: http.Agent;
  readonly #mcp: McpClient;

  constructor(ports: SoakPorts) {
    this.#ports = ports;
    this.#agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
    this.#mcp = new McpClient(ports.mcp, this.#agent);
  }

  /** One step, taken at random by its share. */
  async step(): Promise<void> {
    let point = Math.random() * 1000;
    for (const [share, step] of mix) {
      point -= share;
      if (point < 0) return step(this);
    }
    return this.get();
  }

  /** Ends its session and its connections. */
  async close(): Promise<void> {
    await this.#mcp.end();
    this.#agent.destroy();
  }

  async get(): Promise<void> {
    expect((await this.#ask('/', {})).bytes.length === 1024, 'a GET of 1 KiB');
  }

  async post(): Promise<void> {
    const body = 'y'.repeat(Math.floor(Math.random() * 5000));
    expect((await this.#ask('/echo', { method: 'POST', body })).text === body, 'the echo of a POST');
  }

  async mirrored(): Promise<void> {
    expect((await this.#ask('/mirrored', { method: 'POST', body: 'copy me' })).text === 'copy me', 'a mirrored POST');
  }

  async retry(): Promise<void> {
    expect((await this.#ask('/retry', {})).text === 'ok', 'a retried request');
  }

  async failing(path: string, status: number): Promise<void> {
    expect((await this.#ask(path, {})).status === status, `${path} is ${status}`);
  }

  async stream(): Promise<void> {
    expect((await this.#ask('/sse', {})).text.split('data:').length === 6, 'five events');
  }

  /** An upstream that dies in the middle must not look whole. */
  async half(): Promise<void> {
    const whole = await this.#ask('/half', {}).then(
      () => true,
      () => false,
    );
    expect(!whole, 'half a response');
  }

  /** Leaves in the middle of an endless stream. */
  abort(): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = http.get({ port: this.#ports.http, host: '127.0.0.1', path: '/endless', agent: false });
      request.on('response', (response) => {
        response.on('error', () => undefined);
        response.once('data', () => {
          request.destroy();
          resolve();
        });
      });
      request.on('error', (error) => (request.destroyed ? resolve() : reject(error)));
    });
  }

  async chat(stream: boolean): Promise<void> {
    const body = JSON.stringify({ model: 'demo', stream, messages: [{ role: 'user', content: 'hello' }] });
    const { status, text } = await send(this.#ports.llm, {
      method: 'POST',
      path: '/v1/chat/completions',
      agent: this.#agent,
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(status === 200 && text.includes(stream ? 'data: [DONE]' : '"usage"'), `a chat: ${status} ${text}`);
  }

  async tool(): Promise<void> {
    await this.#mcp.call();
  }

  #ask(path: string, options: { readonly method?: string; readonly body?: string }): Promise<Reply> {
    return send(this.#ports.http, { path, agent: this.#agent, ...options });
  }
}

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not as it should be: ${what}`);
}
