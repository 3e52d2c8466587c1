import type { PolicyFactory } from '../policy.ts';

/** Limits the whole exchange and each try (Gateway API HTTPRouteTimeouts); past them: 504. */
export const timeout: PolicyFactory<'timeout'> = {
  kind: 'timeout',
  compile(spec) {
    const { requestMs, backendRequestMs } = spec;
    return {
      kind: 'timeout',
      request: function startTimeouts(x) {
        if (requestMs !== undefined) x.limitDuration(requestMs);
        if (backendRequestMs !== undefined) x.tryTimeoutMs = backendRequestMs;
        return undefined;
      },
      response: null,
    };
  },
};
