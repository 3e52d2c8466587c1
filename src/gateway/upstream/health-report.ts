import { monotonicMs, wallMs } from '../../base/clock.ts';
import { GatewayError } from '../../base/errors.ts';
import { retryAfterMs } from '../../net/balance/retry-after.ts';
import type { EndpointHealth } from '../../net/balance/endpoint-health.ts';
import type { HeaderList } from '../../net/http/headers.ts';
import type { Exchange } from '../exchange.ts';
import type { UpstreamFailure } from './relay.ts';

/** The health of an endpoint or a provider, and what counts against it. */
export interface JudgedHealth {
  readonly endpoint: EndpointHealth;
  /** Null: server errors. */
  readonly unhealthy: ((x: Exchange, failure: UpstreamFailure) => boolean) | null;
  /** Only an answer that counts as a failure can ask for a pause: what it refuses may be one client's doing. */
  readonly pausesWhenUnhealthy?: true;
}

/**
 * What one request learns of an endpoint or a provider. A head that looks well counts only once nothing has gone wrong until the end:
 * an answer may yet fail in its stream.
 */
export class HealthReport {
  readonly #x: Exchange | null;
  readonly #health: JudgedHealth;
  #sentMs: number;
  /** Milliseconds until a head came that looks well; -1: none did. */
  #wellAfterMs: number;
  #over: boolean;

  /** @param x Whose request it is; null: of the gateway's own, which server errors alone count against. */
  constructor(x: Exchange | null, health: JudgedHealth) {
    this.#x = x;
    this.#health = health;
    this.#sentMs = monotonicMs();
    this.#wellAfterMs = -1;
    this.#over = false;
    health.endpoint.began();
  }

  /** Hears of each try. */
  tried(result: UpstreamFailure): void {
    const now = monotonicMs();
    const tookMs = now - this.#sentMs;
    this.#sentMs = now;
    const unhealthy = this.#isUnhealthy(result);
    const pauses = unhealthy || this.#health.pausesWhenUnhealthy !== true;
    const pauseMs = result instanceof GatewayError || !pauses ? 0 : askedPause(result);
    if (unhealthy || pauseMs > 0) {
      this.#wellAfterMs = -1;
      this.#health.endpoint.report({ healthy: !unhealthy, tookMs, retryAfterMs: pauseMs });
    } else if (!(result instanceof GatewayError)) {
      this.#wellAfterMs = tookMs;
    }
  }

  /** The request is over here. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#health.endpoint.ended();
    if (this.#wellAfterMs >= 0)
      this.#health.endpoint.report({ healthy: true, tookMs: this.#wellAfterMs, retryAfterMs: 0 });
  }

  #isUnhealthy(result: UpstreamFailure): boolean {
    if (result instanceof GatewayError) return result.source === 'upstream';
    const { unhealthy } = this.#health;
    return unhealthy === null || this.#x === null ? result.status >= 500 : unhealthy(this.#x, result);
  }
}

/** What an endpoint that refuses asks for; 0: nothing. */
function askedPause({ status, headers }: { readonly status: number; readonly headers: HeaderList }): number {
  if (status !== 429 && status !== 503 && status !== 529) return 0;
  return retryAfterMs(headers.get('retry-after-ms'), headers.get('retry-after'), wallMs());
}
