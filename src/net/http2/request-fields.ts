import { randomToken } from '../../base/random.ts';
import { GatewayError } from '../../base/errors.ts';
import { isAuthority } from '../http/authority.ts';
import { HeaderList } from '../http/headers.ts';
import { malformed, type HeadLimits } from '../http/head-error.ts';
import { RequestHead, UNKNOWN_LENGTH } from '../http/message.ts';
import { parseTarget } from '../http/request-target.ts';

/** What RFC 7541 §4.1 counts for each field beside its characters. */
const FIELD_OVERHEAD = 32;

const MAX_METHOD = 64;

/** Visible ASCII without `#`, or nothing, as for CONNECT. */
const isTarget = /^[\x21\x22\x24-\x7e]*$/;

/** Nothing for CONNECT. */
const isWeb = /^(?:https?)?$/i;

/** Pseudo-header fields, and what decides on framing and routing. */
interface Control {
  method: string;
  scheme: string;
  path: string;
  authority: string;
  protocol: string;
  host: string | null;
  length: string;
  cookies: string;
  expect: boolean;
}

/**
 * The head of an HTTP/2 request (RFC 9113 §8.3) from its field lines as name, value, name … in order. nghttp2 has
 * checked names, values and pseudo-header fields; what else two servers could read differently is refused here.
 *
 * @param ended No body follows.
 * @throws GatewayError badRequest, headersTooLarge or uriTooLong; the connection goes on.
 */
export function readRequestHead(
  raw: readonly string[],
  scheme: 'http' | 'https',
  ended: boolean,
  limits: HeadLimits,
): RequestHead {
  const headers = new HeaderList();
  const control = readFields(raw, headers, limits);
  const { method, path, protocol } = control;
  if (path.length > limits.maxTargetLength) {
    throw new GatewayError('uriTooLong', `the request target is longer than ${limits.maxTargetLength} bytes`);
  }
  if (method.length > MAX_METHOD) throw malformed('an invalid method');
  // nghttp2 lets through what HTTP/1.1 could not carry.
  if (!isTarget.test(path)) throw malformed('an invalid request target');
  if (!isWeb.test(control.scheme)) throw malformed('a scheme other than http and https');
  const authority = authorityOf(control);
  const tunnel = method === 'CONNECT' && protocol !== '';
  const target = parseTarget(tunnel ? 'GET' : method, method === 'CONNECT' && !tunnel ? authority : path);
  if (target.authority !== null && method !== 'CONNECT') throw malformed('a :path with a scheme');
  if (tunnel) openHandshake(headers);
  return new RequestHead(
    tunnel ? 'GET' : method,
    scheme,
    authority,
    target.path,
    target.query,
    20,
    headers,
    // What follows CONNECT is no body (RFC 9113 §8.5).
    tunnel || (method === 'CONNECT' && control.length === '') ? 0 : bodyLength(control, ended),
    control.expect && !ended,
    tunnel ? protocol.toLowerCase() : '',
    true,
  );
}

function readFields(raw: readonly string[], headers: HeaderList, limits: HeadLimits): Control {
  const control: Control = {
    method: '',
    scheme: '',
    path: '',
    authority: '',
    protocol: '',
    host: null,
    length: '',
    cookies: '',
    expect: false,
  };
  let size = 0;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    size += name.length + value.length + FIELD_OVERHEAD;
    if (name.charCodeAt(0) === 58) readPseudo(control, name, value);
    else readField(control, headers, name, value);
  }
  if (size > limits.maxHeadSize || headers.size > limits.maxHeaders) {
    throw new GatewayError(
      'headersTooLarge',
      `the head is larger than ${limits.maxHeadSize} bytes or has too many fields`,
    );
  }
  if (control.cookies !== '') headers.append('cookie', control.cookies);
  return control;
}

function readPseudo(control: Control, name: string, value: string): void {
  if (name === ':method') control.method = value;
  else if (name === ':scheme') control.scheme = value;
  else if (name === ':path') control.path = value;
  else if (name === ':authority') control.authority = value;
  else if (name === ':protocol') control.protocol = value;
}

function readField(control: Control, headers: HeaderList, name: string, value: string): void {
  switch (name) {
    case 'host':
      if (control.host !== null && control.host !== value) throw malformed('two Host fields');
      control.host = value;
      break;
    case 'content-length':
      control.length = value;
      break;
    // One field again: only HTTP/2 may split it (RFC 9113 §8.2.3).
    case 'cookie':
      control.cookies = control.cookies === '' ? value : `${control.cookies}; ${value}`;
      break;
    case 'expect':
      if (value.toLowerCase() === '100-continue') control.expect = true;
      break;
    case 'connection':
    case 'keep-alive':
    case 'proxy-connection':
    case 'transfer-encoding':
    case 'upgrade':
      throw malformed('a field that belongs to HTTP/1 connections');
    case 'te':
    case 'trailer':
      break;
    default:
      headers.append(name, value);
  }
}

/** The two places that may name the host must agree (RFC 9113 §8.3.1). */
function authorityOf({ authority, host }: Control): string {
  if (authority !== '' && host !== null && host !== '' && authority !== host) throw malformed(':authority is not Host');
  const named = authority === '' ? (host ?? '') : authority;
  if (!isAuthority(named)) throw malformed('an invalid authority');
  return named;
}

function bodyLength({ length, method }: Control, ended: boolean): number {
  if (ended) return 0;
  if (length === '') return UNKNOWN_LENGTH;
  if (method === 'CONNECT' || !/^[0-9]{1,15}$/.test(length)) throw malformed('an invalid Content-Length');
  return Number(length);
}

/** What the same handshake has over HTTP/1.1 (RFC 8441 §5), where the upstream speaks that. */
function openHandshake(headers: HeaderList): void {
  if (!headers.has('sec-websocket-key')) {
    headers.append('sec-websocket-key', Buffer.from(randomToken(16), 'base64url').toString('base64'));
  }
}
