import { toGatewayError } from '../../base/errors.ts';
import { HeaderList } from '../../net/http/headers.ts';
import { Federation } from '../federation/federation.ts';
import { handleRequest } from '../federation/methods.ts';
import type { Caller, ClientPort } from '../federation/caller.ts';
import type { Scopes } from '../federation/scopes/scopes.ts';
import type { McpHttpRequest } from '../http.ts';
import { newMcpRecord, type McpRecord } from '../record.ts';
import { codes, notificationText, RpcError, type Message, type RequestId } from '../wire/jsonrpc.ts';
import { isKnownMethod } from '../wire/2025-11-25/methods.ts';
import { batchRevision, isKnownRevision, negotiate } from '../wire/versions.ts';
import { PostChannel, type StreamOwner } from './channel.ts';
import { ClientRequest } from './client-request.ts';
import { ClientStream } from './client-stream.ts';

/**
 * Handles a POST without a session: targets are greeted for it only, and only those that it needs. Servers learn of no
 * client capabilities, because their requests would find no way back.
 *
 * @param waiting Has the response until it ends.
 */
export function handleStateless(
  scopes: Scopes,
  input: Message | readonly Message[],
  http: McpHttpRequest,
  record: McpRecord,
  waiting: Set<PostChannel>,
): void {
  const isBatch = input instanceof Array;
  const messages = isBatch ? input : [input];
  const requests = messages.filter(({ kind }) => kind === 'request');
  if (requests.length === 0) {
    const method = messages[0]?.method ?? '';
    record.methodName = isKnownMethod(method) ? method : 'unknown';
    http.reply(202, new HeaderList(), '');
    return;
  }
  const settings = scopes.of(scopes.forwarding.key(http.headers));
  const federation = new Federation(settings, noReturn(revisionOf(http), http.principal), {});
  federation.carry(http.headers);
  const channel = new PostChannel(http, plainStreams, requests.length, isBatch);
  waiting.add(channel);
  http.onClose(() => waiting.delete(channel));
  const inFlight = new Set<RequestId>();
  let left = requests.length;
  for (const message of requests) {
    const id = message.id ?? '';
    const isSecond = inFlight.has(id);
    const caller = new ClientRequest(message, message === requests[0] ? record : newMcpRecord(), channel, () => {
      if (!isSecond) inFlight.delete(id);
      if (--left === 0) federation.close();
    });
    if (isBatch && message.method === 'initialize') {
      caller.refuse(codes.invalidRequest, 'Invalid Request: initialize is no part of a batch');
    } else if (isSecond) {
      caller.refuse(codes.invalidRequest, 'Invalid Request: the id belongs to a request in flight');
    } else if (inFlight.size >= settings.limits.callsPerSession) {
      caller.record.limit = 'calls_per_session';
      caller.refuse(codes.internalError, 'too many requests in flight');
    } else {
      inFlight.add(id);
      run(federation, caller).catch((error: unknown) => {
        settings.log.error('mcp: a request failed', { method: message.method, error: String(error) });
        caller.refuse(codes.internalError, toGatewayError(error).message);
      });
    }
  }
}

/** True when the client of a POST without a session may send a batch. */
export function takesBatches(http: McpHttpRequest): boolean {
  return revisionOf(http) === batchRevision;
}

async function run(federation: Federation, caller: ClientRequest): Promise<void> {
  const { method, params } = caller.message;
  if (method !== 'initialize') {
    await handleRequest(federation, caller);
    return;
  }
  try {
    caller.answer(await federation.initialize(negotiate(params?.['protocolVersion'])));
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    if (error.limit !== '') caller.record.limit = error.limit;
    caller.refuse(error.code, error.message);
  }
}

/** A client that cannot be reached but with its answers: notifications go with these; the rest has no receiver. */
export function noReturn(revision: string, principal: string): ClientPort {
  return {
    principal,
    revision,
    owner: '',
    sessionless: false,
    separates: false,
    request: () => false,
    notify(method: string, params: string, caller: Caller | null, sure: boolean): void {
      if (sure) caller?.deliver(notificationText(method, params));
    },
  };
}

/** The client's revision; without a word of it the one that did not say (2025-11-25, transports, version header). */
function revisionOf({ headers }: McpHttpRequest): string {
  const named = headers.get('mcp-protocol-version');
  return isKnownRevision(named) ? named : batchRevision;
}

const plainStreams: StreamOwner = {
  primes: false,
  newStream: () => new ClientStream(1, null),
  release: () => undefined,
};
