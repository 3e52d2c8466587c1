import { uuid } from '../../../base/random.ts';
import { fromMs, type ProtoStruct } from '../../../base/protobuf/well-known.ts';
import type { ExtAuthzGrpcSpec, ExtAuthzSpec } from '../../../model/policies/ext-authz.ts';
import type { GrpcTransport } from '../../../net/grpc/call.ts';
import { callUnary } from '../../../net/grpc/client.ts';
import type { Metadata } from '../../../net/grpc/envoy/core.ts';
import {
  check,
  type CheckRequest,
  type CheckResponse,
  type DeniedHttpResponse,
} from '../../../net/grpc/envoy/ext-authz.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import { versionNames, type RequestHead } from '../../../net/http/message.ts';
import { changeFields, finalStatus } from '../../envoy/field-changes.ts';
import { destinationPeer, sourcePeer } from '../../envoy/peers.ts';
import { fieldText } from '../../envoy/text.ts';
import { isStruct, jsonOf, type Computed, type ComputedValues } from '../../envoy/values.ts';
import type { Exchange } from '../../exchange.ts';
import type { LocalReply } from '../policy.ts';
import { passed, type Decision } from './decision.ts';
import { ServiceFailed, type Check } from './service-check.ts';
import { shownBody, type ShownBody } from './shown-body.ts';

/** Asks over gRPC (envoy.service.auth.v3). */
export function grpcCheck(
  spec: ExtAuthzSpec,
  protocol: ExtAuthzGrpcSpec,
  transport: GrpcTransport,
  timeoutMs: number,
  values: ComputedValues,
): Check {
  const { includeHeaders, body: bodySpec } = spec;
  const metadata =
    protocol.metadata === undefined
      ? null
      : values.all('protocol.grpc.metadata', protocol.metadata, 'request', 'the service is not told this fact');
  const include = includeHeaders.length === 0 ? null : new Set(includeHeaders);
  const requestOf = (x: Exchange, body: ShownBody | null): CheckRequest => ({
    attributes: {
      source: sourcePeer(x.connection),
      destination: destinationPeer(x.connection),
      request: {
        time: fromMs(x.record.startedAt),
        http: {
          id: x.request.headers.get('x-request-id') ?? uuid(),
          method: x.request.method,
          headers: shownFields(x.request, include),
          path: fieldText(x.request.path + x.request.query),
          host: fieldText(x.request.authority),
          scheme: x.request.scheme,
          protocol: versionNames[x.request.version],
          ...bodyFields(body, bodySpec?.asBytes === true),
        },
      },
      contextExtensions: protocol.context,
      metadataContext: metadata === null ? tokenMetadata(x) : computedMetadata(x, metadata),
      ...(x.connection.tls === undefined ? {} : { tlsSession: { sni: x.connection.tls.serverName } }),
    },
  });
  return async (x) => {
    const shown = bodySpec === undefined ? null : await shownBody(x, bodySpec);
    try {
      const reply = await callUnary(transport, check, requestOf(x, shown), { timeoutMs, signal: x.signal });
      return decisionOf(reply);
    } catch (error) {
      throw error instanceof ServiceFailed ? error : new ServiceFailed(error);
    }
  };
}

/** Fields by name, several lines of one joined, with the pseudo-headers; those that are not asked for are left out. */
function shownFields(head: RequestHead, include: ReadonlySet<string> | null): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  const pseudo: readonly [string, string][] = [
    [':method', head.method],
    [':path', head.path + head.query],
    [':authority', head.authority],
    [':scheme', head.scheme],
  ];
  for (const [name, value] of pseudo) if (include === null || include.has(name)) fields.set(name, fieldText(value));
  if (include?.has('host') === true) fields.set('host', fieldText(head.authority));
  if (head.bodyLength > 0 && (include === null || include.has('content-length'))) {
    fields.set('content-length', String(head.bodyLength));
  }
  const { flat } = head.headers;
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string;
    if (include !== null && !include.has(name)) continue;
    const before = fields.get(name);
    const value = fieldText(flat[i + 1] as string);
    fields.set(name, before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ', '}${value}`);
  }
  return fields;
}

function bodyFields(
  body: ShownBody | null,
  asBytes: boolean,
): { readonly size?: number; readonly body?: string; readonly rawBody?: Uint8Array } {
  if (body === null) return {};
  const size = body.partial ? -1 : body.bytes.byteLength;
  return asBytes ? { size, rawBody: body.bytes } : { size, body: body.bytes.toString('utf8') };
}

function computedMetadata(x: Exchange, computed: ReadonlyMap<string, Computed>): Metadata {
  const filterMetadata = new Map<string, ProtoStruct>();
  const attributes = x.attributes();
  for (const [namespace, compute] of computed) {
    const json = jsonOf(compute(attributes));
    if (isStruct(json)) filterMetadata.set(namespace, json);
  }
  return { filterMetadata };
}

/** The claims of a verified token, where Envoy's own policy for tokens puts them. */
function tokenMetadata(x: Exchange): Metadata {
  const { claims } = x.principal ?? {};
  if (x.principal?.kind !== 'jwt' || claims === undefined) return { filterMetadata: new Map() };
  const payload = claims as ProtoStruct;
  return { filterMetadata: new Map([['envoy.filters.http.jwt_authn', { jwt_payload: payload }]]) };
}

/** @throws ServiceFailed where the service says that it could not decide. */
function decisionOf(reply: CheckResponse): Decision {
  const { status, okResponse: ok, deniedResponse: denied, errorResponse: failed } = reply;
  const facts = reply.dynamicMetadata ?? ok?.dynamicMetadata ?? null;
  const base: Decision = {
    ...passed,
    facts: facts === null || Object.keys(facts).length === 0 ? null : facts,
    reusable: true,
  };
  if ((status?.code ?? 0) !== 0) {
    if (failed !== undefined) throw new ServiceFailed('the service reported an error', localReply(failed, 500));
    return { ...base, reply: denied === undefined ? 'forbidden' : localReply(denied, 403) };
  }
  if (ok === undefined) return base;
  const { queryParametersToSet: set = [], queryParametersToRemove: remove = [] } = ok;
  return {
    ...base,
    set: ok.headers ?? [],
    remove: ok.headersToRemove ?? [],
    responseFields: ok.responseHeadersToAdd ?? [],
    query: set.length + remove.length > 0 ? { set, remove } : null,
  };
}

function localReply({ status, headers = [], body = '' }: DeniedHttpResponse, otherwise: number): LocalReply {
  const fields = new HeaderList();
  changeFields(fields, { set: headers }, null);
  if (body !== '' && !fields.has('content-type')) fields.append('content-type', 'text/plain');
  return { status: finalStatus(status?.code) ?? otherwise, headers: fields, body };
}
