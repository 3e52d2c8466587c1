import type { Http2Settings } from '../../model/http2.ts';
import type { ConnectionSettings, ServerContext } from '../http1/connection-settings.ts';

/** Limits of the connections of one bind, whatever the HTTP version. */
export interface ListenerSettings extends ConnectionSettings {
  /** Protocols offered to TLS clients, the preferred first: `h2`, `http/1.1`. */
  readonly alpn: readonly string[];
  readonly http2: Http2Settings;
}

/** Bytes of a stream that may wait for the other side: one high-water mark of node, and one chunk beyond it. */
const WAITING_PER_STREAM = 131_072;
const BYTES_PER_MEGABYTE = 1_000_000;
/** For heads and what else nghttp2 keeps; node's default for everything. */
const FOR_THE_REST = 10;

/**
 * `maxSessionMemory` of node, in its megabytes. Above it new streams are refused; back-pressure bounds what streams keep,
 * so that so many that wait for their readers are not too much.
 */
export function sessionMemory(streams: number): number {
  return FOR_THE_REST + Math.ceil((streams * WAITING_PER_STREAM) / BYTES_PER_MEGABYTE);
}

/** What all connections of a listener share. */
export interface ListenerContext extends ServerContext {
  readonly settings: () => ListenerSettings;
}
