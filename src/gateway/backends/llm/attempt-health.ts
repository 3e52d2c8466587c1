import { monotonicMs, wallMs } from '../../../base/clock.ts';
import { GatewayError } from '../../../base/errors.ts';
import { retryAfterMs } from '../../../llm/router/retry-after.ts';
import type { ProviderHealth } from '../../../llm/router/provider-health.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import type { Exchange } from '../../exchange.ts';
import type { UpstreamFailure } from '../../upstream/relay.ts';

/** A provider's health, and what counts against it. */
export interface AttemptHealth {
  readonly provider: ProviderHealth;
  /** Null: server errors. */
  readonly unhealthy: ((x: Exchange, failure: UpstreamFailure) => boolean) | null;
}

/**
 * What one request learns of a provider. A head that looks well counts only once nothing has gone wrong until the end:
 * an answer may yet fail in its stream.
 */
export class HealthReport {
  readonly #x: Exchange;
  readonly #health: AttemptHealth;
  #sentMs: number;
  /** Milliseconds until a head came that looks well; -1: none did. */
  #wellAfterMs: number;
  #over: boolean;

  constructor(x: Exchange, health: AttemptHealth) {
    this.#x = x;
    this.#health = health;
    this.#sentMs = monotonicMs();
    this.#wellAfterMs = -1;
    this.#over = false;
    health.provider.began();
  }

  /** Hears of each try. */
  tried(result: UpstreamFailure): void {
    const now = monotonicMs();
    const tookMs = now - this.#sentMs;
    this.#sentMs = now;
    const pauseMs = result instanceof GatewayError ? 0 : askedPause(result);
    const unhealthy = this.#isUnhealthy(result);
    if (unhealthy || pauseMs > 0) {
      this.#wellAfterMs = -1;
      this.#health.provider.report({ healthy: !unhealthy, tookMs, retryAfterMs: pauseMs });
    } else if (!(result instanceof GatewayError)) {
      this.#wellAfterMs = tookMs;
    }
  }

  /** The request is over here. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#health.provider.ended();
    if (this.#wellAfterMs >= 0)
      this.#health.provider.report({ healthy: true, tookMs: this.#wellAfterMs, retryAfterMs: 0 });
  }

  #isUnhealthy(result: UpstreamFailure): boolean {
    if (result instanceof GatewayError) return result.source === 'upstream';
    const { unhealthy } = this.#health;
    return unhealthy === null ? result.status >= 500 : unhealthy(this.#x, result);
  }
}

/** What a provider that refuses asks for; 0: nothing. */
function askedPause({ status, headers }: { readonly status: number; readonly headers: HeaderList }): number {
  if (status !== 429 && status !== 503 && status !== 529) return 0;
  return retryAfterMs(headers.get('retry-after-ms'), headers.get('retry-after'), wallMs());
}
