import type { RedisClientType } from '../../gateway/rate-limit/store/redis-client.ts';
import { wallMs } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { EndedIds } from '../../mcp/session/ended-ids.ts';

const prefix = 'waygate:mcp:ended:';
const channel = 'waygate:mcp:ended';
/** Ended sessions that are kept for a Redis that cannot be reached. */
const maxUnsent = 10_000;

/**
 * Tells the other replicas which MCP sessions clients have ended, and learns it from them, through Redis: a key with an
 * expiry for each, for those who start later, and a message for those who run. Without Redis the process goes on, and
 * makes up for it when Redis is back.
 */
export class FleetSessions {
  readonly #ended: EndedIds;
  readonly #log: Logger;
  readonly #unsent = new Map<bigint, number>();
  #commands: RedisClientType | null = null;
  #messages: RedisClientType | null = null;
  #down = false;
  #closed = false;

  /** @param ended What all workers of this process look at. */
  constructor(ended: EndedIds, log: Logger) {
    this.#ended = ended;
    this.#log = log;
  }

  /** Connects in the background, and again whenever the connection is lost. @param url `redis://…` */
  connect(url: string): void {
    this.#open(url).catch((error: unknown) => this.#failed(error));
  }

  /** A client ended this session here; `expires` in milliseconds since the epoch. */
  deleted(mark: bigint, expires: number): void {
    this.#unsent.set(mark, expires);
    if (this.#unsent.size > maxUnsent) this.#unsent.delete(this.#unsent.keys().next().value ?? mark);
    this.#send().catch((error: unknown) => this.#failed(error));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#send().catch((error: unknown) => this.#failed(error));
    for (const client of [this.#commands, this.#messages]) if (client?.isOpen === true) client.destroy();
  }

  async #open(url: string): Promise<void> {
    const { createClient } = await import('../../gateway/rate-limit/store/redis-client.ts');
    if (this.#closed) return;
    const options = { url, disableOfflineQueue: true, socket: { reconnectStrategy: pauseMs, connectTimeout: 5000 } };
    const commands = createClient(options) as RedisClientType;
    const messages = createClient(options) as RedisClientType;
    this.#commands = commands;
    this.#messages = messages;
    for (const client of [commands, messages]) {
      client.on('error', (error: unknown) => this.#failed(error));
      client.on('ready', () => {
        this.#caughtUp().catch((error: unknown) => this.#failed(error));
      });
    }
    await commands.connect();
    await messages.connect();
    await messages.subscribe(channel, (text) => this.#learn(...(text.split(' ') as [string, string])));
    await this.#caughtUp();
  }

  /**
   * Reads all that are there, and sends what could not be sent, once both connections stand, whichever came last: what is
   * read after messages are heard leaves no gap.
   */
  async #caughtUp(): Promise<void> {
    const commands = this.#commands;
    if (commands?.isReady !== true || this.#messages?.isReady !== true) return;
    for await (const keys of commands.scanIterator({ MATCH: `${prefix}*`, COUNT: 500 })) {
      if (keys.length === 0) continue;
      const values = await commands.mGet(keys);
      for (const [i, key] of keys.entries()) this.#learn(key.slice(prefix.length), values[i] ?? '');
    }
    await this.#send();
    if (this.#down) this.#log.info('mcp: session.store can be reached again');
    this.#down = false;
  }

  /** @param mark 16 hexadecimal digits. @param expires Milliseconds since the epoch. */
  #learn(mark: string, expires: string): void {
    const until = Number(expires);
    if (/^[0-9a-f]{16}$/.test(mark) && until > wallMs()) this.#ended.add(BigInt(`0x${mark}`), until);
  }

  async #send(): Promise<void> {
    const commands = this.#commands;
    if (commands?.isReady !== true) return;
    for (const [mark, expires] of this.#unsent) {
      const digits = mark.toString(16).padStart(16, '0');
      await commands.set(prefix + digits, String(expires), { expiration: { type: 'PXAT', value: expires } });
      await commands.publish(channel, `${digits} ${expires}`);
      this.#unsent.delete(mark);
    }
  }

  #failed(error: unknown): void {
    if (this.#closed || this.#down) return;
    this.#down = true;
    const { message, code } = error as { readonly message?: string; readonly code?: string };
    // Its address may hold a password, its errors name host and port at most.
    this.#log.warn('mcp: session.store cannot be reached; sessions that clients end are refused here only', {
      error: message === undefined || message === '' ? (code ?? 'no connection') : message,
    });
  }
}

/** Milliseconds before try `n` of a connection. */
function pauseMs(n: number): number {
  return Math.min(5000, 100 * 2 ** n);
}
