import type http from 'node:http';
import { send, type Reply } from '../../testkit/client.ts';

/** Tool calls of one session; then it is ended and another begins. */
const callsPerSession = 500;

/** A bare MCP client over streamable HTTP: enough to call a tool again and again. */
export class McpClient {
  readonly #port: number;
  readonly #agent: http.Agent;
  #session: string | null = null;
  #calls = 0;
  #id = 0;

  constructor(port: number, agent: http.Agent) {
    this.#port = port;
    this.#agent = agent;
  }

  /** Calls the `echo` tool, in a new session every so often. */
  async call(): Promise<void> {
    if (this.#session === null) await this.#begin();
    const text = `soak ${++this.#calls}`;
    const reply = await this.#post('tools/call', { name: 'echo', arguments: { message: text } });
    if (!reply.text.includes(text)) throw new Error(`not as it should be: a tool call: ${reply.status} ${reply.text}`);
    if (this.#calls % callsPerSession === 0) await this.end();
  }

  /** Ends the session, if there is one. */
  async end(): Promise<void> {
    const session = this.#session;
    if (session === null) return;
    this.#session = null;
    await send(this.#port, { method: 'DELETE', path: '/mcp', agent: this.#agent, headers: fields(session) });
  }

  async #begin(): Promise<void> {
    const reply = await this.#post('initialize', {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'soak', version: '1' },
    });
    const session = reply.headers['mcp-session-id'];
    if (typeof session !== 'string') throw new Error(`no session: ${reply.status} ${reply.text}`);
    this.#session = session;
    await send(this.#port, {
      method: 'POST',
      path: '/mcp',
      agent: this.#agent,
      headers: fields(session),
      body: JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }),
    });
  }

  #post(method: string, params: unknown): Promise<Reply> {
    return send(this.#port, {
      method: 'POST',
      path: '/mcp',
      agent: this.#agent,
      headers: fields(this.#session),
      body: JSON.stringify({ jsonrpc: '2.0', id: ++this.#id, method, params }),
    });
  }
}

function fields(session: string | null): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...(session === null ? {} : { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' }),
  };
}
