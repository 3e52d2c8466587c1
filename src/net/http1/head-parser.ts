import { GatewayError } from '../../base/errors.ts';
import { HeaderList } from '../http/headers.ts';
import { UNKNOWN_LENGTH } from '../http/message.ts';
import { tokenClass, UPPER, valueClass } from './characters.ts';
import { malformed, type HeadLimits } from '../http/head-error.ts';
import { fieldId, knownFields } from './known-fields.ts';
import { latin1Slice } from './latin1.ts';

const CR = 13;
const LF = 10;
const COLON = 58;
/** Connection options besides `close` and `keep-alive`. */
const MAX_OPTIONS = 32;

/** Marks per field line: start and end of the name, start and end of the value, character classes seen in the name. */
const MARKS = 5;

/**
 * Reads the field section that requests and responses share (RFC 9112 §5): one pass over the bytes checks every one of
 * them and notes where names and values are, then one string is cut into pieces. One parser serves all connections of a
 * worker; what it found is valid until the next call.
 */
export class HeadParser {
  /** `content-length`, 0 without one, {@link UNKNOWN_LENGTH} for chunked. */
  bodyLength = 0;
  hasLength = false;
  host: string | null = null;
  upgrade = '';
  close = false;
  keepAlive = false;
  acceptsTrailers = false;
  expectContinue = false;
  /** Field lines without the connection's own, lower case. */
  headers: HeaderList = new HeaderList();
  /** Offset after the start line's last byte, from the head's start. */
  startLineEnd = 0;
  /** The head as a string; offsets in it are from the head's start. */
  text = '';

  #marks: Int32Array = new Int32Array(64 * MARKS);
  #count = 0;
  #options: string[] | null = null;

  /**
   * Looks for a whole head at `from`. Returns the offset after its empty line, or -1 when more bytes are needed.
   * `lineEnd` is the offset of the start line's CR. Throws a `GatewayError`: badRequest or headersTooLarge.
   */
  scan(bytes: Buffer, from: number, lineEnd: number, limits: HeadLimits): number {
    const length = bytes.length;
    const maxFields = limits.maxHeaders;
    let marks = this.#marks;
    let count = 0;
    let i = lineEnd;
    for (;;) {
      // At a line's CR.
      if (i + 1 >= length) return -1;
      if (bytes[i + 1] !== LF) throw malformed('a line ends with CR without LF');
      i += 2;
      if (i >= length) return -1;
      if (bytes[i] === CR) break;
      const nameStart = i;
      let seen = 0;
      let kind = 0;
      while (i < length && (kind = tokenClass[bytes[i] as number] as number) !== 0) {
        seen |= kind;
        i += 1;
      }
      if (i >= length) return -1;
      if (bytes[i] !== COLON || i === nameStart) throw badFieldLine(bytes[i] as number, i === nameStart);
      const nameEnd = i;
      i += 1;
      while (i < length && (bytes[i] === 32 || bytes[i] === 9)) i += 1;
      const valueStart = i;
      while (i < length && valueClass[bytes[i] as number] === 1) i += 1;
      if (i >= length) return -1;
      if (bytes[i] !== CR) throw malformed('a field value has a control character');
      let valueEnd = i;
      while (valueEnd > valueStart && (bytes[valueEnd - 1] === 32 || bytes[valueEnd - 1] === 9)) valueEnd -= 1;
      if (count >= maxFields) throw new GatewayError('headersTooLarge', `more than ${maxFields} fields`);
      const mark = count * MARKS;
      if (mark >= marks.length) marks = this.#growMarks();
      marks[mark] = nameStart - from;
      marks[mark + 1] = nameEnd - from;
      marks[mark + 2] = valueStart - from;
      marks[mark + 3] = valueEnd - from;
      marks[mark + 4] = seen;
      count += 1;
    }
    if (i + 1 >= length) return -1;
    if (bytes[i + 1] !== LF) throw malformed('a line ends with CR without LF');
    if (i + 2 - from > limits.maxHeadSize) throw headTooLarge(limits);
    this.#count = count;
    this.startLineEnd = lineEnd - from;
    this.text = latin1Slice(bytes, from, i);
    return i + 2;
  }

  /**
   * Cuts the scanned head's fields and reads those that concern the connection. With `preserve`, `headers.original`
   * gets the names as written.
   */
  read(request: boolean, preserve: boolean): void {
    this.bodyLength = 0;
    this.hasLength = false;
    this.host = null;
    this.upgrade = '';
    this.close = false;
    this.keepAlive = false;
    this.acceptsTrailers = false;
    this.expectContinue = false;
    this.#options = null;
    const { text } = this;
    const marks = this.#marks;
    const flat: string[] = [];
    const headers = (this.headers = new HeaderList(flat));
    const original = preserve ? (headers.original = new Map()) : null;
    for (let k = 0, mark = 0; k < this.#count; k += 1, mark += MARKS) {
      const raw = text.slice(marks[mark], marks[mark + 1]);
      const value = text.slice(marks[mark + 2], marks[mark + 3]);
      let field = knownFields.get(raw);
      let name = raw;
      if (field !== undefined) {
        name = field.name;
      } else if (((marks[mark + 4] as number) & UPPER) !== 0) {
        name = raw.toLowerCase();
        field = knownFields.get(name);
      }
      original?.set(name, raw);
      if (field === undefined || field.id === fieldId.other) flat.push(name, value);
      else {
        if (field.id <= fieldId.transferEncoding) refuseTab(text, marks[mark + 3] as number);
        if (this.#special(field.id, value, request)) flat.push(name, value);
      }
    }
    const named = this.#options as string[] | null;
    if (named !== null) for (const option of named) headers.delete(option);
  }

  /** Reads a field that concerns the connection; true when it is also for those behind us. */
  #special(id: number, value: string, request: boolean): boolean {
    switch (id) {
      case fieldId.host:
        if (!request) return true;
        if (this.host !== null) throw malformed('more than one Host');
        this.host = value;
        return false;
      case fieldId.contentLength:
        if (this.hasLength) throw malformed('more than one Content-Length');
        if (this.bodyLength === UNKNOWN_LENGTH) throw malformed('Content-Length with Transfer-Encoding');
        this.bodyLength = parseLength(value);
        this.hasLength = true;
        return false;
      case fieldId.transferEncoding:
        if (this.hasLength) throw malformed('Content-Length with Transfer-Encoding');
        if (this.bodyLength === UNKNOWN_LENGTH) throw malformed('more than one Transfer-Encoding');
        if (value !== 'chunked' && value.toLowerCase() !== 'chunked') {
          throw malformed('a Transfer-Encoding other than chunked');
        }
        this.bodyLength = UNKNOWN_LENGTH;
        return false;
      case fieldId.connection:
        this.#connection(value);
        return false;
      case fieldId.upgrade:
        this.upgrade = this.upgrade === '' ? value : `${this.upgrade}, ${value}`;
        return false;
      case fieldId.te:
        if (request && listHas(value, 'trailers')) this.acceptsTrailers = true;
        return false;
      case fieldId.expect:
        if (!request || value.toLowerCase() !== '100-continue') return true;
        this.expectContinue = true;
        return false;
      default:
        return false;
    }
  }

  /** Reads Connection options; those that name other fields make these hop-by-hop (RFC 9110 §7.6.1). */
  #connection(value: string): void {
    if (value === 'keep-alive') {
      this.keepAlive = true;
      return;
    }
    for (const part of value.toLowerCase().split(',')) {
      const option = part.trim();
      if (option === 'close') this.close = true;
      else if (option === 'keep-alive') this.keepAlive = true;
      else if (option !== '') {
        const options = (this.#options ??= []);
        // Each costs a walk over all fields.
        if (options.length === MAX_OPTIONS) throw malformed('too many Connection options');
        options.push(option);
      }
    }
  }

  /** True when a Connection option names `upgrade`; an Upgrade field counts only then (RFC 9110 §7.8). */
  get connectionUpgrade(): boolean {
    return this.#options?.includes('upgrade') === true;
  }

  #growMarks(): Int32Array {
    const grown = new Int32Array(this.#marks.length * 2);
    grown.set(this.#marks);
    return (this.#marks = grown);
  }
}

/** The error of a head that does not end within the limit. */
export function headTooLarge(limits: HeadLimits): GatewayError {
  return new GatewayError('headersTooLarge', `the head is longer than ${limits.maxHeadSize} bytes`);
}

function badFieldLine(byte: number, atStart: boolean): GatewayError {
  if (atStart && (byte === 32 || byte === 9)) return malformed('a folded field line');
  if (byte === 32 || byte === 9) return malformed('a blank before the colon of a field');
  if (byte === LF) return malformed('a line ends with LF without CR');
  return malformed('an invalid field name');
}

/** A tab behind a framing field's value is legal, but parsers disagree on it; `end` is where the value ends. */
function refuseTab(text: string, end: number): void {
  for (let i = end; text.charCodeAt(i) !== CR && i < text.length; i += 1) {
    if (text.charCodeAt(i) === 9) throw malformed('a tab after a framing field');
  }
}

function parseLength(value: string): number {
  if (!/^\d{1,16}$/.test(value)) throw malformed('an invalid Content-Length');
  const length = Number(value);
  if (length > Number.MAX_SAFE_INTEGER) throw malformed('an invalid Content-Length');
  return length;
}

function listHas(list: string, item: string): boolean {
  return list.split(',').some((part) => part.trim().toLowerCase() === item);
}
