import { sleep } from '../../../base/clock.ts';
import { parseDuration } from '../../../base/duration.ts';
import type { Exchange } from '../../exchange.ts';
import type { PolicyFactory } from '../policy.ts';

/** Waits before the request goes on: fault injection. A result that is not positive waits not at all. */
export const delay: PolicyFactory<'delay'> = {
  kind: 'delay',
  compile(spec, { expressions }) {
    const fixed = parseDuration(spec.duration);
    const duration = fixed === undefined ? expressions.milliseconds(spec.duration) : () => fixed;
    return {
      kind: 'delay',
      request: function wait(x: Exchange) {
        const ms = duration(x.attributes());
        return ms > 0 ? sleep(ms, x.signal).then(() => undefined) : undefined;
      },
      response: null,
    };
  },
};
