import { toGatewayError } from '../../base/errors.ts';
import { HeaderList } from '../../net/http/headers.ts';
import { Federation } from '../federation/federation.ts';
import { handleRequest } from '../federation/methods.ts';
import type { Caller, ClientPort } from '../federation/caller.ts';
import type { Scopes } from '../federation/scopes/scopes.ts';
import type { McpHttpRequest } from '../http.ts';
import type { McpRecord } from '../record.ts';
import { codes, notificationText, RpcError, type Message } from '../wire/jsonrpc.ts';
import { isKnownMethod } from '../wire/2025-11-25/methods.ts';
import { isKnownRevision, negotiate } from '../wire/versions.ts';
import { PostChannel, type StreamOwner } from './channel.ts';
import { ClientRequest } from './client-request.ts';
import { ClientStream } from './client-stream.ts';

/**
 * Handles a POST without a session: targets are greeted for this request only, and only those that it needs. Servers
 * learn of no client capabilities, because their requests would find no way back.
 */
export function handleStateless(scopes: Scopes, input: Message, http: McpHttpRequest, record: McpRecord): void {
  record.methodName = isKnownMethod(input.method) ? input.method : 'unknown';
  if (input.kind !== 'request') {
    http.reply(202, new HeaderList(), '');
    return;
  }
  const settings = scopes.of(scopes.forwarding.key(http.headers));
  const federation = new Federation(settings, noReturn(revisionOf(http), http.principal), {});
  federation.carry(http.headers);
  const channel = new PostChannel(http, plainStreams, 1, false);
  const caller = new ClientRequest(input, record, channel, () => federation.close());
  run(federation, caller).catch((error: unknown) => {
    settings.log.error('mcp: a request failed', { method: input.method, error: String(error) });
    caller.refuse(codes.internalError, toGatewayError(error).message);
  });
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
    caller.refuse(error.code, error.message);
  }
}

/** Notifications that belong to the request go with its answer; the rest has no receiver. */
function noReturn(revision: string, principal: string): ClientPort {
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
  return isKnownRevision(named) ? named : '2025-03-26';
}

const plainStreams: StreamOwner = {
  primes: false,
  newStream: () => new ClientStream(1, null),
  release: () => undefined,
};
