import { isIP } from 'node:net';
import { bracketed } from '../../base/host-port.ts';
import { formatAddress, type UpstreamAddress } from '../../model/backend.ts';
import { defaultLoadBalancing } from '../../model/balance.ts';
import type { HelperTarget } from '../../model/policies/helper.ts';
import type { TransformationsSpec } from '../../model/policies/transformations.ts';
import type { BackendPolicySpecs } from '../../model/policy.ts';
import type { ProcessSettings } from '../../model/process.ts';
import type { Endpoint } from '../../net/http/outbound.ts';
import type { EndpointSpec } from '../../net/upstream/endpoint-spec.ts';
import type { SharedArea } from '../../telemetry/shared/keyed-table.ts';
import type { Dialer } from '../../net/upstream/dialer.ts';
import type { Endpoints } from '../../net/upstream/endpoints.ts';
import { compileBackendAuth } from '../policies/backend-auth/backend-auth.ts';
import { compileRequestModifier, compileResponseModifier } from '../policies/headers/modify.ts';
import { compileRedirect } from '../policies/redirect/redirect.ts';
import type { UpstreamTransform } from '../policies/transformations/upstream-transform.ts';
import { proxySpec } from './proxy-spec.ts';
import type { CredentialStore } from '../credentials/credential-store.ts';
import type { Expressions } from '../attributes/expressions.ts';
import type { Balancer } from '../upstream/balance/balancer.ts';
import { Selection } from '../upstream/balance/selection.ts';
import { fixedEndpoints, isBalanced, targetName, type BalanceTarget } from '../upstream/balance/slots.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { BalancedTarget } from '../tcp/balanced-target.ts';
import { fixedTarget, type DialTarget } from '../tcp/dial-target.ts';
import { compileBalancer, type BalancePorts } from './compile-balance.ts';
import { compileMembers } from './compile-members.ts';

/** What the credentials and transformations of upstreams are made with. */
export interface ScopeHelpers {
  expressions(): Expressions;
  /** The memory for tokens that workers have in common. */
  tokens(): SharedArea;
  /** @param place Names the upstream in messages. */
  transform(spec: TransformationsSpec, place: string): UpstreamTransform;
  /** A service such as a token endpoint, opened in the scope of the upstream that needs it. */
  helper(scope: UpstreamScope, target: HelperTarget): Upstream;
}

/** Opens upstreams and gives them all back at once: each snapshot or long-lived backend has one. */
export class UpstreamScope {
  readonly #endpoints: Endpoints;
  readonly #credentials: CredentialStore;
  readonly #settings: ProcessSettings;
  readonly #helpers: ScopeHelpers;
  readonly #releases: (() => void)[] = [];

  constructor(endpoints: Endpoints, credentials: CredentialStore, settings: ProcessSettings, helpers: ScopeHelpers) {
    this.#endpoints = endpoints;
    this.#credentials = credentials;
    this.#settings = settings;
    this.#helpers = helpers;
  }

  /**
   * The upstream at `address` with the policies of `levels` (least specific first; per kind the last wins).
   *
   * @param changes Of its requests and answers; those of levels are made for the whole backend, in another place.
   */
  open(address: UpstreamAddress, levels: readonly BackendPolicySpecs[], changes?: TransformationsSpec): Upstream {
    const policies: BackendPolicySpecs = Object.assign({}, ...levels);
    const handle = this.#endpoints.acquire(this.#endpointSpec(address, policies));
    this.#releases.push(() => handle.release());
    return this.#with(handle, null, address, policies, changes);
  }

  /** The upstream of a host or service, which chooses among its endpoints where there are several or a policy says so. */
  openTarget(
    target: BalanceTarget,
    levels: readonly BackendPolicySpecs[],
    ports: BalancePorts,
    changes?: TransformationsSpec,
  ): Upstream {
    const policies: BackendPolicySpecs = Object.assign({}, ...levels);
    const named: UpstreamAddress =
      target.kind === 'host' ? target.address : { kind: 'tcp', host: target.hostname, port: target.port };
    const specOf = this.#specsOf(target, policies);
    if (!isBalanced(target, policies)) {
      const [only] = fixedEndpoints(target);
      const handle = this.#endpoints.acquire(
        target.kind === 'host' || only === undefined ? this.#endpointSpec(named, policies) : specOf(only.address),
      );
      this.#releases.push(() => handle.release());
      return this.#with(handle, null, named, policies, changes, target.kind === 'service');
    }
    const balancer = compileBalancer(target, policies, this.#settings.dns, specOf, ports);
    this.#releases.push(() => balancer.close());
    return this.#with(balancer, balancer, named, policies, changes, target.kind === 'service');
  }

  #with(
    endpoint: Endpoint,
    balancer: Balancer | null,
    address: UpstreamAddress,
    policies: BackendPolicySpecs,
    changes: TransformationsSpec | undefined,
    keepsHost = false,
  ): Upstream {
    const requestSteps: Upstream['requestSteps'][number][] = [];
    const responseSteps: Upstream['responseSteps'][number][] = [];
    const transform = changes === undefined ? null : this.#helpers.transform(changes, formatAddress(address));
    const { backendAuth } = policies;
    const auth =
      backendAuth === undefined
        ? null
        : compileBackendAuth(backendAuth, hostOf(address), {
            store: this.#credentials,
            expressions: this.#helpers.expressions(),
            tokens: () => this.#helpers.tokens(),
            helper: (target) => this.#helpers.helper(this, target),
          });
    if (auth !== null) this.#releases.push(() => auth.release());
    if (auth !== null && auth.step !== null) requestSteps.push(auth.step);
    const { request = null, response = null } = transform ?? {};
    if (request !== null) requestSteps.push((head, _, scope) => scope !== null && request(head, scope));
    if (policies.requestHeaderModifier !== undefined) {
      requestSteps.push(compileRequestModifier(policies.requestHeaderModifier));
    }
    if (policies.responseHeaderModifier !== undefined) {
      responseSteps.push(compileResponseModifier(policies.responseHeaderModifier));
    }
    if (response !== null) responseSteps.push((head, scope) => scope !== null && response(head, scope));
    return {
      endpoint,
      balancer,
      ...authorityOf(address, policies.backendTLS !== undefined),
      ...(keepsHost ? { namesHost: false } : {}),
      requestSteps,
      signer: auth?.signer ?? null,
      responseSteps,
      transform,
      redirect: policies.requestRedirect === undefined ? null : compileRedirect(policies.requestRedirect),
      requestTimeoutMs: policies.http?.requestTimeoutMs ?? 0,
    };
  }

  /** Where connections to a host or service go as they are: chosen among its endpoints as those of requests are. */
  dialTarget(target: BalanceTarget, levels: readonly BackendPolicySpecs[], ports: BalancePorts): DialTarget {
    const policies: BackendPolicySpecs = Object.assign({}, ...levels);
    const specOf = this.#specsOf(target, policies);
    if (!isBalanced(target, policies)) {
      const [only] = fixedEndpoints(target);
      if (only !== undefined) return fixedTarget(target.name, this.#dialer(specOf(only.address)));
    }
    const members = compileMembers(target, policies, this.#settings.dns, specOf, mostConnections(policies), ports);
    this.#releases.push(() => members.close());
    const { loadBalancing = defaultLoadBalancing, sessionAffinity } = policies;
    return new BalancedTarget(target.name, targetName(target), members, {
      selection: new Selection(loadBalancing),
      affinity: sessionAffinity === undefined ? null : ports.expressions.text(sessionAffinity.source, 'request'),
    });
  }

  /** Opens raw connections to `address` with the policies of `levels` that concern connections. */
  dialer(address: UpstreamAddress, levels: readonly BackendPolicySpecs[]): Dialer {
    return this.#dialer(this.#endpointSpec(address, Object.assign({}, ...levels)));
  }

  /** Gives back everything that was opened. */
  close(): void {
    for (const release of this.#releases.splice(0)) release();
  }

  #dialer(spec: EndpointSpec): Dialer {
    const dialer = this.#endpoints.dialer(spec);
    this.#releases.push(() => dialer.close());
    return dialer;
  }

  /** Everything about the connections to each of a target's endpoints. */
  #specsOf(target: BalanceTarget, policies: BackendPolicySpecs): (address: UpstreamAddress) => EndpointSpec {
    const own = policiesOf(target, policies);
    return (address) => this.#endpointSpec(address, own);
  }

  #endpointSpec(address: UpstreamAddress, policies: BackendPolicySpecs): EndpointSpec {
    const { upstream, dns } = this.#settings;
    const keepalive = policies.tcp?.keepalive ?? upstream.keepalive;
    return {
      address,
      connectTimeoutMs: policies.tcp?.connectTimeoutMs ?? upstream.connectTimeoutMs,
      poolIdleTimeoutMs: upstream.poolIdleTimeoutMs,
      dnsFamily: dns.family,
      ...(upstream.poolMaxSize === undefined ? {} : { poolMaxSize: upstream.poolMaxSize }),
      ...(policies.backendTLS === undefined ? {} : { tls: policies.backendTLS }),
      ...(policies.http?.version === undefined ? {} : { httpVersion: policies.http.version }),
      ...(keepalive === undefined || keepalive === 'off' ? {} : { keepalive }),
      ...(policies.backendTunnel === undefined
        ? {}
        : { proxy: proxySpec(policies.backendTunnel, upstream.connectTimeoutMs) }),
    };
  }
}

/** The policies of the connections to each endpoint: their certificates carry the name of the whole. */
function policiesOf(target: BalanceTarget, policies: BackendPolicySpecs): BackendPolicySpecs {
  const { backendTLS, http } = policies;
  const hostname = target.kind === 'service' ? target.hostname : hostOf(target.address);
  const version = target.kind === 'service' ? (http?.version ?? target.httpVersion) : http?.version;
  return {
    ...policies,
    ...(backendTLS === undefined || hostname === ''
      ? {}
      : { backendTLS: { ...backendTLS, hostname: backendTLS.hostname ?? hostname } }),
    ...(version === undefined ? {} : { http: { ...http, version } }),
  };
}

/** A connection that is passed on is one in flight as well. */
function mostConnections({ limits }: BackendPolicySpecs): number | undefined {
  const both = [limits?.connections, limits?.inFlight].filter((most) => most !== undefined);
  return both.length === 0 ? undefined : Math.min(...both);
}

/** The host's name or address; '' for a Unix socket. */
function hostOf(address: UpstreamAddress): string {
  return address.kind === 'unix' ? '' : address.host;
}

function authorityOf(address: UpstreamAddress, tls: boolean): Pick<Upstream, 'authority' | 'namesHost'> {
  if (address.kind === 'unix') return { authority: 'localhost', namesHost: false };
  const bare = address.port === (tls ? 443 : 80);
  const host = bracketed(address.host);
  return { authority: bare ? host : formatAddress(address), namesHost: isIP(address.host) === 0 };
}
