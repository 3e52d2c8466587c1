/** MCP by plain HTTP requests, with every header field in the hands of the test. */
import { send, type Reply } from '../../testkit/client.ts';

/** Fields of every POST. */
export const postFields: Readonly<Record<string, string>> = {
  accept: 'application/json, text/event-stream',
  'content-type': 'application/json',
};

/** What was answered. */
export interface Answer extends Reply {
  /** The JSON-RPC message, or undefined when the body is none. */
  readonly message:
    | { readonly id?: unknown; readonly result?: Record<string, unknown>; readonly error?: RpcError }
    | undefined;
}

interface RpcError {
  readonly code: number;
  readonly message: string;
}

/** A client without a session: POSTs a body with further fields; undefined takes one away. */
export async function post(
  port: number,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string | undefined>> = {},
): Promise<Answer> {
  const own = Object.entries({ ...postFields, ...headers }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const reply = await send(port, { method: 'POST', path, headers: Object.fromEntries(own), body: text });
  const json = reply.text.startsWith('{') ? reply.text : /^data: (\{.*)$/m.exec(reply.text)?.[1];
  return { ...reply, message: json === undefined ? undefined : (JSON.parse(json) as Answer['message']) };
}

/** A JSON-RPC request. */
export function rpc(method: string, params: object = {}, id = 1): object {
  return { jsonrpc: '2.0', id, method, params };
}

/** Opens a session; its id. */
export async function openSession(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } };
  const { headers: answered, text } = await post(port, path, rpc('initialize', params), headers);
  const id = answered['mcp-session-id'];
  if (typeof id !== 'string') throw new Error(text);
  const session = { ...headers, 'mcp-session-id': id };
  await post(port, path, { jsonrpc: '2.0', method: 'notifications/initialized' }, session);
  return id;
}

/** A request of 2026-07-28. */
export function modern(
  port: number,
  path: string,
  method: string,
  params: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string | undefined>> = {},
): Promise<Answer> {
  const name = params['name'] ?? params['uri'];
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  return post(port, path, rpc(method, { ...params, _meta }), {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
    ...headers,
  });
}
