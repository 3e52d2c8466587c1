/** Lets SDK clients and servers talk to the endpoint without sockets: `fetch` on one side, a call port on the other. */
import { Logger } from '../../base/logger.ts';
import type { HttpCall, HttpCallReply } from '../../net/http/call.ts';
import { HeaderList } from '../../net/http/headers.ts';
import { McpEndpoint, type McpEndpointOptions } from '../endpoint.ts';
import { plainNaming, type PrefixMode } from '../federation/names/names.ts';
import { usualLimits } from '../limits.ts';
import { SharedCounters } from '../../telemetry/shared/counters.ts';
import { SharedLimit } from '../../telemetry/shared/limit.ts';
import type { McpAccess } from '../access.ts';
import type { McpHttpRequest, McpSink } from '../http.ts';
import type { McpRecord } from '../record.ts';
import { clientCountsMemory } from '../modern/client-counts.ts';
import { endedIdsMemory } from '../session/ended-ids.ts';
import { keyRingMemory } from '../session/key-ring.ts';
import { livingWorkers } from '../session/roster.ts';
import { SessionPlaces } from '../session/session-places.ts';
import { sessionPorts, type SessionPorts } from '../session/session-ports.ts';

/** Diagnostic lines of a test, kept for its assertions. */
export function memoryLog(): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  return { log: new Logger((line) => lines.push(line), 'debug'), lines };
}

/** An endpoint with everything that a test does not care about filled in. */
export function makeEndpoint({
  prefixMode = 'conditional',
  maxSessions = 100,
  sessionCount,
  evictAfterMs,
  key = 'test',
  sessionPorts: ports = workerOne(),
  ...options
}: Partial<McpEndpointOptions> &
  Pick<McpEndpointOptions, 'targets'> & {
    readonly prefixMode?: PrefixMode;
    readonly maxSessions?: number;
    /** The sessions of several endpoints. */
    readonly sessionCount?: SharedLimit;
    /** After how long a session may give way to another. */
    readonly evictAfterMs?: number;
  }): McpEndpoint {
  const limits = options.limits ?? usualLimits;
  const counters = new SharedCounters(1);
  const count = (name: string, maximum: number): SharedLimit => new SharedLimit(counters.slot(name), 0, maximum);
  return new McpEndpoint({
    key,
    stateful: true,
    naming: plainNaming(
      prefixMode,
      options.targets.map((target) => target.name),
    ),
    view: null,
    search: false,
    perCaller: false,
    pageSize: 1000,
    listTtlMs: [],
    limits,
    gauges: { sessions: { add: () => undefined }, parked: { add: () => undefined } },
    counts: {
      sessions: new SessionPlaces(sessionCount ?? count('sessions', maxSessions), key, ports, evictAfterMs),
      calls: options.targets.map(({ name }) => count(`calls ${name}`, limits.callsPerTarget)),
      parked: count('parked', limits.parkedCalls),
    },
    failOpen: false,
    sessionPorts: ports,
    sessionTtlMs: 60_000,
    self: { name: 'waygate', version: '0.0.0' },
    log: memoryLog().log,
    ...options,
  });
}

/** What sessions share, as worker 1 has it. `neighbour`: generation of worker 0, if it lives. */
export function workerOne(neighbour: number = 0): SessionPorts {
  const living = livingWorkers(2);
  new Int32Array(living)[0] = neighbour;
  return sessionPorts({
    keys: keyRingMemory([new Uint8Array(32).fill(7)]),
    roster: { own: { run: 'test', worker: 1, generation: 1 }, living },
    ended: endedIdsMemory(),
    clients: clientCountsMemory(2),
  });
}

/** What a test may watch and change on the way in. */
export interface HarnessHooks {
  relay?(worker: number, request: HarnessRequest): void;
  record?(record: McpRecord): void;
  fromPeer?: boolean;
  /** Who the client is; may change from request to request. */
  principal?: string;
  /** What the client may see and use; absent: everything. */
  access?: McpAccess;
}

/** The shape of the global of that name. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** A fetch that ends in the endpoint. */
export function endpointFetch(endpoint: McpEndpoint, hooks: HarnessHooks = {}): Fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const http = new HarnessRequest(request, Buffer.from(await request.arrayBuffer()), hooks);
    endpoint.handle(http).catch((error: unknown) => http.fail(error));
    return http.response;
  };
}

/** One request on its way through the harness. */
export class HarnessRequest implements McpHttpRequest {
  readonly method: string;
  readonly authority: string;
  readonly headers: HeaderList;
  readonly principal: string;
  readonly access: McpAccess | null;
  readonly clientAddress = '127.0.0.1';
  readonly fromPeer: boolean;
  readonly response: Promise<Response>;
  readonly #body: Buffer;
  readonly #hooks: HarnessHooks;
  readonly #closers: (() => void)[] = [];
  #resolve: (response: Response) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #closed = false;

  constructor(request: Request, body: Buffer, hooks: HarnessHooks) {
    this.method = request.method;
    this.authority = request.headers.get('host') ?? new URL(request.url).host;
    this.headers = new HeaderList([...request.headers].flat());
    this.principal = hooks.principal ?? '';
    this.access = hooks.access ?? null;
    this.fromPeer = hooks.fromPeer ?? false;
    this.#body = body;
    this.#hooks = hooks;
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    request.signal.addEventListener('abort', () => {
      this.#reject(request.signal.reason);
      this.#close();
    });
  }

  /** The same request once more, for another endpoint. */
  again(): Request {
    const body = this.method === 'POST' ? { body: this.#body } : {};
    return new Request('http://localhost/mcp', { method: this.method, headers: [...this.headers], ...body });
  }

  /** Answers with what another endpoint answered. */
  pass(response: Response): void {
    this.#resolve(response);
    this.#close();
  }

  readBody(): Promise<Buffer> {
    return Promise.resolve(this.#body);
  }

  reply(status: number, headers: HeaderList, body: Uint8Array | string): void {
    const bodyless = status === 204;
    this.#resolve(new Response(bodyless ? null : Buffer.from(body as string), { status, headers: [...headers] }));
    this.#close();
  }

  openStream(status: number, headers: HeaderList): McpSink {
    let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
    const body = new ReadableStream<Uint8Array>({
      start: (made) => {
        controller = made;
      },
      cancel: () => {
        controller = null;
        this.#close();
      },
    });
    this.#resolve(new Response(body, { status, headers: [...headers] }));
    return {
      onDrained: null,
      write: (chunk) => {
        controller?.enqueue(Buffer.from(chunk as string));
        return controller !== null;
      },
      end: () => {
        controller?.close();
        controller = null;
        this.#close();
      },
      abort: () => {
        controller?.error(new Error('cut'));
        controller = null;
        this.#close();
      },
    };
  }

  fail(error: unknown): void {
    const status = (error as { status?: number }).status ?? 500;
    this.reply(status, new HeaderList(), String(error));
  }

  relay(worker: number): void {
    this.#hooks.relay?.(worker, this);
  }

  onClose(fn: () => void): void {
    if (this.#closed) fn();
    else this.#closers.push(fn);
  }

  setRecord(record: McpRecord): void {
    this.onClose(() => this.#hooks.record?.(record));
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const fn of this.#closers) fn();
  }
}

/** A call port that ends in a web-standard request handler. */
export function callTo(handler: (request: Request) => Promise<Response>): HttpCall {
  return async (call) => {
    const abort = new AbortController();
    call.signal?.addEventListener('abort', () => abort.abort());
    const response = await handler(
      new Request(`http://target${call.path}`, {
        method: call.method,
        headers: [...call.headers],
        ...(call.body === undefined ? {} : { body: Buffer.from(call.body) }),
        signal: abort.signal,
      }),
    );
    const chunks = async function* (): AsyncGenerator<Buffer> {
      if (response.body === null) return;
      const reader = response.body.getReader();
      abort.signal.addEventListener('abort', () => void reader.cancel());
      try {
        for (;;) {
          const next = await reader.read();
          if (next.done) return;
          yield Buffer.from(next.value);
        }
      } finally {
        await reader.cancel();
      }
    };
    const body = chunks();
    const reply: HttpCallReply = {
      status: response.status,
      headers: new HeaderList([...response.headers].flat()),
      body,
      async text() {
        const parts: Buffer[] = [];
        for await (const chunk of body) parts.push(chunk);
        return Buffer.concat(parts).toString('utf8');
      },
    };
    return reply;
  };
}
