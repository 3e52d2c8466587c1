import type { HeaderMap } from '../../../net/grpc/envoy/core.ts';
import type { BodyMutation, HeaderMutation, ImmediateResponse } from '../../../net/grpc/envoy/ext-proc.ts';
import { isGrpc } from '../../../net/http/grpc.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import { mayTrail } from '../../../net/http/fields.ts';
import type { RequestHead, ResponseHead } from '../../../net/http/message.ts';
import { changeFields, finalStatus, requestPseudo, responsePseudo } from '../../envoy/field-changes.ts';
import { grpcStatusFields } from '../../grpc/status.ts';
import type { LocalReply } from '../policy.ts';

/** The head of a request as the service sees it: pseudo-headers first. */
export function requestFields(head: RequestHead): HeaderMap {
  return fieldMap(
    [
      [':method', head.method],
      [':scheme', head.scheme],
      [':authority', head.authority],
      [':path', head.path + head.query],
    ],
    head.headers,
    head.bodyLength,
  );
}

/** The head of a response as the service sees it. */
export function responseFields(head: ResponseHead): HeaderMap {
  return fieldMap([[':status', String(head.status)]], head.headers, head.bodyLength);
}

/** Trailers as the service sees them. */
export function trailerFields(trailers: HeaderList): HeaderMap {
  return fieldMap([], trailers, 0);
}

function fieldMap(pseudo: readonly [string, string][], fields: HeaderList, length: number): HeaderMap {
  const headers = pseudo.map(([key, rawValue]) => ({ key, rawValue }));
  const { flat } = fields;
  for (let i = 0; i < flat.length; i += 2) headers.push({ key: flat[i] as string, rawValue: flat[i + 1] as string });
  if (length > 0) headers.push({ key: 'content-length', rawValue: String(length) });
  return { headers };
}

/** Changes a request; what it is for and how it is framed stay, but for its path. */
export function changeRequest(head: RequestHead, mutation: HeaderMutation | undefined): void {
  if (mutation !== undefined) changeFields(head.headers, changesOf(mutation), requestPseudo(head, false));
}

export function changeResponse(head: ResponseHead, mutation: HeaderMutation | undefined): void {
  if (mutation !== undefined) changeFields(head.headers, changesOf(mutation), responsePseudo(head));
}

/** Fields that must not trail are left out. */
export function changeTrailers(trailers: HeaderList, mutation: HeaderMutation | undefined): void {
  if (mutation === undefined) return;
  const { setHeaders = [] } = mutation;
  const set = setHeaders.filter(({ header }) => mayTrail((header?.key ?? '').toLowerCase()));
  changeFields(trailers, { ...changesOf(mutation), set }, null);
}

function changesOf({ setHeaders = [], removeHeaders = [] }: HeaderMutation): Parameters<typeof changeFields>[1] {
  return { set: setHeaders, remove: removeHeaders };
}

/** The bytes that replace those that the service was shown; `before` where it changes nothing. */
export function changedBytes(before: Buffer, mutation: BodyMutation | undefined): Buffer {
  if (mutation === undefined) return before;
  const { body, clearBody, streamedResponse } = mutation;
  if (clearBody === true) return Buffer.alloc(0);
  const bytes = body ?? streamedResponse?.body;
  if (bytes !== undefined) return asBuffer(bytes);
  return streamedResponse === undefined ? before : Buffer.alloc(0);
}

/** The same bytes. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The answer that a service wants the client to get; for clients of gRPC with its status. */
export function immediateReply(request: RequestHead, immediate: ImmediateResponse): LocalReply {
  const { status, headers, body, grpcStatus } = immediate;
  if (grpcStatus !== undefined && isGrpc(request.headers)) {
    const text = body === undefined ? '' : asBuffer(body).toString('utf8');
    const fields = new HeaderList([
      'content-type',
      'application/grpc',
      ...grpcStatusFields(grpcStatus.status ?? 0, text).flat,
    ]);
    changeFields(fields, changesOf(headers ?? {}), null);
    return { status: 200, headers: fields, body: '' };
  }
  const fields = new HeaderList(body === undefined ? [] : ['content-type', 'text/plain']);
  changeFields(fields, changesOf(headers ?? {}), null);
  return { status: finalStatus(status?.code) ?? 200, headers: fields, body: body ?? '' };
}
