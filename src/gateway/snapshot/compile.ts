import { sensitiveNames } from '../../expr/redaction.ts';
import type { CustomFunctions } from '../../expr/cel/custom-functions.ts';
import type { Bind, Listener } from '../../model/bind.ts';
import type { Model } from '../../model/model.ts';
import type { PolicySpecs } from '../../model/policy.ts';
import type { ProcessSettings } from '../../model/process.ts';
import type { Route, RouteBackend } from '../../model/route.ts';
import { chooseByWeight } from '../backends/weighted.ts';
import type { CompiledBackend } from '../backends/backend.ts';
import type { SharedLimit } from '../../telemetry/shared/limit.ts';
import { ClientLimit } from '../accept/client-limit.ts';
import { compileConnectionChecks } from '../accept/connection-checks.ts';
import { isLoopbackAddress } from '../accept/loopback.ts';
import { customFunctionsOf, Expressions } from '../attributes/expressions.ts';
import { bodyReader } from '../policies/body-reader.ts';
import { compileNormaliser } from '../match/normalise.ts';
import { HostTable } from '../match/hostname.ts';
import { RouteTable, type Routable } from '../match/route-table.ts';
import { compilePolicies, type PolicyPhase } from '../policies/order.ts';
import { RetryBudget } from '../policies/retry/budget.ts';
import { Recorder } from '../record/recorder.ts';
import { connectionsLimit, requestsLimit } from '../limits.ts';
import { compileTcp, portProtocols } from '../tcp/compile-tcp.ts';
import { BackendCompiler } from './compile-backend.ts';
import type { CompilePorts } from './compile-ports.ts';
import { Snapshot, type CompiledBind, type CompiledListener, type CompiledRoute } from './snapshot.ts';
import { sortPolicies, type CompiledPolicies } from './compiled-policies.ts';

/**
 * Compiles a model to what requests run on. Throws when something cannot be compiled (a regex, an expression); then
 * nothing stays open.
 */
export function compileSnapshot(model: Model, ports: CompilePorts): Snapshot {
  const functions = customFunctionsOf(model.process);
  const backends = new BackendCompiler({ model, ports, functions });
  try {
    const binds = new Map<string, CompiledBind>();
    for (const bind of model.binds) {
      binds.set(bind.key, compileBind(bind, model, ports, { backends, functions }));
    }
    const { log, tracer } = ports;
    const { compiled, authorizers } = backends;
    const deadlineMs = model.process.drainDeadlineMs;
    return new Snapshot(binds, compiled, authorizers, log, tracer, deadlineMs, () => backends.close());
  } catch (error) {
    backends.close();
    throw error;
  }
}

/** What all binds of one model share. */
interface ModelScope {
  readonly backends: BackendCompiler;
  readonly functions: CustomFunctions;
}

/** What the parts of one bind are compiled with. */
interface BindScope extends ModelScope {
  readonly bind: Bind;
  readonly process: ProcessSettings;
  readonly ports: CompilePorts;
  readonly recorder: Recorder;
}

function compileBind(bind: Bind, model: Model, ports: CompilePorts, shared: ModelScope): CompiledBind {
  const { backends, functions } = shared;
  const recorder = new Recorder(bind, model.process, functions, ports.metrics, ports.accessLog);
  const scope: BindScope = { bind, process: model.process, ports, recorder, ...shared };
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
    sensitiveHeaders: sensitiveNames(model.process.sensitiveHeaders),
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
    admits: compileConnectionChecks(bind.frontend, {
      place: bind.key,
      expressions: new Expressions(functions),
      log: ports.log,
      metrics: ports.metrics,
      helper: (target) => backends.helper(target),
    }),
    connections: limitOf(ports, connectionsLimit(bind.key), bind.frontend.maxConnections),
    clients: clientLimit(bind, ports, recorder),
    recorder,
    labels: recorder.labels('', '', '', ''),
  };
}

function limitOf(ports: CompilePorts, name: string, maximum: number): SharedLimit | null {
  return maximum > 0 ? ports.limit(name, maximum) : null;
}

function clientLimit({ key, frontend }: Bind, ports: CompilePorts, recorder: Recorder): ClientLimit | null {
  const { maxConnectionsPerAddress: max } = frontend;
  if (!(max > 0)) return null;
  return new ClientLimit(max, {
    bind: key,
    log: ports.log,
    workers: ports.workers,
    area: (name, bytes) => ports.area(name, bytes),
    onRefused: () => recorder.limited('connectionsPerAddress'),
  });
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
    policies: compilePhase('gateway', listener.gatewayPolicies ?? [], listener.key, scope),
    labels: scope.recorder.labels(gateway, listener.name, '', ''),
  };
}

function compileRoute(route: Route, gateway: string, listener: Listener, scope: BindScope): CompiledRoute {
  const { recorder, backends } = scope;
  const name = `${route.namespace}/${route.name}`;
  const compiled = route.backends.map((entry, i) => ({
    weight: entry.weight,
    backend: compileRouteBackend(entry, `${route.key}/${i}`, route.name, backends),
  }));
  const needed = compiled.map(({ backend }) => backend.routePolicies).filter((specs) => specs !== undefined);
  return {
    key: route.key,
    name: route.name,
    namespace: route.namespace,
    ruleName: route.ruleName ?? '',
    named: [listener.hostname ?? '*', ...route.hostnames].some((name) => name !== '*'),
    policies: compilePhase('route', [...route.policies, ...needed], route.key, scope) ?? noPolicies,
    choose: chooseByWeight(compiled),
    authorizes: compiled.length > 0 && compiled.every(({ backend }) => backend.authorizes === true),
    servesAs: compiled[0]?.backend ?? null,
    labels: recorder.labels(gateway, listener.name, name, route.ruleName ?? ''),
  };
}

const noPolicies: CompiledPolicies = sortPolicies([]);

/** The policies of one phase at one place; null where there are none. */
function compilePhase(
  phase: PolicyPhase,
  levels: readonly PolicySpecs[],
  place: string,
  { bind, process, ports, backends, functions }: BindScope,
): CompiledPolicies | null {
  const expressions = new Expressions(functions);
  const policies = compilePolicies(levels, {
    phase,
    place,
    authorizers: backends.authorizers,
    process,
    frontend: bind.frontend,
    expressions,
    log: ports.log,
    metrics: ports.metrics,
    fetch: ports.fetch,
    sessions: ports.mcp.sessionPorts,
    keys: (url) => backends.keys(url),
    limit: (name, maximum) => ports.limit(name, maximum),
    cell: (name) => ports.cell(name),
    area: (name, bytes) => ports.area(name, bytes),
    workers: ports.workers,
    store: (url) => {
      const { connection, release } = ports.stores.use(url);
      backends.onRelease(release);
      return connection;
    },
    upstream: (backend) => backends.mirrorTarget(backend),
    helper: (target) => backends.helper(target),
    retryBudget: (spec) => new RetryBudget(spec, place, (name) => backends.count(name)),
    onRelease: (fn) => backends.onRelease(fn),
  });
  const reader = bodyReader(expressions, bind.frontend.maxBufferSize);
  if (reader !== null) policies.unshift(reader);
  return policies.length === 0 ? null : sortPolicies(policies);
}

/** The policies of this use win over the backend's own (agentgateway §1.6). */
function compileRouteBackend(
  entry: RouteBackend,
  key: string,
  routeName: string,
  backends: BackendCompiler,
): CompiledBackend {
  const inline = entry.policies === undefined ? [] : [entry.policies];
  const { backend } = entry;
  if (backend.kind === 'named') return backends.named(backend.name, inline);
  return backends.compile(key, backend, inline, routeName);
}
