import type { Bind as BindConfig, Gateway, GatewayListener, GatewayProtocol, Listener } from '../schema/listeners.ts';
import type { FrontendTls } from '../schema/frontend.ts';
import type { ListenerTls } from '../schema/tls.ts';
import { report, reportUnknown, type Context, type Path } from './context.ts';
import { addBind, bindKey, isHttp, listenerHostname, type BindDraft, type ListenerDraft } from './ports.ts';
import { policySpecs } from './route-policies.ts';
import { processGateway } from './targets.ts';
import { listenerTls } from './tls.ts';

/** What the sections that listen share. */
export interface ListenScope {
  readonly frontendTls: FrontendTls | undefined;
  /** Addresses of a bind that names none; empty means all. */
  readonly addresses: readonly string[];
  readonly binds: BindDraft[];
  /** Listeners by `gateway` and `gateway/listener`. */
  readonly gateways: Map<string, ListenerDraft[]>;
}

/** Translates `gateways`. */
export function addGateways(
  context: Context,
  path: Path,
  config: Readonly<Record<string, Gateway>>,
  scope: ListenScope,
): void {
  for (const [name, gateway] of Object.entries(config)) {
    const at: Path = [...path, name];
    if (gateway.port === undefined) {
      report(context, at, 'port is missing');
      continue;
    }
    const addresses = gateway.address ?? scope.addresses;
    const key = bindKey(gateway.port, addresses);
    const bind = addBind(
      context,
      scope.binds,
      {
        path: at,
        key: gateway.port === 0 ? `${key}/${name}` : key,
        port: gateway.port,
        addresses,
        mode: 'standard',
        ...(gateway.allowedHosts === 'loopback' ? { allowedHosts: 'loopback' } : {}),
        listeners: [],
      },
      true,
    );
    addGateway(context, at, name, gateway, bind, scope);
  }
}

function addGateway(
  context: Context,
  path: Path,
  name: string,
  config: Gateway,
  bind: BindDraft,
  scope: ListenScope,
): void {
  const all: ListenerDraft[] = [];
  scope.gateways.set(name, all);
  if (config.listeners.length === 0) {
    const early = { gateway: policySpecs(context, path, config), listener: {} };
    all.push(gatewayListener(context, path, name, name, config, bind.port, scope, early));
  } else {
    const shared = policySpecs(context, path, config);
    for (const [index, listener] of config.listeners.entries()) {
      const reference = `${name}/${listener.name ?? `listener${index}`}`;
      const at: Path = [...path, 'listeners', index];
      if (scope.gateways.has(reference)) {
        report(context, listener.name === undefined ? at : [...at, 'name'], `two listeners have the name ${reference}`);
        continue;
      }
      const fields = withGateway(config, listener);
      const early = { gateway: shared, listener: policySpecs(context, at, listener) };
      const draft = gatewayListener(context, at, name, reference, fields, bind.port, scope, early);
      scope.gateways.set(reference, [draft]);
      all.push(draft);
    }
  }
  bind.listeners.push(...all);
}

/** A listener with what its gateway says for all of its listeners. */
function withGateway(gateway: Gateway, listener: GatewayListener): ListenerFields {
  const protocol = listener.protocol ?? gateway.protocol;
  const tls = listener.tls ?? (protocol === 'HTTP' || protocol === 'TCP' ? undefined : gateway.tls);
  return {
    ...(protocol === undefined ? {} : { protocol }),
    ...(tls === undefined ? {} : { tls }),
    ...(listener.hostname === undefined ? {} : { hostname: listener.hostname }),
  };
}

type ListenerFields = Pick<GatewayListener, 'protocol' | 'tls' | 'hostname'>;

function gatewayListener(
  context: Context,
  path: Path,
  gateway: string,
  reference: string,
  config: ListenerFields,
  port: number,
  scope: ListenScope,
  early: ListenerDraft['early'],
): ListenerDraft {
  const protocol: GatewayProtocol = config.protocol ?? (config.tls === undefined ? 'HTTP' : 'HTTPS');
  return draftListener(context, path, protocol, config, scope, {
    key: `gateway/${reference}`,
    identity: { name: reference, port, gateway },
    early,
  });
}

/** Translates `binds` without their routes; the drafts are in the order of the file. */
export function addBinds(
  context: Context,
  path: Path,
  config: readonly BindConfig[],
  scope: ListenScope,
): readonly { readonly path: Path; readonly config: Listener; readonly draft: ListenerDraft }[] {
  const found: { path: Path; config: Listener; draft: ListenerDraft }[] = [];
  for (const [index, entry] of config.entries()) {
    const at: Path = [...path, index];
    if (entry.port === undefined && entry.mode !== 'internal') {
      report(context, at, 'port is missing: only a bind with mode internal can be without');
      continue;
    }
    const port = entry.port ?? 0;
    const internal = entry.mode === 'internal' && port === 0;
    const addresses = entry.address ?? scope.addresses;
    let key = internal ? 'bind/wildcard' : bindKey(port, addresses);
    if (port === 0 && !internal) key = `${key}/${index}`;
    const bind = addBind(
      context,
      scope.binds,
      {
        path: at,
        key,
        port,
        addresses,
        mode: entry.mode,
        ...(entry.allowedHosts === 'loopback' ? { allowedHosts: 'loopback' } : {}),
        ...(entry.tunnelProtocol === 'proxy' ? { proxied: true } : {}),
        ...(entry.tunnelProtocol === 'connect' ? { tunnelled: true } : {}),
        listeners: [],
      },
      false,
    );
    const names = new Set<string>();
    for (const [place, listener] of entry.listeners.entries()) {
      const here: Path = [...at, 'listeners', place];
      const name = listener.name ?? `listener${place}`;
      if (names.has(name)) report(context, [...here, 'name'], `two listeners of this bind have the name ${name}`);
      names.add(name);
      const draft = bindListener(context, here, listener, name, bind, scope);
      if (draft === undefined) continue;
      bind.listeners.push(draft);
      found.push({ path: here, config: listener, draft });
    }
  }
  return found;
}

function bindListener(
  context: Context,
  path: Path,
  config: Listener,
  name: string,
  bind: BindDraft,
  scope: ListenScope,
): ListenerDraft | undefined {
  const { protocol } = config;
  if (protocol === 'HBONE') return undefined;
  const [needed, other] = isHttp(protocol) ? (['routes', 'tcpRoutes'] as const) : (['tcpRoutes', 'routes'] as const);
  if (config[needed] === undefined) report(context, path, `a listener with protocol ${protocol} needs ${needed}`);
  if (config[other] !== undefined && config[other].length > 0) {
    report(context, [...path, other], `a listener with protocol ${protocol} has ${needed}, not ${other}`);
  }
  if (bind.mode === 'internal' && !isHttp(protocol)) {
    report(context, path, 'a bind with mode internal is reached by requests only, not by connections');
  }
  return draftListener(context, path, protocol, config, scope, {
    key: `${processGateway.namespace}/${processGateway.name}/${bind.key}/${name}`,
    identity: { name, port: bind.port },
    early: { gateway: {}, listener: policySpecs(context, [...path, 'policies'], config.policies) },
  });
}

/** A listener. */
export function draftListener(
  context: Context,
  path: Path,
  protocol: GatewayProtocol,
  config: { readonly tls?: ListenerTls; readonly hostname?: string },
  scope: ListenScope,
  names: Pick<ListenerDraft, 'key' | 'identity' | 'early'>,
): ListenerDraft {
  if ((protocol === 'HTTP' || protocol === 'TCP') && config.tls !== undefined) {
    const secure = protocol === 'HTTP' ? 'HTTPS' : 'TLS';
    report(context, [...path, 'tls'], `protocol ${protocol} cannot have tls; use protocol ${secure}`);
  }
  if (protocol === 'TCP' && listenerHostname(config.hostname).hostname !== undefined) {
    report(context, [...path, 'hostname'], 'protocol TCP cannot have a hostname: clients name a server in TLS only');
  }
  if (protocol === 'HTTPS' && config.tls === undefined) report(context, path, 'protocol HTTPS needs tls');
  const tls =
    (protocol === 'HTTPS' || protocol === 'TLS') && config.tls !== undefined
      ? listenerTls(context, [...path, 'tls'], config.tls, scope.frontendTls)
      : undefined;
  return {
    path,
    ...names,
    ...listenerHostname(config.hostname),
    ...(tls === undefined ? {} : { tls }),
    protocol,
    routes: [],
    tcpRoutes: [],
  };
}

/**
 * The listeners that a section attaches to: those it names, or `default` when it names none and there is one. Undefined
 * when there is nothing to attach to, which is an error only where names were given.
 */
export function attachTo(
  context: Context,
  path: Path,
  names: string | readonly string[],
  scope: ListenScope,
  kind: 'http' | 'tcp' = 'http',
): readonly ListenerDraft[] | undefined {
  const list = typeof names === 'string' ? [names] : names;
  if (list.length === 0) {
    const all = scope.gateways.get('default');
    return all === undefined ? undefined : ofKind(context, path, 'default', all, kind);
  }
  const found = new Set<ListenerDraft>();
  for (const [index, name] of list.entries()) {
    const at: Path = typeof names === 'string' ? path : [...path, index];
    const listeners = scope.gateways.get(name);
    if (listeners === undefined) reportUnknown(context, at, 'gateway', name, scope.gateways.keys());
    else for (const listener of ofKind(context, at, name, listeners, kind)) found.add(listener);
  }
  return [...found];
}

/** The listeners that have such routes; none is an error where there are others. */
function ofKind(
  context: Context,
  path: Path,
  name: string,
  listeners: readonly ListenerDraft[],
  kind: 'http' | 'tcp',
): readonly ListenerDraft[] {
  const fitting = listeners.filter(({ protocol }) => isHttp(protocol) === (kind === 'http'));
  const [other] = listeners;
  if (fitting.length === 0 && other !== undefined) {
    const hint = kind === 'http' ? 'only tcpRoutes can belong to it' : 'tcpRoutes need protocol TCP or TLS';
    report(context, path, `the gateway ${JSON.stringify(name)} speaks ${other.protocol}: ${hint}`);
  }
  return fitting;
}
