import { after, cancelTimer, monotonicMs } from '../../base/clock.ts';
import type { Activation } from '../../expr/cel/frame.ts';
import { toText } from '../../expr/cel/output.ts';
import type { ExtAuthzHttpSpec, ExtAuthzSpec } from '../../model/policies/ext-authz.ts';
import type { HttpCall } from '../../net/http/call.ts';
import { connectionFields, isFieldValue } from '../../net/http/fields.ts';
import { HeaderList } from '../../net/http/headers.ts';
import { isOriginForm } from '../../net/http/request-target.ts';
import { drain } from '../envoy/answers.ts';
import { ServiceCalls } from '../envoy/service-calls.ts';
import { ComputedValues, type Computed } from '../envoy/values.ts';
import { passed } from '../policies/ext-authz/decision.ts';
import { DecisionCache } from '../policies/ext-authz/decision-cache.ts';
import { createCall } from '../upstream/call.ts';
import { connectionActivation } from './connection-activation.ts';
import type { ConnectionCheck, NetworkContext } from './connection-checks.ts';

/** How long the service may take unless `policies.http.requestTimeout` says otherwise. */
const defaultTimeoutMs = 2000;

/** The service says no; unlike a failure this is an answer, and kept like one. */
const refused = { ...passed, reply: 'forbidden', reusable: true } as const;
const admitted = { ...passed, reusable: true } as const;

/** Asks a service over HTTP whether a connection may be served; 2xx says yes. */
export function compileNetworkExtAuthz(spec: ExtAuthzSpec, context: NetworkContext): ConnectionCheck {
  const { protocol } = spec;
  if (protocol.kind !== 'http') throw new Error('networkExtAuthz: only protocol http can ask about connections');
  const values = new ComputedValues(context, 'networkExtAuthz');
  const calls = new ServiceCalls(context.log, context.metrics, 'networkExtAuthz', 'ExtAuthz', context.place);
  const upstream = context.helper(spec.target);
  const ask = asker(
    protocol,
    createCall(upstream),
    upstream.requestTimeoutMs > 0 ? upstream.requestTimeoutMs : defaultTimeoutMs,
    values,
  );
  const cache = spec.cache === undefined ? null : new DecisionCache(spec.cache, values);
  const decide = async (attributes: Activation, key: string | null): Promise<boolean> => {
    const started = monotonicMs();
    try {
      const allowed = await ask(attributes);
      calls.succeeded(started);
      if (cache !== null && key !== null) cache.set(key, allowed ? admitted : refused, attributes);
      return allowed;
    } catch (error) {
      const open = spec.failureMode === 'allow';
      calls.failed(error, open ? 'the connection was served' : 'the connection was refused');
      return open;
    }
  };
  return (connection) => {
    const attributes = connectionActivation(connection);
    const key = cache?.keyOf(attributes) ?? null;
    const known = key === null ? undefined : cache?.get(key);
    if (known === undefined) return decide(attributes, key);
    calls.cached();
    return known.reply === null;
  };
}

/** @returns Asks about a connection; rejects where the service gives no answer. */
function asker(
  protocol: ExtAuthzHttpSpec,
  call: HttpCall,
  timeoutMs: number,
  values: ComputedValues,
): (attributes: Activation) => Promise<boolean> {
  const effect = 'the connection is refused';
  const path = protocol.path === undefined ? null : values.compile('path', protocol.path, 'request', effect);
  const added = values.all('addRequestHeaders', protocol.addHeaders, 'request', 'the field is left out');
  return async (attributes) => {
    const target = path === null ? '/' : path(attributes);
    // The client has a say in it, as the server name: this must not count as the service's failure, which may let it in.
    if (typeof target !== 'string' || !isOriginForm(target)) return false;
    const controller = new AbortController();
    const timer = after(timeoutMs, () => controller.abort());
    try {
      const reply = await call({
        method: 'GET',
        path: target,
        headers: addedFields(added, attributes),
        signal: controller.signal,
      });
      await drain(reply);
      if (reply.status >= 500) throw new Error(`the service answered with status ${reply.status}`);
      return reply.status >= 200 && reply.status < 300;
    } finally {
      cancelTimer(timer);
    }
  };
}

function addedFields(added: ReadonlyMap<string, Computed>, attributes: Activation): HeaderList {
  const headers = new HeaderList();
  for (const [name, compute] of added) {
    const value = compute(attributes);
    const text = value === undefined ? undefined : toText(value);
    const bytes = text === undefined ? undefined : Buffer.from(text, 'utf8').toString('latin1').trim();
    if (bytes === undefined || !isFieldValue(bytes) || name.startsWith(':') || connectionFields.has(name)) continue;
    headers.append(name, bytes);
  }
  return headers;
}
