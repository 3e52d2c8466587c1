import type { Duplex } from 'node:stream';
import { NGHTTP2_CONNECT_ERROR, NGHTTP2_NO_ERROR } from './protocol.ts';

interface Resettable {
  readonly rstCode: number | undefined;
  close(code: number): void;
}

function isStream(stream: Duplex): stream is Duplex & Resettable {
  return 'rstCode' in stream;
}

/** True when `stream` is one of HTTP/2 that was reset: that is no orderly end, though node ends both of its directions. */
export function wasReset(stream: Duplex): boolean {
  return isStream(stream) && stream.rstCode !== undefined && stream.rstCode !== NGHTTP2_NO_ERROR;
}

/** Resets `stream` as a connection that broke (RFC 9113 §8.5); false: it is none of HTTP/2. */
export function resetStream(stream: Duplex): boolean {
  if (!isStream(stream)) return false;
  stream.close(NGHTTP2_CONNECT_ERROR);
  return true;
}
