import { isIPv4 } from 'node:net';
import type { Bind, FrontendSettings, Listener } from '../../model/bind.ts';
import type { ProcessSettings } from '../../model/process.ts';
import type { PolicySpecs } from '../../model/policy.ts';
import type { Route } from '../../model/route.ts';
import type { TcpRoute } from '../../model/tcp-route.ts';
import { parseListenAddress } from './address.ts';
import { report, warn, type Context, type Path } from './context.ts';
import { gatewayPhaseLevels, processGateway, type ListenerIdentity, type Targets } from './targets.ts';

/** A listener while its routes are gathered. */
export interface ListenerDraft {
  readonly path: Path;
  readonly key: string;
  readonly identity: ListenerIdentity;
  readonly hostname?: string;
  readonly tls?: Listener['tls'];
  readonly protocol: Listener['protocol'];
  /** Policies that run before a route is looked for: of its gateway, and its own. */
  readonly early: { readonly gateway: PolicySpecs; readonly listener: PolicySpecs };
  readonly routes: Route[];
  readonly tcpRoutes: TcpRoute[];
}

/** A bind while its listeners are gathered. */
export interface BindDraft {
  readonly path: Path;
  readonly key: string;
  readonly port: number;
  readonly addresses: readonly string[];
  readonly mode: Bind['mode'];
  readonly allowedHosts?: 'loopback';
  /** Every connection begins with a PROXY header, whatever the policies of all binds say. */
  readonly proxied?: true;
  /** Clients open tunnels to it. */
  readonly tunnelled?: true;
  readonly listeners: ListenerDraft[];
}

/** Key of a bind: its port, and its addresses where it does not listen on all. */
export function bindKey(port: number, addresses: readonly string[]): string {
  return addresses.length === 0 ? `bind/${port}` : `bind/${port}/${addresses.join(',')}`;
}

/** Adds a bind; one at the same place is joined when both come from `gateways`. */
export function addBind(context: Context, binds: BindDraft[], draft: BindDraft, join: boolean): BindDraft {
  const clash = binds.find((other) => overlaps(other, draft));
  if (clash === undefined) {
    binds.push(draft);
    return draft;
  }
  if (!join || clash.key !== draft.key || clash.path[0] !== 'gateways') {
    report(context, draft.path, `port ${draft.port} is already taken by ${describe(clash.path)}`);
    return draft;
  }
  if (clash.allowedHosts !== draft.allowedHosts) {
    report(
      context,
      draft.path,
      `port ${draft.port} is shared with ${describe(clash.path)}, whose allowedHosts differs`,
    );
  }
  return clash;
}

/** What the first bytes of a connection are; one port has one of these. */
const spoken: Readonly<Record<Listener['protocol'], string>> = {
  HTTP: 'plain HTTP',
  TCP: 'raw TCP',
  HTTPS: 'TLS',
  TLS: 'TLS',
};

/** Whether a listener has routes of requests, not of connections. */
export function isHttp(protocol: Listener['protocol']): boolean {
  return protocol === 'HTTP' || protocol === 'HTTPS';
}

/** Reports what cannot be together on one bind. */
export function checkBind(context: Context, bind: BindDraft): void {
  const seen = new Map<string, ListenerDraft>();
  const [first] = bind.listeners;
  if (
    bind.allowedHosts !== undefined &&
    first !== undefined &&
    !bind.listeners.some(({ protocol }) => isHttp(protocol))
  ) {
    report(context, bind.path, `allowedHosts looks at fields of HTTP, which is not spoken here: ${first.protocol} is`);
  }
  for (const listener of bind.listeners) {
    if (first !== undefined && spoken[first.protocol] !== spoken[listener.protocol]) {
      report(
        context,
        listener.path,
        `port ${bind.port} cannot speak both ${spoken[first.protocol]} and ${spoken[listener.protocol]}; ${describe(first.path)} speaks ${first.protocol}, so this needs another port`,
      );
    }
    const hostname = listener.hostname ?? '*';
    const other = seen.get(hostname);
    if (other === undefined) seen.set(hostname, listener);
    else {
      const what = hostname === '*' ? 'every host name' : hostname;
      report(context, listener.path, `${describe(other.path)} already serves ${what} on port ${bind.port}`);
    }
  }
}

/** Reports binds that stand where the process itself listens. */
export function checkProcessPorts(context: Context, binds: readonly BindDraft[], process: ProcessSettings): void {
  const own = [
    { name: 'the admin API', field: 'adminAddr', text: process.adminAddress },
    { name: 'the metrics', field: 'statsAddr', text: process.statsAddress },
    { name: 'the readiness check', field: 'readinessAddr', text: process.readinessAddress },
  ];
  for (const [index, entry] of own.entries()) {
    const address = parseListenAddress(entry.text);
    if (address === undefined || address.port === 0) continue;
    const place = { port: address.port, addresses: addressesOf(address.host), mode: 'standard' } as const;
    for (const bind of binds) {
      if (overlaps(bind, place))
        report(context, bind.path, `port ${bind.port} is taken by ${entry.name} (${entry.text})`);
    }
    for (const other of own.slice(0, index)) {
      const before = parseListenAddress(other.text);
      if (before === undefined) continue;
      const there = { port: before.port, addresses: addressesOf(before.host), mode: 'standard' } as const;
      if (overlaps(there, place)) {
        report(context, ['config', entry.field], `port ${address.port} is taken by ${other.name} (${other.text})`);
      }
    }
  }
}

function addressesOf(host: string): readonly string[] {
  if (host === '' || host === '0.0.0.0' || host === '::') return [];
  return host === 'localhost' ? ['127.0.0.1', '::1'] : [host];
}

type Place = Pick<BindDraft, 'port' | 'addresses' | 'mode'>;

function overlaps(a: Place, b: Place): boolean {
  if (a.mode !== b.mode || a.port !== b.port) return false;
  // Port 0 is another one each time; without a socket there is one place for all.
  if (a.port === 0 && a.mode === 'standard') return false;
  return (
    a.addresses.length === 0 ||
    b.addresses.length === 0 ||
    a.addresses.some((one) => b.addresses.some((two) => same(one, two)))
  );
}

function same(a: string, b: string): boolean {
  if (a === b || a === '::' || b === '::') return true;
  return (a === '0.0.0.0' && isIPv4(b)) || (b === '0.0.0.0' && isIPv4(a));
}

function describe(path: Path): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${part}`))
    .join('');
}

/** The finished bind. */
export function finishBind(context: Context, draft: BindDraft, frontend: FrontendSettings, targets: Targets): Bind {
  return {
    key: draft.key,
    port: draft.port,
    addresses: draft.addresses,
    mode: draft.mode,
    ...(draft.allowedHosts === undefined ? {} : { allowedHosts: draft.allowedHosts }),
    frontend: {
      ...(draft.proxied === true ? { proxyProtocol: { version: 'v2', mode: 'strict' } } : {}),
      ...frontend,
      ...(draft.tunnelled === true ? { connectMode: 'tunnel' } : {}),
    },
    listeners: draft.listeners.map((listener) => ({
      key: listener.key,
      name: listener.identity.name,
      gateway: processGateway,
      ...(listener.hostname === undefined ? {} : { hostname: listener.hostname }),
      protocol: listener.protocol,
      ...(listener.tls === undefined ? {} : { tls: listener.tls }),
      ...gatewayPolicies(context, listener, targets),
      routes: listener.routes,
      ...(isHttp(listener.protocol) ? {} : { tcpRoutes: listener.tcpRoutes }),
    })),
  };
}

function gatewayPolicies(
  context: Context,
  { path, identity, early, protocol }: ListenerDraft,
  targets: Targets,
): Pick<Listener, 'gatewayPolicies'> {
  const levels = gatewayPhaseLevels(targets, identity, early);
  if (levels.length === 0 || !isHttp(protocol)) return {};
  if (levels.filter(({ authorization }) => authorization !== undefined).length > 1) {
    warn(
      context,
      path,
      'before a route is looked for the most specific authorization stands alone: rules of a gateway do not hold where its listener has some; repeat them there, or attach them to the gateway with phase route',
    );
  }
  return { gatewayPolicies: levels };
}

/** A listener's host name as the model has it: lower case, absent for any. */
export function listenerHostname(config: string | undefined): { hostname?: string } {
  return config === undefined || config === '*' || config === '' ? {} : { hostname: config.toLowerCase() };
}
