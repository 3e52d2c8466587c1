import type { AccessLogSettings, FrontendSettings } from '../../model/bind.ts';
import type { Http2Settings } from '../../model/http2.ts';
import type { RuleSet } from '../schema/common.ts';
import type { FrontendPolicies } from '../schema/frontend.ts';
import type { Logging } from '../schema/process.ts';
import { keepaliveField } from './backend-policies.ts';
import { report, type Context, type Path } from './context.ts';
import { condition, expressionMap } from './expressions.ts';
import { authorizationRules } from './policies/authorization.ts';
import { extAuthz } from './policies/ext-authz.ts';

/** Largest body in bytes that is held where the file does not say (agentgateway §1.5). */
const usualBufferSize = 2_097_152;

/** Largest flow-control window (RFC 9113 §6.9.1), in bytes. */
const MAX_WINDOW = 2 ** 31 - 1;

/** Settings of every bind, with defaults where the file says nothing. */
export function frontendSettings(context: Context, path: Path, config: FrontendPolicies): FrontendSettings {
  const { http, tcp, tls, proxyProtocol, connect } = config;
  const maxBufferSize = http?.maxBufferSize ?? usualBufferSize;
  return {
    maxBufferSize,
    // Images and documents are ordinary in prompts, and the reference's default would refuse them.
    maxLlmBufferSize: maxBufferSize === usualBufferSize ? 33_554_432 : maxBufferSize,
    maxHeadSize: http?.maxHeadSize ?? 65_536,
    maxHeaders: http?.http1MaxHeaders ?? 100,
    maxTargetLength: http?.maxUriLength ?? 16_384,
    headTimeoutMs: http?.headTimeout ?? 10_000,
    bodyTimeoutMs: http?.bodyTimeout ?? 60_000,
    bodyMinRate: http?.bodyMinRate ?? 0,
    sendTimeoutMs: http?.sendTimeout ?? 60_000,
    idleTimeoutMs: http?.http1IdleTimeout ?? 600_000,
    maxConnectionMs: http?.maxConnectionDuration ?? 0,
    headerCase: http?.http1HeaderCase ?? 'lowercase',
    tlsHandshakeTimeoutMs: tls?.handshakeTimeout ?? 15_000,
    alpn: tls?.alpn?.map((bytes) => String.fromCharCode(...bytes)) ?? ['h2', 'http/1.1'],
    http2: http2Settings(http),
    maxConnections: tcp?.maxConnections ?? 0,
    maxConnectionsPerAddress: tcp?.maxConnectionsPerAddress ?? 0,
    tcpIdleTimeoutMs: tcp?.idleTimeout ?? 3_600_000,
    ...(proxyProtocol === undefined
      ? {}
      : { proxyProtocol: { version: proxyProtocol.version, mode: proxyProtocol.mode } }),
    maxRequests: http?.maxRequests ?? 0,
    connectMode: connect?.mode ?? 'deny',
    tunnelIdleTimeoutMs: http?.tunnelIdleTimeout ?? 3_600_000,
    ...(tcp === undefined ? {} : keepaliveField(tcp.keepalives)),
    ...pathField(http),
    underscores: http?.underscores ?? 'keep',
    overload: {
      eventLoopDelayMs: config.overload?.eventLoopDelay ?? 500,
      memory: (config.overload?.memoryPercent ?? 95) / 100,
    },
    ...rulesField(context, [...path, 'networkAuthorization', 'rules'], config.networkAuthorization?.rules),
    ...networkField(context, [...path, 'networkExtAuthz'], config.networkExtAuthz),
    accessLog: accessLog(context, [...path, 'accessLog'], config.accessLog),
  };
}

/** Only what is known of a connection before its first request can stand in its rules. */
function rulesField(
  context: Context,
  path: Path,
  rules: RuleSet['rules'] | undefined,
): Pick<FrontendSettings, 'networkAuthorization'> {
  return rules === undefined ? {} : { networkAuthorization: authorizationRules(context, path, rules, 'connection') };
}

/** Nothing is known of a request yet, so that Envoy's protocol has nothing to say (agentgateway §1.5). */
function networkField(
  context: Context,
  path: Path,
  config: FrontendPolicies['networkExtAuthz'],
): Pick<FrontendSettings, 'networkExtAuthz'> {
  if (config === undefined) return {};
  if (config.protocol.http === undefined) {
    report(context, [...path, 'protocol'], 'only http can ask about connections: write protocol: { http: {} }');
    return {};
  }
  const networkExtAuthz = extAuthz(context, path, config);
  return networkExtAuthz === undefined ? {} : { networkExtAuthz };
}

function pathField(http: FrontendPolicies['http']): Pick<FrontendSettings, 'pathNormalization'> {
  if (http?.pathNormalization === undefined) return {};
  const { mergeSlashes, dotSegments, encodedSlash, backslash } = http.pathNormalization;
  return { pathNormalization: { mergeSlashes, dotSegments, encodedSlash, backslash } };
}

/** The frame size is that of RFC 9113 §6.5.2; windows are larger than its 64 KiB, which a body fills in one round trip. */
function http2Settings(http: FrontendPolicies['http']): Http2Settings {
  return {
    maxConcurrentStreams: http?.http2MaxConcurrentStreams ?? 100,
    streamWindow: Math.min(http?.http2WindowSize ?? 262_144, MAX_WINDOW),
    connectionWindow: Math.min(http?.http2ConnectionWindowSize ?? 1_048_576, MAX_WINDOW),
    maxFrameSize: Math.min(Math.max(http?.http2FrameSize ?? 16_384, 16_384), 16_777_215),
    maxHeaderListSize: http?.http2MaxHeaderSize ?? http?.maxHeadSize ?? 65_536,
    keepaliveIntervalMs: http?.http2KeepaliveInterval ?? 0,
    keepaliveTimeoutMs: http?.http2KeepaliveTimeout ?? 20_000,
  };
}

function accessLog(context: Context, path: Path, config: FrontendPolicies['accessLog']): AccessLogSettings {
  if (config === undefined) return { add: new Map(), remove: [] };
  const { filter, add, remove } = config;
  return {
    ...(filter === undefined ? {} : { filter: condition(context, [...path, 'filter'], filter, 'log') }),
    add: expressionMap(context, [...path, 'add'], add, 'log'),
    remove,
  };
}

/** The access log as `config.logging` describes it. */
export function loggedFields(context: Context, logging: Logging | undefined): AccessLogSettings {
  const path: Path = ['config', 'logging'];
  return {
    ...(logging?.filter === undefined
      ? {}
      : { filter: condition(context, [...path, 'filter'], logging.filter, 'log') }),
    add: expressionMap(context, [...path, 'fields', 'add'], logging?.fields?.add ?? {}, 'log'),
    remove: logging?.fields?.remove ?? [],
  };
}
