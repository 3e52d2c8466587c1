import { monotonicMs } from '../../../base/clock.ts';
import { mcpLimits } from '../../limits.ts';
import type { Upstream } from './upstream.ts';

/** Further sessions with targets, so that each call is alone on its session and a server's questions have one asker. */
export class Lanes {
  readonly #make: (target: number) => Upstream;
  readonly #lanes: { readonly upstream: Upstream; usedAt: number }[] = [];

  constructor(make: (target: number) => Upstream) {
    this.#make = make;
  }

  /** A session without calls; null when there are as many as may be. */
  take(target: number): Upstream | null {
    let own = 0;
    for (const lane of this.#lanes) {
      if (lane.upstream.index !== target) continue;
      own++;
      if (lane.upstream.leases > 0) continue;
      lane.usedAt = monotonicMs();
      return lane.upstream;
    }
    if (own >= mcpLimits.maxLanes) return null;
    const upstream = this.#make(target);
    this.#lanes.push({ upstream, usedAt: monotonicMs() });
    return upstream;
  }

  /** Ends sessions that were not needed for a while. */
  tend(): void {
    const oldest = monotonicMs() - mcpLimits.laneIdleMs;
    for (let i = this.#lanes.length - 1; i >= 0; i--) {
      const lane = this.#lanes[i];
      if (lane === undefined) continue;
      if (lane.upstream.leases > 0) lane.usedAt = monotonicMs();
      else if (lane.usedAt < oldest) {
        lane.upstream.close();
        this.#lanes.splice(i, 1);
      }
    }
  }

  close(): void {
    for (const { upstream } of this.#lanes) upstream.close();
    this.#lanes.length = 0;
  }
}
