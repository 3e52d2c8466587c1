/** A target in memory, scripted by a test. */
import { requestText, notificationText, parseMessages, type Message } from '../wire/jsonrpc.ts';
import { TargetError, type Transport, type TransportEvents, type TransportFactory } from '../transports/transport.ts';

type Answer = object | string | undefined | Promise<object | string | undefined>;

/** What a fake server is and does. */
export interface FakeOptions {
  readonly capabilities?: object;
  readonly instructions?: string;
  readonly revision?: string;
  /** Cache hints of what a server of 2026-07-28 says of itself. */
  readonly hints?: object;
  /** It speaks 2026-07-28 only. */
  readonly modern?: boolean;
  /** Like stdio: the client cannot tell to which request a message belongs. */
  readonly blind?: boolean;
  /** Result by method: an object, the text of one, or undefined for none yet. An RpcFailure is an error answer. */
  answer?(message: Message, server: FakeServer): Answer;
}

/** An error answer. */
export class RpcFailure {
  readonly code: number;
  readonly message: string;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    this.code = code;
    this.message = message;
    this.data = data;
  }
}

/** A fake server with everything that it was sent, over all connections. */
export class FakeServer {
  readonly name: string;
  readonly received: Message[] = [];
  readonly #cameFrom = new WeakMap<Message, TransportEvents>();
  readonly options: FakeOptions;
  connections = 0;
  closed = 0;
  listening = false;
  hears = true;
  /** How often its stream was opened again. */
  restarts = 0;
  /** Set: the next connections fail so. */
  broken: string | null = null;
  /** The handshake is answered after this. */
  greeting: Promise<void> = Promise.resolve();
  events: TransportEvents | null = null;

  constructor(name: string, options: FakeOptions = {}) {
    this.name = name;
    this.options = options;
  }

  /** The target for an endpoint. */
  get target(): { name: string; connect: TransportFactory } {
    return { name: this.name, connect: (events) => this.#transport(events) };
  }

  /** Received messages of one method. */
  of(method: string): Message[] {
    return this.received.filter((message) => message.method === method);
  }

  notify(method: string, params: object, relatedTo: number | null = null): void {
    this.#emit(notificationText(method, JSON.stringify(params)), relatedTo);
  }

  ask(id: string | number, method: string, params: object, relatedTo: number | null = null): void {
    this.#emit(requestText(JSON.stringify(id), method, JSON.stringify(params)), relatedTo);
  }

  reply(to: Message, result: object | string): void {
    const text = typeof result === 'string' ? result : JSON.stringify(result);
    this.#emit(`{"jsonrpc":"2.0","id":${to.idText},"result":${text}}`, Number(to.id), to);
  }

  /** @param to The message that it answers: it goes where that came from. */
  #emit(text: string, relatedTo: number | null, to?: Message): void {
    const events = to === undefined ? this.events : (this.#cameFrom.get(to) ?? this.events);
    events?.message(parseMessages(text) as Message, this.options.blind === true ? null : relatedTo);
  }

  #transport(events: TransportEvents): Transport {
    this.connections++;
    this.events = events;
    const hears = (): boolean => this.hears;
    const restarts = (): number => this.restarts;
    return {
      deaf: false,
      ownStreams: this.options.blind !== true,
      get hears() {
        return hears();
      },
      get restarts() {
        return restarts();
      },
      open: async () => {
        if (this.broken !== null) throw new TargetError(this.broken);
      },
      request: (_id, text) => {
        const message = parseMessages(text) as Message;
        this.#cameFrom.set(message, events);
        void this.#handle(message);
      },
      post: async (text) => {
        this.received.push(parseMessages(text) as Message);
      },
      established: () => undefined,
      abandon: () => undefined,
      listen: (on) => {
        this.listening = on;
      },
      close: () => {
        this.closed++;
      },
    };
  }

  async #handle(message: Message): Promise<void> {
    if (this.options.modern === true && message.method === 'server/discover') {
      const { capabilities = { tools: {} }, instructions, hints } = this.options;
      const supportedVersions = ['2026-07-28'];
      this.reply(message, { resultType: 'complete', supportedVersions, capabilities, instructions, ...hints });
      return;
    }
    if (message.method === (this.options.modern === true ? 'initialize' : 'server/discover')) {
      const error = JSON.stringify({ code: -32601, message: 'Method not found' });
      this.#emit(`{"jsonrpc":"2.0","id":${message.idText},"error":${error}}`, Number(message.id), message);
      return;
    }
    this.received.push(message);
    if (message.method === 'initialize') {
      const { capabilities = { tools: {} }, instructions, revision = '2025-11-25' } = this.options;
      await this.greeting;
      this.reply(message, {
        protocolVersion: revision,
        capabilities,
        serverInfo: { name: this.name, version: '1' },
        ...(instructions === undefined ? {} : { instructions }),
      });
      return;
    }
    const answer = await this.options.answer?.(message, this);
    if (answer instanceof RpcFailure) {
      const error = JSON.stringify(answer);
      this.#emit(`{"jsonrpc":"2.0","id":${message.idText},"error":${error}}`, Number(message.id), message);
    } else if (answer !== undefined) this.reply(message, answer);
  }
}

/** What a client asked with a request, without the progress token that the gateway gives every call. */
export function asked({ params }: Message): Record<string, unknown> {
  const { _meta, ...rest } = params ?? {};
  const { progressToken: _, ...meta } = (_meta ?? {}) as Record<string, unknown>;
  return Object.keys(meta).length === 0 ? rest : { ...rest, _meta: meta };
}

const ownToken = /(?<=\{)"_meta":\{"progressToken":\d+\},/;

/** Answers lists with items of these names, and calls with an echo of what was asked, see {@link asked}. */
export function withTools(...names: string[]): NonNullable<FakeOptions['answer']> {
  return (message) => {
    if (message.method === 'tools/list') {
      return { tools: names.map((name) => ({ name, inputSchema: { type: 'object' } })) };
    }
    return { content: [{ type: 'text', text: message.bodyText.replace(ownToken, '') }] };
  };
}
