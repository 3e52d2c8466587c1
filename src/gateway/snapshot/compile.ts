import type { CustomFunctions } from '../../expr/cel/custom-functions.ts';
import type { Bind, Listener } from '../../model/bind.ts';
import type { Model } from '../../model/model.ts';
import type { Route, RouteBackend } from '../../model/route.ts';
import { chooseByWeight } from '../backends/weighted.ts';
import type { CompiledBackend } from '../backends/backend.ts';
import type { SharedLimit } from '../../telemetry/shared/limit.ts';
import { isLoopbackAddress } from '../accept/loopback.ts';
import { customFunctionsOf, Expressions } from '../attributes/expressions.ts';
import { bodyReader } from '../policies/body-reader.ts';
import { compileNormaliser } from '../match/normalise.ts';
import { HostTable } from '../match/hostname.ts';
import { RouteTable, type Routable } from '../match/route-table.ts';
import { compilePolicies } from '../policies/order.ts';
import type { PolicyContext } from '../policies/policy.ts';
import { RetryBudget } from '../policies/retry/budget.ts';
import { Recorder } from '../record/recorder.ts';
import { connectionsLimit, requestsLimit } from '../limits.ts';
import { compileTcp, portProtocols } from '../tcp/compile-tcp.ts';
import { BackendCompiler, type CompilePorts } from './compile-backend.ts';
import { Snapshot, type CompiledBind, type CompiledListener, type CompiledRoute } from './snapshot.ts';
import type { RequestPolicy, ResponsePolicy } from './snapshot.ts';

/**
 * Compiles a model to what requests run on. Throws when something cannot be compiled (a regex, an expression); then
 * nothing stays open.
 */
export function compileSnapshot(model: Model, ports: CompilePorts): Snapshot {
  const functions = customFunctionsOf(model.process);
  const backends = new BackendCompiler(model, ports, functions);
  try {
    const binds = new Map<string, CompiledBind>();
    for (const bind of model.binds) binds.set(bind.key, compileBind(bind, model, ports, backends, functions));
    return new Snapshot(binds, backends.compiled, ports.log, model.process.drainDeadlineMs, () => backends.close());
  } catch (error) {
    backends.close();
    throw error;
  }
}

/** What the parts of one bind are compiled with. */
interface BindScope {
  readonly bind: Bind;
  readonly recorder: Recorder;
  readonly backends: BackendCompiler;
  readonly functions: CustomFunctions;
}

function compileBind(
  bind: Bind,
  model: Model,
  ports: CompilePorts,
  backends: BackendCompiler,
  functions: CustomFunctions,
): CompiledBind {
  const recorder = new Recorder(bind, model.process, functions, ports.metrics, ports.accessLog);
  const scope: BindScope = { bind, recorder, backends, functions };
  const listeners = new HostTable<CompiledListener>();
  const compiled: CompiledListener[] = [];
  const http = bind.listeners.filter(({ protocol }) => protocol === 'HTTP' || protocol === 'HTTPS');
  for (const listener of http) {
    const entry = compileListener(listener, scope);
    compiled.push(entry);
    listeners.at(listener.hostname, () => entry);
  }
  const [first] = compiled;
  return {
    key: bind.key,
    port: bind.port,
    frontend: bind.frontend,
    normalise: compileNormaliser(bind.frontend),
    loopbackOnly: bind.allowedHosts === 'loopback',
    internal: bind.mode === 'internal',
    everywhere: bind.addresses.length === 0 || bind.addresses.includes('0.0.0.0') || bind.addresses.includes('::'),
    onLoopback: bind.addresses.length > 0 && bind.addresses.every(isLoopbackAddress),
    listeners,
    onlyListener: compiled.length === 1 && http[0]?.hostname === undefined ? (first ?? null) : null,
    protocols: portProtocols(bind),
    tcp: compileTcp(bind, {
      process: model.process,
      functions,
      metrics: ports.metrics,
      accessLog: ports.accessLog,
      target: (entry) => backends.dialTarget(entry),
    }),
    requests: limitOf(ports, requestsLimit(bind.key), bind.frontend.maxRequests),
    connections: limitOf(ports, connectionsLimit(bind.key), bind.frontend.maxConnections),
    recorder,
    labels: recorder.labels('', '', '', ''),
  };
}

function limitOf(ports: CompilePorts, name: string, maximum: number): SharedLimit | null {
  return maximum > 0 ? ports.limit(name, maximum) : null;
}

function compileListener(listener: Listener, scope: BindScope): CompiledListener {
  const gateway = `${listener.gateway.namespace}/${listener.gateway.name}`;
  const routes: [Routable, CompiledRoute][] = listener.routes.map((route) => [
    route,
    compileRoute(route, gateway, listener, scope),
  ]);
  return {
    key: listener.key,
    name: listener.name,
    gatewayName: listener.gateway.name,
    gatewayNamespace: listener.gateway.namespace,
    routes: new RouteTable(listener.hostname, routes),
    labels: scope.recorder.labels(gateway, listener.name, '', ''),
  };
}

function compileRoute(
  route: Route,
  gateway: string,
  listener: Listener,
  { bind, recorder, backends, functions }: BindScope,
): CompiledRoute {
  const expressions = new Expressions(functions);
  const context: PolicyContext = {
    frontend: bind.frontend,
    expressions,
    upstream: (backend) => backends.mirrorTarget(backend),
    retryBudget: (spec) => new RetryBudget(spec, route.key, (name) => backends.count(name)),
  };
  const policies = compilePolicies(route.policies, context);
  const reader = bodyReader(expressions, bind.frontend.maxBufferSize);
  if (reader !== null) policies.unshift(reader);
  return {
    key: route.key,
    name: route.name,
    namespace: route.namespace,
    ruleName: route.ruleName ?? '',
    named: [listener.hostname ?? '*', ...route.hostnames].some((name) => name !== '*'),
    requestPolicies: policies.filter((policy): policy is RequestPolicy => policy.request !== null),
    responsePolicies: policies.filter((policy): policy is ResponsePolicy => policy.response !== null),
    choose: chooseByWeight(
      route.backends.map((entry, i) => ({
        weight: entry.weight,
        backend: compileRouteBackend(entry, `${route.key}/${i}`, backends),
      })),
    ),
    labels: recorder.labels(gateway, listener.name, `${route.namespace}/${route.name}`, route.ruleName ?? ''),
  };
}

/** The policies of this use win over the backend's own (agentgateway §1.6). */
function compileRouteBackend(entry: RouteBackend, key: string, backends: BackendCompiler): CompiledBackend {
  const inline = entry.policies === undefined ? [] : [entry.policies];
  const { backend } = entry;
  if (backend.kind === 'named') return backends.named(backend.name, inline);
  return backends.compile(key, backend, inline);
}
