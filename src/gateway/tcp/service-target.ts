import { GatewayError } from '../../base/errors.ts';
import { random } from '../../base/random.ts';
import type { ServiceEndpoint } from '../../model/service.ts';
import type { Dialer } from '../../net/upstream/dialer.ts';
import type { DialOutcome, DialTarget } from './dial-target.ts';

/** An endpoint of a service, ready to be connected to. */
export interface DialedEndpoint extends Pick<ServiceEndpoint, 'weight' | 'priority'> {
  readonly dialer: Dialer;
}

/**
 * A service: each connection goes to one of its endpoints by weight, those of the lowest priority first, and to the next
 * when one does not answer. Throws noBackend where there is none.
 */
export function serviceTarget(name: string, endpoints: readonly DialedEndpoint[]): DialTarget {
  const usable = endpoints.filter(({ weight }) => weight > 0);
  return {
    name,
    dial(_attributes, outcome) {
      const order = inTurn(usable);
      const [first] = order;
      if (first === undefined) throw new GatewayError('noBackend', 'the service has no endpoints');
      return { endpoint: first.dialer.name, cancel: dialNext(order, 0, outcome) };
    },
  };
}

/** Connects to the first that answers, from `index` on; yields what gives up. */
function dialNext(order: readonly DialedEndpoint[], index: number, outcome: DialOutcome): () => void {
  const entry = order[index];
  if (entry === undefined) return () => undefined;
  let cancel = entry.dialer.dial(outcome.onSocket, (error) => {
    if (index + 1 >= order.length) outcome.onError(error);
    else cancel = dialNext(order, index + 1, outcome);
  });
  return () => cancel();
}

/** All endpoints in the order in which one connection tries them: by priority, then drawn by weight. */
function inTurn(endpoints: readonly DialedEndpoint[]): DialedEndpoint[] {
  // The smallest of exponential draws is each endpoint's by its share (Efraimidis and Spirakis, 2006).
  const drawn = endpoints.map((endpoint) => ({ endpoint, draw: -Math.log(1 - random()) / endpoint.weight }));
  return drawn
    .toSorted((a, b) => a.endpoint.priority - b.endpoint.priority || a.draw - b.draw)
    .map(({ endpoint }) => endpoint);
}
