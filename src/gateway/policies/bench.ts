/**
 * What twelve policies that do nothing cost a request, and with its response: `node src/gateway/policies/bench.ts`. The
 * minimum of many runs, in nanoseconds; it must stay below 100.
 */
import { monotonicMs } from '../../base/clock.ts';
import { ResponseHead } from '../../net/http/message.ts';
import { HeaderList } from '../../net/http/headers.ts';
import type { Exchange } from '../exchange.ts';
import { runPolicies } from '../run-policies.ts';
import {
  sortPolicies,
  type CompiledPolicies,
  type RequestPolicy,
  type ResponsePolicy,
} from '../snapshot/compiled-policies.ts';
import type { Policy } from './policy.ts';

const runs = 25;
const requests = 500_000;

function policy(request: RequestPolicy['request'], response: ResponsePolicy['response']): Policy {
  return { kind: 'idle', request, response };
}

/** Each has functions of its own, which V8 cannot take for one: so have the compiled policies of a route. */
const idle: readonly Policy[] = [
  policy(
    () => undefined,
    () => undefined,
  ),
  policy(
    () => undefined,
    () => undefined,
  ),
  policy(
    () => undefined,
    () => undefined,
  ),
  policy(
    () => undefined,
    () => undefined,
  ),
  policy(
    () => undefined,
    () => undefined,
  ),
  policy(
    () => undefined,
    () => undefined,
  ),
  policy(
    () => undefined,
    () => undefined,
  ),
  policy(
    () => undefined,
    () => undefined,
  ),
  policy(
    () => undefined,
    () => undefined,
  ),
  policy(
    () => undefined,
    () => undefined,
  ),
  policy(
    () => undefined,
    () => undefined,
  ),
  policy(
    () => undefined,
    () => undefined,
  ),
];

const head = new ResponseHead(200, new HeaderList(), 0);
let forwarded = 0;
const forward = (): void => {
  forwarded++;
};

function serve(x: Exchange, { request, response }: CompiledPolicies): void {
  runPolicies(x, request, 0, forward);
  for (const policy of response) policy.response(x, head);
}

function nanoseconds(policies: CompiledPolicies): number {
  const x = { trace: null, state: 'open' } as unknown as Exchange;
  const start = monotonicMs();
  for (let i = 0; i < requests; i++) serve(x, policies);
  return ((monotonicMs() - start) * 1e6) / requests;
}

const measured = {
  none: sortPolicies([]),
  request: sortPolicies(idle.map((each) => ({ ...each, response: null }))),
  both: sortPolicies(idle),
};
const best = { none: Infinity, request: Infinity, both: Infinity };
for (let run = 0; run < runs; run++) {
  for (const name of ['none', 'request', 'both'] as const) {
    best[name] = Math.min(best[name], nanoseconds(measured[name]));
  }
}
if (forwarded !== 3 * runs * requests) throw new Error('a request did not go on');
const cost = (ns: number): string => `${(ns - best.none).toFixed(1)} ns`;
process.stdout.write(
  `twelve policies that do nothing: ${cost(best.request)} a request, ${cost(best.both)} with its response\n`,
);
