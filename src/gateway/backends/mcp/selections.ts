import { GatewayError } from '../../../base/errors.ts';
import type { McpItemRule, McpVirtualServer } from '../../../model/mcp.ts';
import type { Expression } from '../../../model/model.ts';
import type { Exchange } from '../../exchange.ts';

/** Sets of conditions that are served at once, in one worker. */
const MAX_SELECTIONS = 256;

/** Tells the worker that a request is relayed to what the conditions said; a client's is overwritten or never looked at. */
const selectionField = 'x-waygate-mcp-selection';

/** What serves one selection. */
export interface SelectionServer {
  /** Nothing is lost by closing it. */
  readonly idle: boolean;
  drain(): void;
  close(): void;
}

type Rules = Pick<McpVirtualServer, 'tools' | 'prompts' | 'resources'>;

/**
 * A virtual server for each set of its conditions that callers meet. They share nothing: no session, list or call that was
 * begun under one selection can be reached under another.
 */
export class Selections<T extends SelectionServer> {
  readonly #spec: McpVirtualServer;
  readonly #conditions: readonly ((x: Exchange) => boolean)[];
  readonly #sources: readonly Expression[];
  readonly #make: (server: McpVirtualServer, key: string) => T;
  readonly #served = new Map<string, T>();

  /** @param make Makes what serves a selection; `key` is '' where there are no conditions. */
  constructor(
    spec: McpVirtualServer,
    condition: (source: Expression) => (x: Exchange) => boolean,
    make: (server: McpVirtualServer, key: string) => T,
  ) {
    this.#spec = spec;
    this.#make = make;
    const rules = [...(spec.tools ?? []), ...(spec.prompts ?? []), ...(spec.resources ?? [])];
    this.#sources = [...new Set(rules.flatMap(({ when }) => when ?? []))];
    this.#conditions = this.#sources.map(condition);
    if (this.#conditions.length === 0) this.#serve('');
  }

  get path(): string {
    return this.#spec.path;
  }

  /** What serves the caller of an exchange. A condition that fails does not hold. */
  of(x: Exchange): T {
    if (this.#conditions.length === 0) return this.#serve('');
    const { headers } = x.request;
    const key = x.fromPeer
      ? (headers.get(selectionField) ?? '')
      : this.#conditions.map((holds) => (holds(x) ? '1' : '0')).join('');
    headers.set(selectionField, key);
    return this.#serve(key);
  }

  /** Everything that serves. */
  all(): Iterable<T> {
    return this.#served.values();
  }

  #serve(key: string): T {
    let server = this.#served.get(key);
    if (server !== undefined) return server;
    if (this.#served.size >= MAX_SELECTIONS) this.#makeRoom();
    const kept = (rules: readonly McpItemRule[] | undefined): readonly McpItemRule[] | undefined =>
      rules?.filter(({ when }) => when === undefined || key[this.#sources.indexOf(when)] === '1');
    const { tools, prompts, resources } = this.#spec;
    const selected: Rules = {
      ...(tools === undefined ? {} : { tools: kept(tools) ?? [] }),
      ...(prompts === undefined ? {} : { prompts: kept(prompts) ?? [] }),
      ...(resources === undefined ? {} : { resources: kept(resources) ?? [] }),
    };
    server = this.#make({ ...this.#spec, ...selected }, key === '' ? '' : `?${key}`);
    this.#served.set(key, server);
    return server;
  }

  #makeRoom(): void {
    for (const [key, server] of this.#served) {
      if (!server.idle) continue;
      server.close();
      this.#served.delete(key);
      return;
    }
    throw new GatewayError('overloaded', 'too many selections of MCP tools are in use', { retryAfter: 30 });
  }
}
