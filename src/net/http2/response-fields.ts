import { mayTrail } from '../http/fields.ts';
import { HeaderList } from '../http/headers.ts';
import { malformed } from '../http/head-error.ts';
import { ResponseHead, UNKNOWN_LENGTH } from '../http/message.ts';

/** Fields of HTTP/1 connections; nghttp2 refuses most of them, and none may go on. */
const dropped: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The head of an HTTP/2 response (RFC 9113 §8.3.2) from its field lines as name, value, name … in order.
 *
 * @param ended No body follows. @param bodyless The method or status has none: then the length is what was said.
 * @throws GatewayError badRequest that names the fault; the caller makes it the upstream's.
 */
export function readResponseHead(raw: readonly string[], ended: boolean, method: string): ResponseHead {
  const headers = new HeaderList();
  let status = 0;
  let length = UNKNOWN_LENGTH;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    if (name === ':status') status = Number(value);
    else if (name === 'content-length') length = lengthOf(value);
    else if (name.charCodeAt(0) !== 58 && !dropped.has(name)) headers.append(name, value);
  }
  const bodyless = method === 'HEAD' || status === 204 || status === 304;
  return new ResponseHead(status, headers, ended && !bodyless ? 0 : length);
}

/** The fields of a trailer section that may be passed on; null when there are none. */
export function readTrailers(raw: readonly string[]): HeaderList | null {
  const list = new HeaderList();
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (mayTrail(name)) list.append(name, raw[i + 1] as string);
  }
  return list.size === 0 ? null : list;
}

/** Fields as node wants them for trailers and interim responses: several of one name as a list. */
export function fieldObject(fields: HeaderList): Record<string, string | string[]> {
  const object: Record<string, string | string[]> = {};
  for (const [name, value] of fields) {
    const before = object[name];
    object[name] = before === undefined ? value : [before, value].flat();
  }
  return object;
}

function lengthOf(value: string): number {
  if (!/^[0-9]{1,15}$/.test(value)) throw malformed('an invalid Content-Length');
  return Number(value);
}
