/** A content coding of responses (RFC 9110 §8.4.1, RFC 7932, RFC 8878). */
export type ContentCoding = 'gzip' | 'br' | 'zstd';

/** Which responses are compressed, and how. */
export interface CompressionSpec {
  /** The most liked first. */
  readonly encodings: readonly ContentCoding[];
  /** Bytes; shorter bodies of known length stay as they are. */
  readonly minSize: number;
  /** Media types without parameters, lower case; `text/*` for all of a kind. */
  readonly types: readonly string[];
  /** Compress server-sent events, too, sending each on at once. */
  readonly eventStreams: boolean;
}
