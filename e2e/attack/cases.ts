import { readFileSync } from 'node:fs';

/** Text of one code unit per byte; a pair is a text that comes so many times. */
export type Bytes = string | readonly (string | readonly [string, number])[];

/** What a client sends over HTTP/1, and what must come of it. */
export interface Http1Case {
  readonly name: string;
  readonly send: Bytes;
  /** Status codes of all answers, in order; '' when the connection just ends. */
  readonly answers: string;
  /** Method and target of each whole request at the upstream. */
  readonly upstream: readonly string[];
  /** Body of the first of them. */
  readonly body?: string;
  /** Its Host. */
  readonly host?: string;
  /** What the upstream must not see. */
  readonly without?: readonly string[];
}

/** Field lines in order, as name and value. */
export type Fields = readonly (readonly [string, string])[];

/** A frame of HTTP/2 with a payload of bytes, or of field lines for which there is a header block. */
export interface FrameSpec {
  readonly type: number;
  readonly flags?: number;
  readonly stream?: number | '+';
  readonly payload?: Bytes;
  readonly fields?: Fields;
  /** Comes so many times; streams grow by two where `stream` is `+`. With `reset` each is followed by RST_STREAM. */
  readonly times?: number;
  readonly reset?: boolean;
  /** The length that the frame claims, where it is not its own. */
  readonly length?: number;
}

/** What a client sends over HTTP/2 after its preface and SETTINGS, and what must come of it. */
export interface Http2Case {
  readonly name: string;
  readonly frames: readonly FrameSpec[];
  /**
   * How it ends, one of: `status N`, `reset` of a stream, `goaway` or a closed connection; `alive`: nothing ends, `none`:
   * the request is not answered.
   */
  readonly ends: readonly string[];
  readonly upstream: readonly string[];
  /** The request may have reached the upstream before what is wrong came; then it was whole and had one meaning. */
  readonly anyUpstream?: boolean;
  readonly body?: string;
  readonly host?: string;
  readonly without?: readonly string[];
}

/** The cases of a file below `testdata/`. */
export function casesOf<T>(file: string): { readonly about: string; readonly cases: readonly T[] } {
  const path = new URL(`./testdata/${file}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as { about: string; cases: T[] };
}

/** The bytes that a text stands for. */
export function bytesOf(bytes: Bytes): Buffer {
  if (typeof bytes === 'string') return Buffer.from(bytes, 'latin1');
  return Buffer.concat(
    bytes.map((part) => Buffer.from(typeof part === 'string' ? part : part[0].repeat(part[1]), 'latin1')),
  );
}
