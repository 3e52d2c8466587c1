/** A client of 2026-07-28 that speaks HTTP and JSON-RPC by hand. */
import type { McpEndpoint } from '../endpoint.ts';
import { encodeFieldValue } from '../wire/2026-07-28/header-value.ts';
import { endpointFetch, type Fetch, type HarnessHooks } from './fetch-harness.ts';

/** An answer, whatever it is. */
export interface ModernAnswer {
  readonly status: number;
  readonly id: unknown;
  readonly result: Record<string, unknown> & {
    readonly requestState?: string;
    readonly inputRequests?: Record<string, { method: string; params?: Record<string, unknown> }>;
    readonly content?: { text: string }[];
    readonly isError?: boolean;
  };
  readonly error?: { readonly code: number; readonly message: string; readonly data?: Record<string, unknown> };
}

/** Choices of one request. */
export interface ModernRequest {
  readonly capabilities?: object;
  readonly meta?: object;
  /** Over those that belong to the request; undefined takes one away. */
  readonly headers?: Record<string, string | undefined>;
  readonly signal?: AbortSignal;
}

/** It has no state but the number of its next request. */
export class ModernClient {
  readonly fetch: Fetch;
  #id = 1;

  constructor(endpoint: McpEndpoint, hooks: HarnessHooks = {}) {
    this.fetch = endpointFetch(endpoint, hooks);
  }

  /** Sends a request; the response as it came. */
  send(method: string, params: Record<string, unknown> = {}, request: ModernRequest = {}): Promise<Response> {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': request.capabilities ?? {},
      ...request.meta,
    };
    const name = params['name'] ?? params['uri'] ?? params['taskId'];
    const headers: Record<string, string | undefined> = {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof name === 'string' ? { 'mcp-name': encodeFieldValue(name) } : {}),
      ...request.headers,
    };
    return this.fetch('http://localhost/mcp', {
      method: 'POST',
      headers: Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
      body: JSON.stringify({ jsonrpc: '2.0', id: this.#id++, method, params: { ...params, _meta: meta } }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
  }

  /** Sends a request that is answered with JSON. */
  async call(method: string, params: Record<string, unknown> = {}, request: ModernRequest = {}): Promise<ModernAnswer> {
    const response = await this.send(method, params, request);
    return { status: response.status, ...((await response.json()) as Omit<ModernAnswer, 'status'>) };
  }
}
