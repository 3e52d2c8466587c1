import { policyRoutes } from '../lib/policy-routes.ts';
import type { LoadRequest } from '../lib/wrk.ts';
import type { Scenario } from './scenario.ts';

const yardstick: LoadRequest = { path: '/1k' };

/** The name of the proxy that the others are compared with. */
export const withoutPolicy = 'proxy-plain';

const budgets: Readonly<Record<string, string>> = {
  [withoutPolicy]: '–',
  // `node src/gateway/tokens/bench.ts` measures it.
  'proxy-jwt-uncached': '≤ bare verification + 10 µs',
};

export const policyScenarios: readonly Scenario[] = policyRoutes.map(({ name, title, request }) => ({
  name,
  title,
  connections: 32,
  port: (ports) => ports.policies,
  request: () => {
    const { headers = {}, turns, ...rest } = request();
    // Spelt as wrk spells its own, which it leaves out then.
    const host = { Host: `${name}.test` };
    return {
      ...rest,
      headers: { ...headers, ...host },
      ...(turns === undefined ? {} : { turns: turns.map((turn) => ({ ...turn, ...host })) }),
    };
  },
  yardstick,
  budget: budgets[name] ?? '≤ 1.3 × without',
}));
