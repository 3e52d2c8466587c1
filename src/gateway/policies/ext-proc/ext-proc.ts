import { ServiceCalls } from '../../envoy/service-calls.ts';
import { ComputedValues } from '../../envoy/values.ts';
import type { Exchange } from '../../exchange.ts';
import { grpcTransport } from '../../upstream/grpc-transport.ts';
import type { ConditionalPolicyFactory, Verdict } from '../policy.ts';
import { processRequest } from './process-request.ts';
import { ResponseProcessing } from './process-response.ts';
import { planOf, Processing } from './processing.ts';

/** What a message has besides the part of a body in it. */
const messageOverhead = 65_536;

/** Shows requests and responses to a service that may change them (envoy.service.ext_proc.v3). */
export const extProc: ConditionalPolicyFactory<'extProc'> = {
  kind: 'extProc',
  conditional: true,
  failedCondition: 'refuse',
  compile(spec, context) {
    const { log, metrics, place, frontend } = context;
    const rules = {
      transport: grpcTransport(context.helper(spec.target)),
      calls: new ServiceCalls(log, metrics, 'extProc', 'ExtProc', place),
      failOpen: spec.failOpen,
      messageTimeoutMs: spec.messageTimeoutMs,
      maxMessageTimeoutMs: spec.maxMessageTimeoutMs,
      maxMessageBytes: Math.max(4_194_304, frontend.maxBufferSize + messageOverhead),
    };
    const plan = planOf(spec, rules, new ComputedValues(context, 'extProc'));
    const running = new WeakMap<Exchange, Processing>();
    return {
      kind: 'extProc',
      request: function processExternally(x): Verdict {
        const processing = new Processing(x, plan);
        running.set(x, processing);
        return processRequest(processing);
      },
      response: null,
      stage: (x) => new ResponseProcessing(() => running.get(x)),
      // After transformations of the response (agentgateway §1.6).
      outer: true,
    };
  },
};
