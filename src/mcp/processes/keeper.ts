import { after, cancelTimer, type Timer } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { ClientFields, Forwarding } from '../federation/scopes/forwarding.ts';
import { TargetEra } from '../federation/upstream/target-era.ts';
import type { UpstreamObserver } from '../federation/upstream/context.ts';
import { Upstream } from '../federation/upstream/upstream.ts';
import { mcpLimits, usualLimits } from '../limits.ts';
import { nobody } from '../principal.ts';
import { TargetError, type TransportFactory } from '../transports/transport.ts';
import { initializeParams, type Implementation } from '../wire/2025-11-25/handshake.ts';
import { codes, type Message } from '../wire/jsonrpc.ts';

const NOBODY = `{"code":${codes.methodNotFound},"message":"Method not found: no client is there"}`;

/** Uses a target from the beginning, so that its process runs before the first client comes, and always. */
export class Keeper implements UpstreamObserver {
  readonly #upstream: Upstream;
  readonly #log: Logger;
  readonly #onReady: () => void;
  #timer: Timer | null = null;
  #pauseMs: number = mcpLimits.firstRetryMs;
  #closed = false;

  /** @param onReady Called each time that it has greeted the target. */
  constructor(target: string, connect: TransportFactory, self: Implementation, log: Logger, onReady: () => void) {
    const capabilities = '{}';
    this.#log = log;
    this.#onReady = onReady;
    this.#upstream = new Upstream(target, 0, connect, new TargetEra(), {
      observer: this,
      client: {
        principal: nobody,
        capabilities,
        ownCapabilities: capabilities,
        sessionless: false,
        clientInfo: JSON.stringify(self),
      },
      initializeParams: initializeParams({}, self),
      maxDepth: usualLimits.maxServerDepth,
      fields: new ClientFields(new Forwarding([])),
      log,
    });
    this.#connect();
  }

  close(): void {
    this.#closed = true;
    cancelTimer(this.#timer);
    this.#upstream.close();
  }

  onRequest(upstream: Upstream, message: Message): void {
    upstream.respond(message.idText, 'error', NOBODY);
  }

  onNotification(): void {}

  onFailed(): void {
    if (this.#closed || this.#timer !== null) return;
    this.#timer = after(this.#pauseMs, () => {
      this.#timer = null;
      this.#connect();
    });
    this.#pauseMs = Math.min(this.#pauseMs * 2, mcpLimits.lastRetryMs);
  }

  onRecovered(): void {}

  #connect(): void {
    Promise.resolve(this.#upstream.ready()).then(
      () => {
        this.#pauseMs = mcpLimits.firstRetryMs;
        if (!this.#closed) this.#onReady();
      },
      (error: unknown) => {
        if (!(error instanceof TargetError)) throw error;
        this.#log.debug('mcp: a target is not there yet', { target: this.#upstream.name, error: error.message });
        this.onFailed();
      },
    );
  }
}
