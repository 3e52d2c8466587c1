import type http2 from 'node:http2';

/** Error codes of RST_STREAM and GOAWAY (RFC 9113 §7) and the one flag that matters (§6.1), as nghttp2 names them. */
export const NGHTTP2_NO_ERROR = 0x0;
export const NGHTTP2_INTERNAL_ERROR = 0x2;
export const NGHTTP2_REFUSED_STREAM = 0x7;
export const NGHTTP2_CANCEL = 0x8;
export const NGHTTP2_CONNECT_ERROR = 0xa;
export const NGHTTP2_HTTP_1_1_REQUIRED = 0xd;
export const NGHTTP2_FLAG_END_STREAM = 0x1;

/** `errno` of what nghttp2 could not send because the stream has ended. */
export const NGHTTP2_ERR_STREAM_CLOSED = -510;

/**
 * Node's HTTP/2, loaded with the first connection that speaks it: it brings all of node:http with it (several MB), which
 * nothing else here needs.
 */
export function nodeHttp2(): typeof http2 {
  return process.getBuiltinModule('node:http2');
}
