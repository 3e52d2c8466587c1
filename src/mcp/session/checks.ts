/** What an HTTP request must be before its messages are looked at (2025-11-25, transports). */
import { isUtf8 } from 'node:buffer';
import type { McpHttpRequest } from '../http.ts';
import { GatewayError } from '../../base/errors.ts';
import type { McpLimits } from '../../model/mcp.ts';
import type { McpRecord } from '../record.ts';
import { isDeeperThan } from '../wire/depth.ts';
import { codes, parseMessages, RpcError, type Message } from '../wire/jsonrpc.ts';
import { handshakeRevisions, isKnownRevision } from '../wire/versions.ts';
import { refuse } from './session.ts';

/** 406 unless the client takes what we may answer: events, and for POST also JSON. */
export function checkAccept(http: McpHttpRequest): boolean {
  if (http.method === 'DELETE') return true;
  const accept = http.headers.combined('accept') ?? '';
  const events = accepts(accept, 'text/event-stream');
  if (http.method === 'GET' ? events : events && accepts(accept, 'application/json')) return true;
  const wanted = http.method === 'GET' ? 'text/event-stream' : 'application/json and text/event-stream';
  refuse(http, 406, `Not Acceptable: the client must accept ${wanted}`);
  return false;
}

/** 415 unless the body is JSON. */
export function checkContentType(http: McpHttpRequest): boolean {
  const value = http.headers.get('content-type') ?? '';
  if (value.split(';', 1)[0]?.trim().toLowerCase() === 'application/json') return true;
  refuse(http, 415, 'Unsupported Media Type: the content type must be application/json');
  return false;
}

/** 400 for a protocol version that we do not speak. */
export function checkRevision(http: McpHttpRequest): boolean {
  const revision = http.headers.get('mcp-protocol-version');
  if (revision === undefined || isKnownRevision(revision)) return true;
  const known = handshakeRevisions.join(', ');
  refuse(http, 400, `Bad Request: unsupported protocol version (supported versions: ${known})`);
  return false;
}

/** The messages of a POST, or null after a 400. */
export async function readMessages(
  http: McpHttpRequest,
  limits: McpLimits,
  record: McpRecord,
): Promise<Message | Message[] | null> {
  let body: Buffer;
  try {
    body = await http.readBody(limits.maxMessageBytes);
  } catch (error) {
    if (error instanceof GatewayError && error.reason === 'bodyTooLarge') record.limit = 'message_size';
    throw error;
  }
  if (body.length > limits.maxMessageBytes) {
    record.limit = 'message_size';
    refuse(http, 413, `Content Too Large: a message may have ${limits.maxMessageBytes} bytes`, codes.invalidRequest);
    return null;
  }
  try {
    if (isDeeperThan(body, limits.maxDepth)) {
      record.limit = 'message_depth';
      throw new RpcError(codes.invalidRequest, `Invalid Request: deeper than ${limits.maxDepth} levels`);
    }
    if (!isUtf8(body)) throw new RpcError(-32700, 'Parse error: the body is not UTF-8');
    return parseMessages(body.toString('utf8'));
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    refuse(http, 400, error.message, error.code);
    return null;
  }
}

/** Whether an Accept value (RFC 9110 §12.5.1) takes `type`. */
export function accepts(accept: string, type: string): boolean {
  if (accept.includes(type) && !accept.includes('q=')) return true;
  const family = `${type.slice(0, type.indexOf('/'))}/*`;
  return accept.split(',').some((part) => {
    const [range = '', ...params] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const refused = params.some((param) => /^q=0(?:\.0*)?$/.test(param));
    return !refused && (range === type || range === family || range === '*/*');
  });
}
