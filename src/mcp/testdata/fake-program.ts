/** A program in memory, scripted by a test, and who uses it. */
import type { Processes } from '../processes/processes.ts';
import type { ServerEvents, StartServer } from '../transports/stdio/stdio.ts';
import { TargetError, type Transport, type TransportUser } from '../transports/transport.ts';
import { notificationText, parseMessages, requestText, type Message } from '../wire/jsonrpc.ts';
import { modernRevision } from '../wire/versions.ts';

/** One process of a fake program. */
export class FakeProcess {
  readonly events: ServerEvents;
  readonly received: Message[] = [];
  closed = false;

  constructor(events: ServerEvents) {
    this.events = events;
  }

  /** Received messages of one method. */
  of(method: string): Message[] {
    return this.received.filter((message) => message.method === method);
  }

  say(text: string): void {
    this.events.message(parseMessages(text) as Message);
  }

  notify(method: string, params: object = {}): void {
    this.say(notificationText(method, JSON.stringify(params)));
  }

  ask(id: number, method: string, params: object = {}): void {
    this.say(requestText(id, method, JSON.stringify(params)));
  }

  reply({ idText }: Message, result: object): void {
    this.say(`{"jsonrpc":"2.0","id":${idText},"result":${JSON.stringify(result)}}`);
  }

  /** It ends by itself. */
  crash(message = 'has ended (exit SIGKILL)'): void {
    this.events.lost(new TargetError(message, { ended: true }));
    this.events.gone();
  }
}

/** What a fake program does; the greeting and pings are answered for it. */
export interface FakeProgramOptions {
  readonly modern?: boolean;
  /** A result, or undefined for none yet. */
  answer?(message: Message, process: FakeProcess): object | undefined;
}

/** A fake program with all processes that were started of it. */
export class FakeProgram {
  readonly runs: FakeProcess[] = [];
  readonly #options: FakeProgramOptions;
  /** It does not answer. */
  silent = false;

  constructor(options: FakeProgramOptions = {}) {
    this.#options = options;
  }

  get start(): StartServer {
    return (events) => {
      const run = new FakeProcess(events);
      this.runs.push(run);
      return {
        write: (text) => {
          if (run.closed) throw new TargetError('is not running');
          const message = parseMessages(text) as Message;
          run.received.push(message);
          if (message.kind === 'request' && !this.silent) queueMicrotask(() => this.#handle(run, message));
        },
        close: () => {
          run.closed = true;
          queueMicrotask(() => events.gone());
        },
      };
    };
  }

  /** How many processes run. */
  get running(): number {
    return this.runs.filter(({ closed }) => !closed).length;
  }

  #handle(run: FakeProcess, message: Message): void {
    const modern = this.#options.modern === true;
    if (message.method === (modern ? 'initialize' : 'server/discover')) {
      run.say(`{"jsonrpc":"2.0","id":${message.idText},"error":{"code":-32601,"message":"Method not found"}}`);
    } else if (message.method === 'initialize') {
      run.reply(message, { protocolVersion: '2025-11-25', capabilities: {} });
    } else if (message.method === 'server/discover') {
      run.reply(message, { supportedVersions: [modernRevision], capabilities: {} });
    } else if (message.method === 'ping') run.reply(message, {});
    else {
      const result = this.#options.answer?.(message, run);
      if (result !== undefined) run.reply(message, result);
    }
  }
}

/** A user of a program, as far as the transport goes. */
export class FakeUser {
  /** Requests and notifications that came. */
  readonly heard: Message[] = [];
  readonly lost: string[] = [];
  readonly transport: Transport;
  readonly #waiting = new Map<number, { resolve(message: Message): void; reject(error: TargetError): void }>();

  constructor(processes: Processes, user: Partial<TransportUser> = {}) {
    this.transport = processes.factory(
      {
        message: (message) => {
          const waiting = typeof message.id === 'number' ? this.#waiting.get(message.id) : undefined;
          if (message.method === '' && waiting !== undefined) waiting.resolve(message);
          else this.heard.push(message);
        },
        failed: (id, error) => this.#waiting.get(id)?.reject(error),
        expired: () => undefined,
        lost: (error) => {
          this.lost.push(error.message);
          for (const { reject } of this.#waiting.values()) reject(error);
        },
      },
      () => [],
      { principal: '', capabilities: '{}', sessionless: false, ...user },
    );
  }

  /** Opens the connection and greets the program. */
  async open(): Promise<this> {
    await this.transport.open();
    const hello = await this.request('initialize', { capabilities: {} });
    if (hello.kind === 'result') {
      this.transport.established('2025-11-25');
      await this.transport.post(notificationText('notifications/initialized', ''));
      return this;
    }
    await this.request('server/discover', {});
    this.transport.established(modernRevision);
    return this;
  }

  /** The response. */
  async request(method: string, params: object): Promise<Message> {
    return this.begin(method, params).reply;
  }

  /** A request whose id the test needs. */
  begin(method: string, params: object): { readonly id: number; readonly reply: Promise<Message> } {
    const id = this.transport.mintId?.() ?? 0;
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    promise.catch(() => undefined);
    this.#waiting.set(id, { resolve, reject });
    this.transport.request(id, requestText(id, method, JSON.stringify(params)), null);
    return { id, reply: promise };
  }

  /** What came of one method. */
  of(method: string): Message[] {
    return this.heard.filter((message) => message.method === method);
  }
}
