import { reasons } from '../base/errors.ts';
import type { Reason } from '../base/errors.ts';

/** An answer that goes on until one of both sides ends it. */
export interface StreamReply {
  readonly status: 200;
  readonly contentType: string;
  /** Begins to write; yields what ends it when the client has gone. */
  open(stream: ReplyStream): () => void;
}

/** Where a {@link StreamReply} goes. */
export interface ReplyStream {
  /** False: the client reads slowly, and the text was dropped. */
  write(text: string): boolean;
  end(): void;
}

/** A whole answer. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** Methods, for 405 (RFC 9110 §10.2.1). */
  readonly allow?: string;
}

/** A line or page of plain text. */
export function text(status: number, body: string): Reply {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}

/** A value as indented JSON. */
export function json(status: number, value: unknown): Reply {
  return { status, contentType: 'application/json', body: `${JSON.stringify(value, undefined, 2)}\n` };
}

/** An error in the shape that the data plane uses too. */
export function refusal(reason: Reason, message: string = reasons[reason].message): Reply {
  return json(reasons[reason].status, { error: { reason, message } });
}
