import type { Message } from '../../wire/jsonrpc.ts';

/** The message of an error response, for people. */
export function errorMessage(reply: Message): string {
  const message = (reply.outcome as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message.slice(0, 500) : 'no message';
}
