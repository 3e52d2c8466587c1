import { GatewayError } from '../../base/errors.ts';
import { RequestHead, UNKNOWN_LENGTH, type HttpVersion } from '../http/message.ts';
import { isAuthority } from '../http/authority.ts';
import { targetClass, tokenClass } from './characters.ts';
import { malformed, type HeadLimits } from '../http/head-error.ts';
import { HeadParser, headTooLarge } from './head-parser.ts';
import { parseTarget } from '../http/request-target.ts';

const CR = 13;
const LF = 10;
const SPACE = 32;

/** An upgrade to HTTP/2 behind our back would carry requests past every rule; RFC 9113 §3.1 retired it. */
const namesH2c = /(?:^|,)[ \t]*h2c?[ \t]*(?:,|$)/i;

/** Reads request heads (RFC 9112 §3) for all connections of a worker. */
export class RequestParser {
  /** Offset after the head just parsed. */
  end = 0;
  /** The request's connection ends with it (RFC 9112 §9.3). */
  close = false;
  readonly #fields = new HeadParser();
  #methodEnd = 0;
  #targetEnd = 0;
  #lastHost = '';

  /**
   * The head that starts at `from`, or null when more bytes are needed; then {@link end} is where the rest begins.
   * Throws a `GatewayError` (badRequest, uriTooLong, headersTooLarge); the connection must then close, since what
   * follows has no known framing.
   */
  parse(
    bytes: Buffer,
    from: number,
    scheme: 'http' | 'https',
    limits: HeadLimits,
    preserveCase: boolean,
  ): RequestHead | null {
    const start = skipEmptyLine(bytes, from);
    const lineEnd = start < 0 ? -1 : this.#scanLine(bytes, start, limits);
    const end = lineEnd < 0 ? -1 : this.#fields.scan(bytes, start, lineEnd, limits);
    if (end < 0) {
      if (bytes.length - from > limits.maxHeadSize) throw headTooLarge(limits);
      return null;
    }
    const fields = this.#fields;
    fields.read(true, preserveCase);
    this.end = end;
    return this.#head(fields, start, scheme);
  }

  #head(fields: HeadParser, start: number, scheme: 'http' | 'https'): RequestHead {
    const { text } = fields;
    const methodEnd = this.#methodEnd - start;
    const targetEnd = this.#targetEnd - start;
    const method = text.slice(0, methodEnd);
    const version = parseVersion(text, targetEnd + 1, fields.startLineEnd);
    const { path, query, authority: named } = parseTarget(method, text.slice(methodEnd + 1, targetEnd));
    const host = this.#checkHost(fields.host, version);
    if (fields.bodyLength !== 0 || fields.hasLength) {
      if (version === 10 && fields.bodyLength === UNKNOWN_LENGTH) throw malformed('Transfer-Encoding in HTTP/1.0');
      if (method === 'CONNECT') throw malformed('CONNECT with a body');
    }
    this.close = fields.close || (version === 10 && !fields.keepAlive);
    const upgrade =
      fields.upgrade !== '' &&
      version === 11 &&
      fields.bodyLength === 0 &&
      fields.connectionUpgrade &&
      !namesH2c.test(fields.upgrade);
    return new RequestHead(
      method,
      scheme,
      named ?? host,
      path,
      query,
      version,
      fields.headers,
      fields.bodyLength,
      fields.expectContinue && version === 11 && fields.bodyLength !== 0,
      upgrade ? fields.upgrade.toLowerCase() : '',
      fields.acceptsTrailers,
    );
  }

  /** Checks the characters of the request line; returns the offset of its CR, or -1. */
  #scanLine(bytes: Buffer, start: number, limits: HeadLimits): number {
    const length = bytes.length;
    let i = start;
    while (i < length && tokenClass[bytes[i] as number] !== 0) i += 1;
    if (i >= length) {
      if (i - start > 64) throw malformed('an invalid method');
      return -1;
    }
    if (bytes[i] !== SPACE || i === start || i - start > 64) throw malformed('an invalid method');
    this.#methodEnd = i;
    i += 1;
    const targetStart = i;
    while (i < length && targetClass[bytes[i] as number] === 1) i += 1;
    if (i - targetStart > limits.maxTargetLength) {
      throw new GatewayError('uriTooLong', `the request target is longer than ${limits.maxTargetLength} bytes`);
    }
    if (i >= length) return -1;
    if (bytes[i] !== SPACE || i === targetStart) throw malformed('an invalid request target');
    this.#targetEnd = i;
    i += 1;
    while (i < length && bytes[i] !== CR) {
      if (bytes[i] === LF || i - this.#targetEnd > 9) throw malformed('an invalid HTTP version');
      i += 1;
    }
    return i < length ? i : -1;
  }

  #checkHost(host: string | null, version: HttpVersion): string {
    if (host === null) {
      if (version === 11) throw malformed('no Host');
      return '';
    }
    // Most connections name one host; a shared string also lets the head's memory go.
    if (host === this.#lastHost) return this.#lastHost;
    if (!isAuthority(host)) throw malformed('an invalid Host');
    return (this.#lastHost = host);
  }
}

/** RFC 9112 §2.2: an empty line before the request line is ignored. Returns -1 when more bytes are needed. */
function skipEmptyLine(bytes: Buffer, from: number): number {
  if (from >= bytes.length) return -1;
  if (bytes[from] !== CR) return from;
  if (from + 1 >= bytes.length) return -1;
  if (bytes[from + 1] !== LF) throw malformed('a line ends with CR without LF');
  return from + 2 < bytes.length ? from + 2 : -1;
}

function parseVersion(text: string, start: number, end: number): HttpVersion {
  if (end - start === 8 && text.startsWith('HTTP/1.', start)) {
    const minor = text.charCodeAt(end - 1);
    if (minor === 49) return 11;
    if (minor === 48) return 10;
  }
  throw malformed('an HTTP version other than 1.1 and 1.0');
}
