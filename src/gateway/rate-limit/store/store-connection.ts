import { createHash } from 'node:crypto';
import { after, cancelTimer } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import { bucketScript, type ScriptReply } from './bucket-script.ts';
import { storeClient, type StoreClient } from './store-client.ts';

const scriptDigest = createHash('sha1').update(bucketScript).digest('hex');

/** What one worker has of one store: all limits that name it share it. */
export class StoreConnection {
  readonly #log: Logger;
  #client: StoreClient | null = null;
  #down = false;
  #closed = false;
  /** Settled when it was reached for the first time, or could not be. */
  readonly #started: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Connects in the background, and again whenever the connection is lost. @param url May hold a password: never logged. */
  connect(url: string): void {
    this.#open(url).catch((error: unknown) => this.#failed(error));
  }

  /** Runs the script on one key. Rejects when the store fails or does not answer within `timeoutMs`. */
  run(key: string, args: readonly string[], timeoutMs: number): Promise<ScriptReply> {
    const { promise, resolve, reject } = Promise.withResolvers<ScriptReply>();
    const timer = after(timeoutMs, () => reject(new StoreLate(pending)));
    const pending = this.#evaluate(key, args);
    pending.then(resolve, (error: unknown) => reject(error as Error)).finally(() => cancelTimer(timer));
    return promise;
  }

  close(): void {
    this.#closed = true;
    this.#started.resolve();
    this.#client?.close();
  }

  async #evaluate(key: string, args: readonly string[]): Promise<ScriptReply> {
    // At the start of a worker the first requests wait for it, as long as they may.
    if (this.#client?.isReady !== true) await this.#started.promise;
    const client = this.#client;
    if (client?.isReady !== true) throw new Error('not connected');
    const rest = ['1', key, ...args];
    try {
      return await client.send(key, ['EVALSHA', scriptDigest, ...rest]);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return await client.send(key, ['EVAL', bucketScript, ...rest]);
    }
  }

  async #open(url: string): Promise<void> {
    const client = await storeClient(url, { ready: () => this.#ready(), failed: (error) => this.#failed(error) });
    if (this.#closed) return;
    this.#client = client;
    await client.connect();
  }

  #ready(): void {
    this.#started.resolve();
    if (this.#down) this.#log.info('limits: their store can be reached again');
    this.#down = false;
  }

  #failed(error: unknown): void {
    this.#started.resolve();
    if (this.#closed || this.#down) return;
    this.#down = true;
    const { message, code } = error as { readonly message?: string; readonly code?: string };
    this.#log.warn('limits: their store cannot be reached', {
      error: message === undefined || message === '' ? (code ?? 'no connection') : message,
    });
  }
}

/** The store has not answered in time; it may have counted all the same. */
export class StoreLate extends Error {
  /** What it says at last. */
  readonly pending: Promise<ScriptReply>;

  constructor(pending: Promise<ScriptReply>) {
    super('the store of limits did not answer in time');
    this.pending = pending;
  }
}

/** The connections of a worker, each as long as a configuration names its store. */
export class StoreConnections {
  readonly #log: Logger;
  readonly #open = new Map<string, { readonly connection: StoreConnection; uses: number }>();

  readonly #connects: boolean;

  /** @param connects False for a check that asks nobody. */
  constructor(log: Logger, connects = true) {
    this.#log = log;
    this.#connects = connects;
  }

  /** The connection to a store; call `release` once when it is not needed any more. */
  use(url: string): { readonly connection: StoreConnection; release(): void } {
    let entry = this.#open.get(url);
    if (entry === undefined) {
      entry = { connection: new StoreConnection(this.#log), uses: 0 };
      if (this.#connects) entry.connection.connect(url);
      this.#open.set(url, entry);
    }
    const used = entry;
    used.uses++;
    return {
      connection: used.connection,
      release: () => {
        used.uses--;
        if (used.uses > 0) return;
        this.#open.delete(url);
        used.connection.close();
      },
    };
  }

  close(): void {
    for (const { connection } of this.#open.values()) connection.close();
    this.#open.clear();
  }
}
