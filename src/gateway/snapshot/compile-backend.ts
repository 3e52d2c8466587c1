import { createHash } from 'node:crypto';
import type { Logger } from '../../base/logger.ts';
import type { WebFetch } from '../../base/web-fetch.ts';
import type { CustomFunctions } from '../../expr/cel/custom-functions.ts';
import { compileCel } from '../../expr/cel/program.ts';
import { contexts } from '../../expr/variables.ts';
import type { Backend, UpstreamAddress } from '../../model/backend.ts';
import type { Expression, Model } from '../../model/model.ts';
import type { HelperTarget } from '../../model/policies/helper.ts';
import type { TcpRouteBackend } from '../../model/tcp-route.ts';
import type { BackendPolicySpecs, RequestMirrorSpec } from '../../model/policy.ts';
import type { Endpoints } from '../../net/upstream/endpoints.ts';
import type { AccessLogWriter } from '../../telemetry/access-log/writer.ts';
import type { Metrics } from '../../telemetry/metrics/names.ts';
import type { SharedCell } from '../../telemetry/shared/cell.ts';
import type { SharedArea } from '../../telemetry/shared/keyed-table.ts';
import type { SharedLimit } from '../../telemetry/shared/limit.ts';
import { Expressions } from '../attributes/expressions.ts';
import type { CompiledBackend } from '../backends/backend.ts';
import { createA2aBackend } from '../backends/a2a/a2a-backend.ts';
import { readableGuard } from '../backends/a2a/readable-guard.ts';
import { backendAuthorization } from '../backends/backend-authorization.ts';
import { guarded } from '../backends/guarded.ts';
import { createDynamicBackend } from '../backends/dynamic/dynamic-backend.ts';
import { createHttpBackend } from '../backends/http/http-backend.ts';
import { createInternalBackend } from '../backends/internal/internal-backend.ts';
import { createInvalidBackend } from '../backends/invalid/invalid-backend.ts';
import { providerLevels } from '../backends/llm/credentials.ts';
import { createLlmBackend } from '../backends/llm/llm-backend.ts';
import { providerHealth } from '../backends/llm/provider-health.ts';
import type { LlmCondition } from '../backends/llm/ports.ts';
import { accessRules, accessSpecs } from '../backends/mcp/access.ts';
import { createMcpBackend } from '../backends/mcp/mcp-backend.ts';
import type { McpWorkerPorts } from '../backends/mcp/mcp-backend.ts';
import type { CredentialStore } from '../credentials/credential-store.ts';
import { tokensArea } from '../credentials/exchange/shared-tokens.ts';
import { llmMemory } from '../llm-memory.ts';
import type { Exchange } from '../exchange.ts';
import type { StoreConnections } from '../rate-limit/store/store-connection.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import { compileAuthorization } from '../authorization/place-authorization.ts';
import type { KeySource } from '../tokens/key-source.ts';
import type { KeyStore } from '../tokens/key-store.ts';
import { asHost } from '../upstream/balance/slots.ts';
import { clientCredentials } from '../policies/backend-auth/client-credentials.ts';
import { createCall } from '../upstream/call.ts';
import { relay } from '../upstream/relay.ts';
import { compileExtAuthz } from '../policies/ext-authz/ext-authz.ts';
import { compileTransformations, transformPorts } from '../policies/transformations/transformations.ts';
import { compileUpstreamTransform } from '../policies/transformations/upstream-transform.ts';
import type { Probes } from '../upstream/balance/probes.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { Tracer } from '../trace/tracer.ts';
import { dynamicTarget, type DialTarget } from '../tcp/dial-target.ts';
import type { BackendRegistry } from './backend-registry.ts';
import type { BalancePorts } from './compile-balance.ts';
import { UpstreamScope } from './compile-upstream.ts';

/** What compiling needs of the worker that it runs in. */
export interface CompilePorts {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly accessLog: AccessLogWriter;
  readonly endpoints: Endpoints;
  readonly credentials: CredentialStore;
  readonly fetch: WebFetch;
  readonly keys: KeyStore;
  readonly tracer: Tracer;
  readonly registry: BackendRegistry;
  readonly probes: Probes;
  /** The process-wide limit of this name. */
  limit(name: string, maximum: number): SharedLimit;
  /** The shared number of a name of `limitNames`. */
  cell(name: string): SharedCell;
  /** The memory of a name of `limitAreas`. */
  area(name: string, bytes: number): SharedArea;
  readonly stores: StoreConnections;
  /** How many workers this process has. */
  readonly workers: number;
  readonly mcp: McpWorkerPorts;
}

/** Compiles the backends of one model. What it opened is given back by {@link close}. */
export class BackendCompiler {
  /** Everything compiled, by key, for requests that another worker passes on. */
  readonly compiled: Map<string, CompiledBackend> = new Map();
  /** Who decides about exchanges that another worker passes on, by place. */
  readonly authorizers: Map<string, Authorizer> = new Map();
  readonly #model: Model;
  readonly #ports: CompilePorts;
  readonly #functions: CustomFunctions;
  readonly #scope: UpstreamScope;
  readonly #released: (() => void)[] = [];
  readonly #uses: { readonly key: string; readonly fingerprint: string }[] = [];

  /** @param functions What expressions may call besides the built-in functions. */
  constructor(model: Model, ports: CompilePorts, functions: CustomFunctions) {
    this.#model = model;
    this.#ports = ports;
    this.#functions = functions;
    this.#scope = this.#newScope();
  }

  /** A named backend with the policies of one use of it; unknown names become an invalid backend. */
  named(name: string, levels: readonly BackendPolicySpecs[]): CompiledBackend {
    const backend = this.#model.backends.get(name);
    if (backend === undefined) return createInvalidBackend(`backend/${name}`, name, `there is no backend ${name}`);
    // Who passes an exchange on to another worker names the rules that hold for it, too.
    const rules = backend.kind === 'mcp' ? accessSpecs(levels) : undefined;
    const use = rules === undefined ? '' : `@${fingerprintOf(rules)}`;
    return this.compile(`backend/${name}${use}`, backend, levels);
  }

  /**
   * @param levels Policies over the backend's own, least specific first.
   * @param agent What it is called where it is an agent.
   */
  compile(
    key: string,
    backend: Backend,
    levels: readonly BackendPolicySpecs[],
    agent: string = backend.name,
  ): CompiledBackend {
    const all = [backend.policies, ...levels];
    // Who may use it is asked in front of it: it lives on when that changes.
    const inner = { ...backend, policies: unruled(backend.policies) };
    const compiled = this.#guarded(this.#create(key, inner, all.map(unruled), agent), all);
    this.compiled.set(compiled.key, compiled);
    return compiled;
  }

  /** The upstream that gets mirrored requests. */
  mirrorTarget(backend: RequestMirrorSpec['backend']): Upstream {
    if (backend.kind === 'service') return this.#scope.openTarget(backend, [], this.#balance());
    if (backend.kind === 'host') return this.#scope.open(backend.address, []);
    const named = this.#model.backends.get(backend.name);
    if (named?.kind !== 'host') throw new Error(`requestMirror: ${backend.name} is not a host backend`);
    return this.#scope.open(named.address, [named.policies]);
  }

  /** A service that policies ask. */
  helper(target: HelperTarget): Upstream {
    return this.#helperIn(this.#scope, target);
  }

  /** Where connections of a TCP route go. */
  dialTarget({ backend, policies = {} }: TcpRouteBackend): DialTarget {
    if (backend.kind === 'dynamic') {
      return dynamicTarget(backend, new Expressions(this.#functions), (address) =>
        this.#newScope().dialer(address, [policies]),
      );
    }
    const found = backend.kind === 'named' ? this.#model.backends.get(backend.name) : backend;
    if (found?.kind !== 'host' && found?.kind !== 'service') {
      throw new Error(`tcpRoutes: ${found?.name ?? ''} is not a host backend`);
    }
    return this.#scope.dialTarget(found, [found.policies, policies], this.#balance());
  }

  /** A process-wide count without limit. */
  count(name: string): SharedLimit {
    return this.#ports.limit(name, 0);
  }

  /** The keys of issuers behind a URL. */
  keys(url: string): KeySource {
    const handle = this.#ports.keys.acquire(url);
    this.onRelease(() => handle.release());
    return handle.keys;
  }

  /** Calls `fn` when what was compiled is no longer in use. */
  onRelease(fn: () => void): void {
    this.#released.push(fn);
  }

  /** Gives back upstreams and long-lived backends. */
  close(): void {
    for (const fn of this.#released.splice(0)) fn();
    this.#scope.close();
    for (const { key, fingerprint } of this.#uses.splice(0)) this.#ports.registry.release(key, fingerprint);
  }

  #create(key: string, backend: Backend, levels: readonly BackendPolicySpecs[], agent: string): CompiledBackend {
    switch (backend.kind) {
      case 'host':
      case 'service': {
        const upstream = this.#scope.openTarget(backend, levels, this.#balance());
        if (levels.some(({ a2a }) => a2a === true)) return createA2aBackend(key, agent, upstream);
        return createHttpBackend(key, backend.name, upstream);
      }
      case 'invalid':
        return createInvalidBackend(key, backend.name, backend.message);
      case 'internal':
        return createInternalBackend(key, backend.name, this.#scope.open(this.#adminAddress(), levels), backend.path);
      case 'dynamic':
        return this.#lasting(key, backend, levels, (scope) => {
          const open = (address: UpstreamAddress): { upstream: Upstream; release(): void } => {
            const own = scope();
            return { upstream: own.open(address, levels), release: () => own.close() };
          };
          return createDynamicBackend(key, backend.name, backend.target, new Expressions(this.#functions), open);
        });
      case 'ai':
      case 'llm':
        return this.#lasting(key, backend, levels, (scope) => {
          const own = scope();
          const { log, metrics } = this.#ports;
          const expressions = new Expressions(this.#functions);
          // A credential of the route or of this use keeps the client's here like one of the backend's own.
          const policies: BackendPolicySpecs = Object.assign({}, ...levels);
          return createLlmBackend(
            key,
            { ...backend, policies },
            {
              member: (source) => expressions.member(source),
              upstream: (provider) =>
                provider.address === undefined
                  ? null
                  : own.open(provider.address, providerLevels(provider, levels), provider.policies.transformations),
              keys: this.#ports.mcp.sessionPorts.keys,
              memory: llmMemory(this.#ports),
              health: (provider) => providerHealth(provider, this.#ports),
              condition: (source, place) => this.#condition(source, place),
              text: (source) => {
                const of = expressions.text(source, 'request');
                return (x) => of(x.attributes());
              },
              authorization: (spec, place) => compileAuthorization(spec, { log, metrics, expressions, place }),
              relay,
            },
          );
        });
      case 'mcp':
        return this.#lasting(key, backend, levels, (scope) => {
          const own = scope();
          const { log, metrics } = this.#ports;
          const expressions = new Expressions(this.#functions);
          return createMcpBackend(key, backend, {
            ...this.#ports.mcp,
            log,
            metrics,
            limit: (name, maximum) => this.#ports.limit(name, maximum),
            sessionTtlMs: this.#model.process.mcpSessionTtlMs,
            call: (target) => {
              const { transformations } = target.policies;
              const all = [...levels, target.policies];
              return createCall(own.openTarget(asHost(target), all, this.#balance(), transformations));
            },
            passthrough: (target) => clientCredentials(authOf([...levels, target.policies])),
            condition: (source) => this.#callerCondition(source),
            access: accessRules(levels, { log, metrics, expressions, place: key }),
          });
        });
    }
  }

  #guarded(backend: CompiledBackend, levels: readonly BackendPolicySpecs[]): CompiledBackend {
    // Of authorization, the most specific level has what all say.
    const { authorization, extAuthz, transformations }: BackendPolicySpecs = Object.assign({}, ...levels);
    const { log, metrics } = this.#ports;
    const expressions = new Expressions(this.#functions);
    const helper = (target: HelperTarget): Upstream => this.helper(target);
    const context = { log, metrics, place: backend.key, expressions, helper, authorizers: this.authorizers };
    // In this order (agentgateway §1.6).
    const guards = [
      ...(authorization === undefined ? [] : [backendAuthorization(authorization, backend, context)]),
      ...(extAuthz === undefined ? [] : [compileExtAuthz(extAuthz, context)]),
      ...(transformations === undefined ? [] : [{ policy: compileTransformations(transformations, context) }]),
    ];
    if (expressions.reads('a2a')) guards.unshift(readableGuard);
    return guards.length === 0 ? backend : guarded(backend, guards, expressions.reads('request.body'));
  }

  #callerCondition(source: Expression): (x: Exchange) => boolean {
    const holds = new Expressions(this.#functions).condition(source, 'request');
    return (x) => holds(x.attributes());
  }

  #condition(source: Expression, place: 'llmRequest' | 'response'): LlmCondition {
    const program = compileCel(source, contexts[place], { customFunctions: this.#functions });
    return (variables) => program.evaluateBool(variables);
  }

  #balance(): BalancePorts {
    const { endpoints, metrics, probes } = this.#ports;
    const shared = {
      limit: (name: string, maximum: number) => this.#ports.limit(name, maximum),
      cell: (name: string) => this.#ports.cell(name),
    };
    return { endpoints, shared, metrics, probes, expressions: new Expressions(this.#functions) };
  }

  /** A backend with state of its own: it lives on over reloads while its configuration stays the same. */
  #lasting(
    key: string,
    backend: Backend,
    levels: readonly BackendPolicySpecs[],
    create: (scope: () => UpstreamScope) => CompiledBackend,
  ): CompiledBackend {
    const { upstream, customFunctions } = this.#model.process;
    const helpers = namedIn([backend, levels]).map((name) => this.#model.backends.get(name));
    const fingerprint = fingerprintOf([backend, levels, helpers, upstream, customFunctions]);
    const { registry } = this.#ports;
    const compiled = registry.acquire(key, fingerprint, () => {
      const scopes: UpstreamScope[] = [];
      const inner = create(() => {
        const scope = this.#newScope();
        scopes.push(scope);
        return scope;
      });
      return closing(inner, () => {
        for (const scope of scopes) scope.close();
      });
    });
    this.#uses.push({ key, fingerprint });
    return compiled;
  }

  #helperIn(scope: UpstreamScope, { backend, policies = {} }: HelperTarget): Upstream {
    const { transformations } = policies;
    if (backend.kind === 'service') return scope.openTarget(backend, [policies], this.#balance(), transformations);
    if (backend.kind === 'host') return scope.open(backend.address, [policies], transformations);
    const named = this.#model.backends.get(backend.name);
    if (named?.kind !== 'host') throw new Error(`${backend.name} is not a host backend`);
    return scope.open(named.address, [named.policies, policies], transformations ?? named.policies.transformations);
  }

  #newScope(): UpstreamScope {
    const { endpoints, credentials } = this.#ports;
    return new UpstreamScope(endpoints, credentials, this.#model.process, {
      expressions: () => new Expressions(this.#functions),
      tokens: () => this.#ports.area(tokensArea.name, tokensArea.bytes),
      transform: (spec, place) => {
        const { log, metrics } = this.#ports;
        const expressions = new Expressions(this.#functions);
        return compileUpstreamTransform(spec, transformPorts({ log, metrics, expressions, place }));
      },
      helper: (scope, target) => this.#helperIn(scope, target),
    });
  }

  #adminAddress(): UpstreamAddress {
    const address = this.#model.process.adminAddress;
    const colon = address.lastIndexOf(':');
    return {
      kind: 'tcp',
      host: address.slice(0, colon).replace(/^\[|\]$/g, ''),
      port: Number(address.slice(colon + 1)),
    };
  }
}

function unruled(specs: BackendPolicySpecs): BackendPolicySpecs {
  const { authorization: _, ...others } = specs;
  return others;
}

/** The credential of an upstream of these levels. */
function authOf(levels: readonly BackendPolicySpecs[]): BackendPolicySpecs['backendAuth'] {
  return levels.findLast(({ backendAuth }) => backendAuth !== undefined)?.backendAuth;
}

/** The names of backends that a part of the model refers to. */
function namedIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  if ('kind' in value && value.kind === 'named' && 'name' in value) return [String(value.name)];
  const parts: Iterable<unknown> = value instanceof Map ? value.values() : Object.values(value);
  return [...parts].flatMap(namedIn);
}

/** `backend` with something more to do when it closes. */
function closing(backend: CompiledBackend, also: () => void): CompiledBackend {
  return {
    key: backend.key,
    name: backend.name,
    protocol: backend.protocol,
    ...(backend.takesTunnels === true ? { takesTunnels: true } : {}),
    ...(backend.authorizes === true ? { authorizes: true } : {}),
    ...(backend.routePolicies === undefined ? {} : { routePolicies: backend.routePolicies }),
    ...(backend.errorShape === undefined ? {} : { errorShape: backend.errorShape }),
    ...(backend.errorBody === undefined ? {} : { errorBody: (x: Exchange) => backend.errorBody?.(x) ?? null }),
    handle: (x) => backend.handle(x),
    drain: () => backend.drain?.(),
    close() {
      backend.close();
      also();
    },
  };
}

/** Equal for equal configuration. Hashed, because it holds secrets and lives long. */
function fingerprintOf(value: unknown): string {
  const text = JSON.stringify(value, (_key, part: unknown) => (part instanceof Map ? [...part] : part));
  return createHash('sha256').update(text).digest('base64url');
}
