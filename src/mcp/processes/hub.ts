import { monotonicMs } from '../../base/clock.ts';
import { TargetError } from '../transports/transport.ts';
import type { ServerEvents, ServerProcess, StartServer } from '../transports/stdio/stdio.ts';
import { memberEdits } from '../wire/2025-11-25/rewrite.ts';
import { splice } from '../wire/json-text.ts';
import {
  codes,
  errorText,
  notificationText,
  parseMessages,
  requestMethod,
  requestText,
  resultText,
  type Message,
} from '../wire/jsonrpc.ts';
import { Health, type HealthPort } from './health.ts';
import { asksForLogs, Routing, type Ask } from './routing.ts';
import type { Seat } from './seat.ts';
import type { ProcessTiming } from './timing.ts';

/** How a process speaks, once it was greeted. */
export type Spoken = 'unknown' | 'session' | 'modern';

/** What a hub needs of the pool that it belongs to. */
export interface HubPort {
  mintId(): number;
  /** JSON text of the capabilities that the server is told of, in place of those of who greets it; '' : those. */
  readonly capabilities: string;
  /** Params of a `server/discover` of our own. */
  readonly discoverParams: string;
  readonly timing: ProcessTiming;
  /** The greeting succeeded. */
  onAgreed(hub: Hub, seat: Seat): void;
  onLeft(hub: Hub): void;
  /** It ended by itself. `ranMs`: how long it had been of use. */
  onLost(hub: Hub, error: TargetError, ranMs: number): void;
}

/**
 * One process of a server, and all who use it. To a server with sessions they are one client: the handshake is made
 * once, and repeated to whoever comes later.
 */
export class Hub implements ServerEvents {
  /** How it speaks. */
  spoken: Spoken = 'unknown';
  /** It belongs to its one seat, and ends with it. */
  alone = false;
  /** Resolves when it was greeted, or is gone. */
  readonly settled: Promise<void>;
  readonly #settle: () => void;
  readonly #port: HubPort;
  readonly #process: ServerProcess;
  readonly #onGone: () => void;
  readonly #routing = new Routing();
  readonly #health: Health;
  /** Text of the result of the handshake. */
  #hello = '';
  #initialized = false;
  #agreedAt = 0;
  #unusedSince: number = monotonicMs();
  #closed = false;

  /**
   * @param onGone Called once nothing of the process is left.
   * @throws TargetError when it cannot be started.
   */
  constructor(start: StartServer, port: HubPort, onGone: () => void) {
    this.#port = port;
    this.#onGone = onGone;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.settled = promise;
    this.#settle = resolve;
    const routing = this.#routing;
    const health: HealthPort = {
      get busy() {
        return routing.busy;
      },
      ask: () => this.#ping(),
      onSilence: () => {
        this.lost(new TargetError('did not answer when it was asked whether it is there'));
        this.#process.close();
      },
    };
    this.#health = new Health(health, port.timing);
    this.#process = start(this);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Milliseconds since the last seat left; 0 while there are some. */
  get unusedMs(): number {
    return this.#routing.seats.size > 0 ? 0 : monotonicMs() - this.#unusedSince;
  }

  join(seat: Seat): void {
    this.#routing.seats.add(seat);
  }

  /** A seat found out how it speaks. */
  agree(seat: Seat, spoken: Spoken): void {
    if (this.spoken !== 'unknown' || this.#closed) return;
    this.spoken = spoken;
    this.#agreedAt = monotonicMs();
    this.#port.onAgreed(this, seat);
    this.#settle();
  }

  /** Periodic work. */
  tend(): void {
    if (this.spoken !== 'unknown') this.#health.check();
  }

  /** Sends a seat's request, or answers it where the process did so before. */
  request(seat: Seat, id: number, text: string): void {
    const method = requestMethod(text);
    this.tend();
    let sent = text;
    let done: Ask['done'] = null;
    switch (method) {
      case 'initialize':
        if (this.#hello !== '') return seat.answer(id, 'result', this.#hello);
        if (this.spoken === 'modern') return notKnown(seat, id, method);
        sent = this.#declaring(text);
        done = (reply) => {
          if (reply.kind === 'result' && this.spoken === 'unknown') this.#hello = reply.bodyText;
        };
        break;
      case 'server/discover':
        if (this.spoken === 'session') return notKnown(seat, id, method);
        break;
      case 'logging/setLevel': {
        const level = this.#routing.logs.wish(seat, stringParam(text, 'level'));
        if (level === '') return seat.answer(id, 'result', '{}');
        sent = requestText(id, method, JSON.stringify({ level }));
        done = ({ kind }) => this.#routing.logs.told(level, kind === 'result');
        break;
      }
      case 'resources/subscribe': {
        const uri = stringParam(text, 'uri');
        const { subscribers } = this.#routing;
        if (subscribers.has(uri)) {
          subscribers.add(uri, seat);
          return seat.answer(id, 'result', '{}');
        }
        done = ({ kind }) => {
          if (kind === 'result' && !seat.closed) subscribers.add(uri, seat);
        };
        break;
      }
      case 'resources/unsubscribe':
        if (this.#routing.subscribers.delete(stringParam(text, 'uri'), seat)) return seat.answer(id, 'result', '{}');
        break;
      default:
    }
    this.#ask(id, sent, { seat, method, logs: asksForLogs(sent), done });
  }

  /**
   * Sends a seat's notification or response, as far as it is of use.
   * @throws TargetError when the process is gone or does not read.
   */
  post(seat: Seat, text: string): void {
    const message = parseMessages(text) as Message;
    if (message.kind !== 'notification') {
      // The process may have taken its question back.
      if (this.#routing.questions.delete(message.idText)) this.#process.write(text);
      return;
    }
    switch (message.method) {
      case 'notifications/initialized':
        if (this.#initialized) return;
        this.#initialized = true;
        break;
      case 'notifications/cancelled':
        this.forget(seat, Number(message.params?.['requestId']));
        break;
      case 'notifications/roots/list_changed':
        // One session has one set of roots: those who share it have none.
        if (!this.alone) return;
        break;
      default:
    }
    this.#process.write(text);
  }

  /** A seat does not wait for an answer any more. */
  forget(seat: Seat, id: number): void {
    if (this.#routing.asks.get(id)?.seat === seat) this.#routing.asks.delete(id);
  }

  /** A seat is given up, and what it left open with it. */
  leave(seat: Seat): void {
    const { seats, asks, questions, subscribers, logs } = this.#routing;
    if (!seats.delete(seat)) return;
    this.#unusedSince = monotonicMs();
    if (this.alone || this.spoken === 'unknown') {
      this.end();
    } else if (!this.#closed) {
      for (const [id, ask] of asks) {
        if (ask.seat !== seat) continue;
        asks.delete(id);
        this.#write(notificationText('notifications/cancelled', `{"requestId":${id}}`));
      }
      for (const [idText, asked] of questions) {
        if (asked !== seat) continue;
        questions.delete(idText);
        this.#write(errorText(idText, codes.internalError, 'the client is gone'));
      }
      for (const uri of subscribers.leave(seat)) this.#askOwn('resources/unsubscribe', JSON.stringify({ uri }), null);
      const level = logs.leave(seat);
      if (level !== '') {
        this.#askOwn('logging/setLevel', JSON.stringify({ level }), ({ kind }) => logs.told(level, kind === 'result'));
      }
      this.#routing.leave(seat);
    }
    this.#port.onLeft(this);
  }

  /** Ends the process. */
  end(): void {
    if (!this.#close()) return;
    this.#process.close();
  }

  /** From the process, as all of the following. */
  message(message: Message): void {
    this.#health.heard();
    if (this.#closed) return;
    if (message.kind === 'result' || message.kind === 'error') {
      const ask = typeof message.id === 'number' ? this.#routing.asks.get(message.id) : undefined;
      if (ask === undefined) return;
      this.#routing.asks.delete(Number(message.id));
      ask.done?.(message);
      if (ask.seat === null) return;
      this.#routing.note(ask.seat, message);
      ask.seat.deliver(message);
    } else if (message.kind === 'notification') {
      for (const seat of this.#routing.recipients(message, this.spoken === 'modern')) seat.deliver(message);
    } else if (message.method === 'ping') this.#write(resultText(message.idText, '{}'));
    else this.#question(message);
  }

  lost(error: TargetError): void {
    const seats = [...this.#routing.seats];
    const ranMs = this.#agreedAt === 0 ? 0 : monotonicMs() - this.#agreedAt;
    if (!this.#close()) return;
    this.#routing.seats.clear();
    this.#port.onLost(this, error, ranMs);
    for (const seat of seats) seat.lost(error);
  }

  gone(): void {
    this.#onGone();
  }

  #question(message: Message): void {
    const { seats, questions } = this.#routing;
    const [only] = seats;
    const found = this.alone && only !== undefined ? only : this.#routing.addressee(message);
    if ('code' in found) {
      this.#write(errorText(message.idText, found.code, found.message));
      return;
    }
    questions.set(message.idText, found);
    found.deliver(message);
  }

  #close(): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    this.#health.close();
    this.#settle();
    return true;
  }

  #declaring(text: string): string {
    const { capabilities } = this.#port;
    return capabilities === '' ? text : splice(text, memberEdits(text, ['params', 'capabilities'], capabilities));
  }

  #ping(): void {
    if (this.spoken === 'session') this.#askOwn('ping', '', null);
    else this.#askOwn('server/discover', this.#port.discoverParams, null);
  }

  #askOwn(method: string, params: string, done: Ask['done']): void {
    const id = this.#port.mintId();
    this.#ask(id, requestText(id, method, params), { seat: null, method, logs: false, done });
  }

  #ask(id: number, text: string, ask: Ask): void {
    const { asks } = this.#routing;
    if (asks.has(id)) {
      ask.seat?.fail(id, new TargetError('was to get two requests of one id'));
      return;
    }
    asks.set(id, ask);
    try {
      this.#process.write(text);
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      asks.delete(id);
      ask.seat?.fail(id, error);
    }
  }

  /** Sends what need not arrive. */
  #write(text: string): void {
    try {
      this.#process.write(text);
    } catch (error) {
      // Its end is on the way.
      if (!(error instanceof TargetError)) throw error;
    }
  }
}

function notKnown(seat: Seat, id: number, method: string): void {
  seat.answer(id, 'error', JSON.stringify({ code: codes.methodNotFound, message: `Method not found: ${method}` }));
}

function stringParam(text: string, name: string): string {
  const value = (parseMessages(text) as Message).params?.[name];
  return typeof value === 'string' ? value : '';
}
