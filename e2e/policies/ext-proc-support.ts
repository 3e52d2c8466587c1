import {
  process as processMethod,
  type PartResponse,
  type ProcessingRequest,
  type ProcessingResponse,
} from '../../src/net/grpc/envoy/ext-proc.ts';
import { startGrpcService, type GrpcService, type OnMessage, type ServiceCall } from '../../testkit/grpc-service.ts';
import { startUpstream, type Upstream } from '../../testkit/upstream.ts';

export type Service = GrpcService<ProcessingRequest, ProcessingResponse>;
export type Call = ServiceCall<ProcessingRequest, ProcessingResponse>;

/** Gives each message the reply that says that nothing is changed. */
export function unchanged(message: ProcessingRequest): ProcessingResponse {
  const [kind] = Object.keys(message) as (keyof ProcessingResponse)[];
  return { [kind as string]: {} };
}

export function startService(onMessage: OnMessage<ProcessingRequest, ProcessingResponse>): Promise<Service> {
  return startGrpcService(processMethod, onMessage);
}

/** A service that replies to each message as `reply` says, and ends when the gateway does. */
export function replying(reply: (message: ProcessingRequest, call: Call) => ProcessingResponse): Promise<Service> {
  return startService((call, message) => {
    if (message === null) call.end();
    else call.reply(reply(message, call));
  });
}

export function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}

export function field(part: ProcessingRequest['requestHeaders'], name: string): string | undefined {
  return part?.headers?.headers?.find(({ key }) => key === name)?.rawValue;
}

export function set(...fields: readonly [string, string][]): PartResponse {
  return { response: { headerMutation: { setHeaders: fields.map(([key, value]) => ({ header: { key, value } })) } } };
}

export function body(bytes: string): PartResponse {
  return { response: { bodyMutation: { body: Buffer.from(bytes) } } };
}

export function policy(service: Service | string, more = ''): string {
  const host = typeof service === 'string' ? service : service.host;
  return `{ extProc: { host: "${host}"${more === '' ? '' : `, ${more}`} } }`;
}

export function modes(request: string, response: string, more = ''): string {
  return `processingOptions: { requestBodyMode: ${request}, responseBodyMode: ${response}${more === '' ? '' : `, ${more}`} }`;
}

/** An upstream that says what it got. */
export function echo(): Promise<Upstream> {
  return startUpstream((request, response) => {
    response.setHeader('x-path', request.url);
    response.setHeader('x-from', 'upstream');
    response.end(`got ${request.body.toString()}`);
  });
}

/** Replies to streamed bodies by what `change` makes of all of it, when it is whole. */
export function wholeAtOnce(change: (whole: string) => readonly string[]): Promise<Service> {
  const parts = new Map<Call, string>();
  return startService((call, message) => {
    if (message === null) return call.end();
    const { requestHeaders, responseHeaders, requestBody, responseBody, requestTrailers, responseTrailers } = message;
    if (requestHeaders?.endOfStream === true || responseHeaders?.endOfStream === true)
      return call.reply(unchanged(message));
    if (requestHeaders !== undefined || responseHeaders !== undefined) return undefined;
    const shown = requestBody ?? responseBody;
    parts.set(call, (parts.get(call) ?? '') + text(shown?.body));
    if (shown !== undefined && shown.endOfStream !== true) return undefined;
    const isRequest = (requestBody ?? requestTrailers) !== undefined;
    const say = (head: PartResponse | null, streamed: { body?: Uint8Array; endOfStream?: boolean } | null): void => {
      const part = head ?? { response: { bodyMutation: { streamedResponse: streamed ?? {} } } };
      if (head !== null) call.reply(isRequest ? { requestHeaders: part } : { responseHeaders: part });
      else call.reply(isRequest ? { requestBody: part } : { responseBody: part });
    };
    say(set(['x-whole', 'yes']), null);
    for (const piece of change(parts.get(call) ?? '')) say(null, { body: Buffer.from(piece) });
    parts.delete(call);
    const trailers = requestTrailers ?? responseTrailers;
    if (trailers === undefined) return say(null, { endOfStream: true });
    const headerMutation = { setHeaders: [{ header: { key: 'x-trailer', value: 'changed' } }] };
    return call.reply(isRequest ? { requestTrailers: { headerMutation } } : { responseTrailers: { headerMutation } });
  });
}

/** What says that nothing is changed, in the way of a mode. */
export function duplexed(message: ProcessingRequest, mode: string): ProcessingResponse {
  const { requestBody, responseBody } = message;
  if (mode !== 'fullDuplexStreamed' || (requestBody ?? responseBody) === undefined) return unchanged(message);
  const part: PartResponse = { response: { bodyMutation: { streamedResponse: requestBody ?? responseBody ?? {} } } };
  return requestBody === undefined ? { responseBody: part } : { requestBody: part };
}
