import { reasons, type GatewayError, type Reason } from '../../base/errors.ts';
import type { A2aRecord } from '../../a2a/record.ts';
import type { LlmRecord } from '../../llm/record.ts';
import type { McpRecord } from '../../mcp/record.ts';
import type { RequestHead } from '../../net/http/message.ts';
import type { RelayCounts } from '../../net/relay.ts';

/** Recorded where a client left before an answer began; no client ever sees it. */
const clientGoneStatus = reasons.clientGone.status;

/** What is known of an exchange for its log line, metrics and span. Times are monotonic milliseconds; 0: not reached. */
export class ExchangeRecord {
  readonly startedMs: number;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  /** As the client sent them, before any rewrite. */
  readonly method: string;
  readonly authority: string;
  readonly path: string;
  /** Parameters of the query that hold credentials, good or not; `all`: any may; null: none is known to. */
  secretParameters: readonly string[] | 'all' | null;
  /** Status of the answer; 0 while none has begun. */
  status: number;
  /** What a call of gRPC said in its trailers; null: it has not, or is none. */
  grpcStatus: number | null;
  reason: Reason | null;
  /** Message of the error that ended it, or ''. */
  error: string;
  /** `host:port` of the upstream, then its address. */
  endpoint: string;
  upstreamAddress: string;
  /** Tries after the first. */
  retries: number;
  /** First byte handed to an upstream; its head; our own head. */
  sentMs: number;
  answeredMs: number;
  respondedMs: number;
  llm: LlmRecord | null;
  mcp: McpRecord | null;
  a2a: A2aRecord | null;
  /** What authorization said last, where it names what decided; '' where it does not. */
  decision: 'allow' | 'deny' | '';
  /** The rule or the policies that decided. */
  decidedBy: string;
  /** How many items of a list authorization left out. */
  hidden: number;
  /** Bytes that passed after the answer gave the connection up; null where it did not. */
  carried: Readonly<RelayCounts> | null;

  constructor(head: RequestHead, startedMs: number, startedAt: number) {
    this.startedMs = startedMs;
    this.startedAt = startedAt;
    this.method = head.method;
    this.authority = head.authority;
    this.path = head.path;
    this.secretParameters = null;
    this.status = 0;
    this.grpcStatus = null;
    this.reason = null;
    this.error = '';
    this.endpoint = '';
    this.upstreamAddress = '';
    this.retries = 0;
    this.sentMs = 0;
    this.answeredMs = 0;
    this.respondedMs = 0;
    this.llm = null;
    this.mcp = null;
    this.a2a = null;
    this.decision = '';
    this.decidedBy = '';
    this.hidden = 0;
    this.carried = null;
  }

  /** A parameter of the query holds a credential. */
  foundSecret(name: string): void {
    if (this.secretParameters !== 'all') this.secretParameters = [...(this.secretParameters ?? []), name];
  }

  sending(endpoint: string, nowMs: number): void {
    this.endpoint = endpoint;
    if (this.sentMs === 0) this.sentMs = nowMs;
  }

  connected(address: string): void {
    this.upstreamAddress = address;
  }

  /** Someone else is to serve it. */
  leaving(): void {
    this.endpoint = '';
    this.upstreamAddress = '';
  }

  answered(nowMs: number): void {
    this.answeredMs = nowMs;
  }

  /** Calls of our own stood for the one upstream call: when the first began, and the last was answered; 0: there were none. */
  called(sentMs: number, answeredMs: number): void {
    this.sentMs = sentMs;
    this.answeredMs = answeredMs;
  }

  responding(status: number, nowMs: number): void {
    this.status = status;
    this.respondedMs = nowMs;
  }

  decided(decision: 'allow' | 'deny', by: string): void {
    this.decision = decision;
    this.decidedBy = by;
  }

  /** A list is without some of its items; what several deciders say adds up. */
  leftOut(count: number, by: string): void {
    this.decidedBy = this.hidden === 0 ? by : `${this.decidedBy}, ${by}`;
    this.hidden += count;
  }

  retried(): void {
    this.retries++;
  }

  /** The first error counts: later ones follow from it. */
  failed(error: GatewayError): void {
    if (this.reason !== null) return;
    this.reason = error.reason;
    this.error = explained(error);
  }

  /** The client did not get the whole answer, and nothing else is known to be wrong. */
  cut(): void {
    if (this.reason !== null) return;
    if (this.status === 0) this.status = clientGoneStatus;
    this.reason = 'clientGone';
    this.error = 'the client closed the connection';
  }
}

/** What Node appends for who starts it; an authority is trusted here with `backendTLS.root`. */
const nodeAdvice = /; if the root CA .*$/;

/**
 * An error as the log has it: for the upstream's, with what the system or OpenSSL said, which clients do not get.
 */
export function explained({ source, message, cause }: GatewayError): string {
  if (source !== 'upstream' || !(cause instanceof Error)) return message;
  // OpenSSL's message is a line of codes and source positions; Node has the readable part of it beside.
  const why = 'reason' in cause && typeof cause.reason === 'string' ? cause.reason : cause.message;
  return why === '' ? message : `${message}: ${why.replace(nodeAdvice, '')}`;
}
