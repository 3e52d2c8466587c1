import { router } from './endpoints.ts';
import { text } from './reply.ts';
import { serve } from './server.ts';
import type { RunningServer, ServerOptions } from './server.ts';

/** Whether new connections should be sent here. */
export interface Readiness {
  readonly ready: boolean;
  /** While not ready: `starting`, `draining`. */
  readonly reason: string;
}

/** What the readiness server shows. */
export interface ReadinessOptions extends ServerOptions {
  readonly readiness: () => Readiness;
}

/** Starts the readiness check: `GET /healthz/ready` is 200 `ready`, or 503 and the reason. */
export function startReadiness(options: ReadinessOptions): Promise<RunningServer> {
  const ready = router([
    {
      path: '/healthz/ready',
      methods: ['GET'],
      help: 'whether the gateway takes traffic',
      handle: () => {
        const state = options.readiness();
        return state.ready ? text(200, 'ready\n') : text(503, `${state.reason}\n`);
      },
    },
  ]);
  return serve('readiness', options, ready, false);
}
