import { classify } from '../../../a2a/classify.ts';
import { errorBody } from '../../../a2a/errors.ts';
import { isCardRequest } from '../../../a2a/card.ts';
import { GatewayError } from '../../../base/errors.ts';
import { authorizeAgent } from '../../authorization/agent-permits.ts';
import type { Exchange } from '../../exchange.ts';
import { inputOf } from '../../policies/a2a/input.ts';
import { relay } from '../../upstream/relay.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import type { CompiledBackend } from '../backend.ts';
import { AnswerTap } from './answer-tap.ts';
import { CardStage } from './card-stage.ts';

/**
 * An agent: requests and answers pass untouched, but its cards name the gateway.
 *
 * @param agent Its name for rules and the log.
 */
export function createA2aBackend(key: string, agent: string, upstream: Upstream): CompiledBackend {
  return {
    key,
    name: agent,
    protocol: 'a2a',
    authorizes: true,
    routePolicies: { a2a: { agent } },
    errorBody(x) {
      // What failed before the request was read is told by its head.
      const request = x.record.a2a?.request ?? classify(inputOf(x, null));
      return (error) => errorBody(request, error);
    },
    handle(x) {
      const record = x.record.a2a;
      if (record === null) throw new GatewayError('internal', 'nobody has read what this request asks an agent for');
      authorizeAgent(x, agent, record.request);
      if (record.request.kind === 'request' && isCardRequest(record.request)) showCard(x);
      relay(x, upstream, null, new AnswerTap(x, record));
    },
    close: () => undefined,
  };
}

function showCard(x: Exchange): void {
  const { headers } = x.request;
  // It has to be read, and all of it.
  headers.set('accept-encoding', 'identity');
  headers.delete('range');
  x.interpose([{ kind: 'a2a', request: null, response: null, stage: () => new CardStage(x) }]);
}
