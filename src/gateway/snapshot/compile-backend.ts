import type { Backend, UpstreamAddress } from '../../model/backend.ts';
import type { HelperTarget } from '../../model/policies/helper.ts';
import type { TcpRouteBackend } from '../../model/tcp-route.ts';
import type { BackendPolicySpecs, RequestMirrorSpec } from '../../model/policy.ts';
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
import { accessSpecs } from '../backends/mcp/access.ts';
import { tokensArea } from '../credentials/exchange/shared-tokens.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import type { KeySource } from '../tokens/key-source.ts';
import { compileExtAuthz } from '../policies/ext-authz/ext-authz.ts';
import { compileTransformations, transformPorts } from '../policies/transformations/transformations.ts';
import { compileUpstreamTransform } from '../policies/transformations/upstream-transform.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { dynamicTarget, type DialTarget } from '../tcp/dial-target.ts';
import { compileLlmBackend } from './compile-llm-backend.ts';
import { compileMcpBackend } from './compile-mcp-backend.ts';
import { balancePorts, type Compilation } from './compile-ports.ts';
import { UpstreamScope } from './compile-upstream.ts';
import { fingerprintOf, LastingBackends } from './lasting-backends.ts';

/** Compiles the backends of one model. What it opened is given back by {@link close}. */
export class BackendCompiler {
  /** Everything compiled, by key, for requests that another worker passes on. */
  readonly compiled: Map<string, CompiledBackend> = new Map();
  /** Who decides about exchanges that another worker passes on, by place. */
  readonly authorizers: Map<string, Authorizer> = new Map();
  readonly #compilation: Compilation;
  readonly #scope: UpstreamScope;
  readonly #released: (() => void)[] = [];
  readonly #lasting: LastingBackends;

  constructor(compilation: Compilation) {
    const { model, ports } = compilation;
    this.#compilation = compilation;
    this.#scope = this.#newScope();
    this.#lasting = new LastingBackends(model, ports.registry, () => this.#newScope());
  }

  /** A named backend with the policies of one use of it; unknown names become an invalid backend. */
  named(name: string, levels: readonly BackendPolicySpecs[]): CompiledBackend {
    const backend = this.#compilation.model.backends.get(name);
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
    if (backend.kind === 'service') return this.#scope.openTarget(backend, [], balancePorts(this.#compilation));
    if (backend.kind === 'host') return this.#scope.open(backend.address, []);
    const named = this.#compilation.model.backends.get(backend.name);
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
      return dynamicTarget(backend, new Expressions(this.#compilation.functions), (address) =>
        this.#newScope().dialer(address, [policies]),
      );
    }
    const found = backend.kind === 'named' ? this.#compilation.model.backends.get(backend.name) : backend;
    if (found?.kind !== 'host' && found?.kind !== 'service') {
      throw new Error(`tcpRoutes: ${found?.name ?? ''} is not a host backend`);
    }
    return this.#scope.dialTarget(found, [found.policies, policies], balancePorts(this.#compilation));
  }

  /** A process-wide count without limit. */
  count(name: string): SharedLimit {
    return this.#compilation.ports.limit(name, 0);
  }

  /** The keys of issuers behind a URL. */
  keys(url: string): KeySource {
    const handle = this.#compilation.ports.keys.acquire(url);
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
    this.#lasting.close();
  }

  #create(key: string, backend: Backend, levels: readonly BackendPolicySpecs[], agent: string): CompiledBackend {
    switch (backend.kind) {
      case 'host':
      case 'service': {
        const upstream = this.#scope.openTarget(backend, levels, balancePorts(this.#compilation));
        if (levels.some(({ a2a }) => a2a === true)) return createA2aBackend(key, agent, upstream);
        return createHttpBackend(key, backend.name, upstream);
      }
      case 'invalid':
        return createInvalidBackend(key, backend.name, backend.message);
      case 'internal':
        return createInternalBackend(key, backend.name, this.#scope.open(this.#adminAddress(), levels), backend.path);
      case 'dynamic':
        return this.#lasting.acquire(key, backend, levels, (scope) => {
          const open = (address: UpstreamAddress): { upstream: Upstream; release(): void } => {
            const own = scope();
            return { upstream: own.open(address, levels), release: () => own.close() };
          };
          return createDynamicBackend(
            key,
            backend.name,
            backend.target,
            new Expressions(this.#compilation.functions),
            open,
          );
        });
      case 'ai':
      case 'llm':
        return this.#lasting.acquire(key, backend, levels, (scope) =>
          compileLlmBackend(key, backend, levels, scope(), this.#compilation),
        );
      case 'mcp':
        return this.#lasting.acquire(key, backend, levels, (scope) =>
          compileMcpBackend(key, backend, levels, scope(), this.#compilation),
        );
    }
  }

  #guarded(backend: CompiledBackend, levels: readonly BackendPolicySpecs[]): CompiledBackend {
    // Of authorization, the most specific level has what all say.
    const { authorization, extAuthz, transformations }: BackendPolicySpecs = Object.assign({}, ...levels);
    const { log, metrics } = this.#compilation.ports;
    const expressions = new Expressions(this.#compilation.functions);
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

  #helperIn(scope: UpstreamScope, { backend, policies = {} }: HelperTarget): Upstream {
    const { transformations } = policies;
    if (backend.kind === 'service')
      return scope.openTarget(backend, [policies], balancePorts(this.#compilation), transformations);
    if (backend.kind === 'host') return scope.open(backend.address, [policies], transformations);
    const named = this.#compilation.model.backends.get(backend.name);
    if (named?.kind !== 'host') throw new Error(`${backend.name} is not a host backend`);
    return scope.open(named.address, [named.policies, policies], transformations ?? named.policies.transformations);
  }

  #newScope(): UpstreamScope {
    const { endpoints, credentials } = this.#compilation.ports;
    return new UpstreamScope(endpoints, credentials, this.#compilation.model.process, {
      expressions: () => new Expressions(this.#compilation.functions),
      tokens: () => this.#compilation.ports.area(tokensArea.name, tokensArea.bytes),
      transform: (spec, place) => {
        const { log, metrics } = this.#compilation.ports;
        const expressions = new Expressions(this.#compilation.functions);
        return compileUpstreamTransform(spec, transformPorts({ log, metrics, expressions, place }));
      },
      helper: (scope, target) => this.#helperIn(scope, target),
    });
  }

  #adminAddress(): UpstreamAddress {
    const address = this.#compilation.model.process.adminAddress;
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
