/** The header fields that repeat parts of a request's body, so that intermediaries can route by them. */
import type { HeaderList } from '../../../net/http/headers.ts';
import { locate, type Span } from '../json-text.ts';
import type { Message } from '../jsonrpc.ts';
import { modernRevision } from '../versions.ts';
import { headerMismatch } from './errors.ts';
import { decodeFieldValue, encodeFieldValue } from './header-value.ts';

/** Which param `Mcp-Name` repeats, by method. */
const nameParams: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
]);

/**
 * Checks the fields of a request against its body (transports, server validation).
 * @param version The version that the body claims.
 * @throws ModernError `-32020`
 */
export function checkVersionField(headers: HeaderList, version: string): void {
  const field = headers.get('mcp-protocol-version')?.trim();
  if (field === undefined) throw headerMismatch('the MCP-Protocol-Version header is missing');
  if (field !== version) throw headerMismatch('MCP-Protocol-Version is not the version that the body names');
}

/** The same for `Mcp-Method` and `Mcp-Name`. */
export function checkNameFields(headers: HeaderList, message: Message): void {
  const method = headers.get('mcp-method')?.trim();
  if (method === undefined) throw headerMismatch('the Mcp-Method header is missing');
  if (method !== message.method) throw headerMismatch('Mcp-Method is not the method of the body');
  const param = nameParams.get(message.method);
  const value = param === undefined ? undefined : message.params?.[param];
  if (typeof value !== 'string') return;
  const name = headers.get('mcp-name');
  // Clients must name a task there, too (SEP-2663), but that of fastmcp does not, and nothing here is routed by it.
  if (name === undefined && param === 'taskId') return;
  if (name === undefined) throw headerMismatch('the Mcp-Name header is missing');
  const decoded = decodeFieldValue(name);
  if (decoded === null) throw headerMismatch('Mcp-Name is not valid base64');
  if (decoded !== value) throw headerMismatch(`Mcp-Name is not params.${param ?? ''} of the body`);
}

/** The fields of a request that we send, as a flat list of names and values. `params` is text, maybe ''. */
export function requestFields(method: string, params: string): string[] {
  const fields = ['mcp-protocol-version', modernRevision, 'mcp-method', method];
  const param = nameParams.get(method);
  if (param === undefined || params === '') return fields;
  const spans: Span[] = [];
  locate(params, 0, [param], spans);
  const span = spans.at(-1);
  const value: unknown = span === undefined ? undefined : JSON.parse(params.slice(span.start, span.end));
  if (typeof value === 'string') fields.push('mcp-name', encodeFieldValue(value));
  return fields;
}
