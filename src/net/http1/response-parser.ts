import { ResponseHead, UNKNOWN_LENGTH } from '../http/message.ts';
import { malformed, type HeadLimits } from '../http/head-error.ts';
import { HeadParser, headTooLarge } from './head-parser.ts';

const CR = 13;

/** How the body of a response ends (RFC 9112 §6.3). */
export type ResponseFraming = 'none' | 'length' | 'chunked' | 'close';

/** Reads response heads (RFC 9112 §4) for all upstream connections of a worker. */
export class ResponseParser {
  /** Offset after the head just parsed. */
  end = 0;
  framing: ResponseFraming = 'none';
  /** The connection cannot be used after this response. */
  close = false;
  readonly #fields = new HeadParser();

  /**
   * The head that starts at `from`, or null when more bytes are needed. `method` is the request's: HEAD and CONNECT
   * change the framing. Throws a `GatewayError` whose message names the fault; the caller makes it the upstream's.
   */
  parse(bytes: Buffer, from: number, method: string, limits: HeadLimits, preserveCase: boolean): ResponseHead | null {
    const status = scanStatusLine(bytes, from);
    const fields = this.#fields;
    let end = -1;
    if (status >= 0) {
      let lineEnd = from + 12;
      while (lineEnd < bytes.length && bytes[lineEnd] !== CR) {
        const byte = bytes[lineEnd] as number;
        if ((byte < 0x20 && byte !== 9) || byte === 0x7f) throw malformed('an invalid status line');
        lineEnd += 1;
      }
      end = fields.scan(bytes, from, lineEnd, limits);
    }
    if (end < 0) {
      if (bytes.length - from > limits.maxHeadSize) throw headTooLarge(limits);
      return null;
    }
    fields.read(false, preserveCase);
    this.end = end;
    const http10 = bytes[from + 7] === 48;
    if (http10 && fields.bodyLength === UNKNOWN_LENGTH) throw malformed('Transfer-Encoding in HTTP/1.0');
    this.close = fields.close || (http10 && !fields.keepAlive);
    if (status === 101 && fields.upgrade !== '') fields.headers.append('upgrade', fields.upgrade);
    return this.#frame(fields, status, method);
  }

  #frame(fields: HeadParser, status: number, method: string): ResponseHead {
    const known = fields.hasLength ? fields.bodyLength : UNKNOWN_LENGTH;
    const tunnel = method === 'CONNECT' && status >= 200 && status < 300;
    if (method === 'HEAD' || status < 200 || status === 204 || status === 304 || tunnel) this.framing = 'none';
    else if (fields.bodyLength === UNKNOWN_LENGTH) this.framing = 'chunked';
    else if (fields.hasLength) this.framing = 'length';
    else {
      this.framing = 'close';
      this.close = true;
    }
    return new ResponseHead(status, fields.headers, known);
  }
}

/** The status of the line at `from`, or -1 when more bytes are needed. `HTTP/1.x NNN` then SP, or CR without a reason. */
function scanStatusLine(bytes: Buffer, from: number): number {
  const pattern = 'HTTP/1.';
  const available = bytes.length - from;
  for (let i = 0; i < 7 && i < available; i += 1) {
    if (bytes[from + i] !== pattern.charCodeAt(i)) throw malformed('an answer that is not HTTP/1');
  }
  if (available < 13) return -1;
  const minor = bytes[from + 7];
  if ((minor !== 48 && minor !== 49) || bytes[from + 8] !== 32) throw malformed('an answer that is not HTTP/1');
  let status = 0;
  for (let i = 9; i < 12; i += 1) {
    const digit = (bytes[from + i] as number) - 48;
    if (digit < 0 || digit > 9) throw malformed('an invalid status');
    status = status * 10 + digit;
  }
  const after = bytes[from + 12];
  if (status < 100 || (after !== 32 && after !== CR)) throw malformed('an invalid status');
  return status;
}
