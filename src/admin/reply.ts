import { reasons } from '../base/errors.ts';
import type { Reason } from '../base/errors.ts';

/** A whole answer; these servers have no streams. */
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
