/** Limits of HTTP/2 connections, read when a connection begins. Sizes in bytes, times in milliseconds; a time of 0 means never. */
export interface Http2Settings {
  /** Requests of one connection at the same time; the client learns it. */
  readonly maxConcurrentStreams: number;
  /** What a client may send on one stream before somebody reads it. */
  readonly streamWindow: number;
  /** The same for all streams of a connection. */
  readonly connectionWindow: number;
  readonly maxFrameSize: number;
  /** Names and values of a head, and 32 for each field (RFC 9113 §6.5.2). */
  readonly maxHeaderListSize: number;
  /** A ping goes out after so long without one; 0: none do. */
  readonly keepaliveIntervalMs: number;
  /** The connection closes when a ping is not answered in this time. */
  readonly keepaliveTimeoutMs: number;
}
