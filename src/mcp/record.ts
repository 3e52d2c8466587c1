import { monotonicMs } from '../base/clock.ts';
import type { Message } from './wire/jsonrpc.ts';

/** What the access log and metrics say of one MCP request; filled while it is handled. */
export interface McpRecord {
  /** JSON-RPC method; '' for GET, DELETE and what could not be read. */
  methodName: string;
  /** Name of the target that served it, or '' when none or several did. */
  target: string;
  resourceType: '' | 'tool' | 'prompt' | 'resource';
  /** Tool or prompt name, or resource URI, as the target knows it. */
  resourceName: string;
  /** '' without a session. */
  sessionId: string;
  /** JSON-RPC error code of the answer. */
  errorCode?: number;
  errorMessage?: string;
  /** The request that went to a target, and its answer. */
  request: Message | null;
  reply: Message | null;
  /** Monotonic milliseconds: when the first target was called, and when the last had answered; 0: none was. */
  sentMs: number;
  answeredMs: number;
  /** The answer is a stream that only its client ends: that it does is no failure. */
  endless: boolean;
  /** The limit that refused or ended it. */
  limit?: string;
  /** The scopes that it takes, where the client's token had not all of them. */
  lackedScopes?: readonly string[];
}

/** A record in which nothing is known yet. */
export function newMcpRecord(): McpRecord {
  return {
    methodName: '',
    target: '',
    resourceType: '',
    resourceName: '',
    sessionId: '',
    request: null,
    reply: null,
    sentMs: 0,
    answeredMs: 0,
    endless: false,
  };
}

/** Targets are asked from now on: the time until {@link markAnswered} is spent with them. */
export function markSent(record: McpRecord): void {
  if (record.sentMs === 0) record.sentMs = monotonicMs();
}

/** Targets have answered, or failed. */
export function markAnswered(record: McpRecord): void {
  if (record.sentMs > 0) record.answeredMs = monotonicMs();
}

/** Counts the time of `calls` as time spent with targets. */
export async function withTargets<T>(record: McpRecord, calls: Promise<T>): Promise<T> {
  markSent(record);
  try {
    return await calls;
  } finally {
    markAnswered(record);
  }
}
