import { SseDecoder } from '../../net/http/sse.ts';

/** One message of a streamed answer. */
export interface Frame {
  /** Name of the event; '' without one. */
  readonly type: string;
  readonly data: string;
}

/** Cuts the bytes of a stream into messages; how they come in chunks makes no difference. */
export interface FrameDecoder {
  /** The messages that `chunk` completes. Throws RangeError or SyntaxError for bytes that make no sense. */
  push(chunk: Uint8Array): readonly Frame[];
}

/** How a format frames its streams. */
export interface Framing {
  /** Content type of a streamed answer, without parameters. */
  readonly contentType: string;
  decoder(): FrameDecoder;
}

/** The longest event of a stream, in characters. */
const longestEvent = 16 * 1024 * 1024;

/** Server-sent events (WHATWG HTML §9.2). */
export const sseFraming: Framing = {
  contentType: 'text/event-stream',
  decoder: () => new SseDecoder(longestEvent),
};
