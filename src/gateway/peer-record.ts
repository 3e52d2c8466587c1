import { monotonicToShared, sharedToMonotonic } from '../base/clock.ts';
import type { McpRecord } from '../mcp/record.ts';
import { Message } from '../mcp/wire/jsonrpc.ts';
import type { Exchange } from './exchange.ts';
import type { ExchangeRecord } from './record/exchange-record.ts';

/** Most bytes of a record as JSON: with base64, what a trailer section takes (`net/http1/chunked-decoder.ts`). */
const maxBytes = 12_000;
/** Most characters of the arguments and of the result of a call together; larger ones are not told. */
const maxCallChars = 8192;

/** What of a tool call expressions of logs and metrics see. */
interface ToldCall {
  readonly arguments?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** What a worker tells of a request that another passed on to it. JSON; times are of the clock that threads share. */
interface Told extends Pick<ExchangeRecord, 'reason' | 'error' | 'decision' | 'decidedBy' | 'hidden'> {
  readonly mcp: McpRecord | null;
  readonly call: ToldCall | null;
}

/** How much is told, from the most that is wanted on: the first that is short enough. */
const measures: readonly { readonly tellsCall: boolean; readonly textChars: number }[] = [
  { tellsCall: true, textChars: 1000 },
  { tellsCall: false, textChars: 1000 },
  { tellsCall: false, textChars: 100 },
];

/** What is known of an exchange that another worker records, as the value of a field; '' where that would be too long. */
export function writeRecord(record: ExchangeRecord): string {
  for (const measure of measures) {
    const json = Buffer.from(JSON.stringify(toldOf(record, measure)));
    if (json.byteLength <= maxBytes) return json.toString('base64');
  }
  return '';
}

/** Takes over what {@link writeRecord} wrote, as if it had happened here; what was told before is replaced. */
export function readRecord(x: Exchange, text: string): void {
  const { mcp, call, reason, error, decision, decidedBy, hidden } = JSON.parse(
    Buffer.from(text, 'base64').toString('utf8'),
  ) as Told;
  const { record } = x;
  if (reason !== null && record.reason === null) {
    record.reason = reason;
    record.error = error;
  }
  if (decision !== '') record.decision = decision;
  if (decidedBy !== '') record.decidedBy = decidedBy;
  record.hidden = hidden;
  // The other worker is no upstream: what it asked is.
  record.leaving();
  record.called(0, 0);
  if (mcp === null) return;
  mcp.sentMs = sharedToMonotonic(mcp.sentMs);
  mcp.answeredMs = sharedToMonotonic(mcp.answeredMs);
  if (call !== null) [mcp.request, mcp.reply] = messagesOf(call);
  record.mcp = mcp;
}

function toldOf(record: ExchangeRecord, { tellsCall, textChars }: (typeof measures)[number]): Told {
  const { mcp, reason, error, decision, decidedBy, hidden } = record;
  const cut = (text: string): string => text.slice(0, textChars);
  const told = mcp === null ? null : toldMcp(mcp, cut);
  const call = mcp === null || !tellsCall ? null : callOf(mcp);
  return { mcp: told, call, reason, error: cut(error), decision, decidedBy: cut(decidedBy), hidden };
}

function toldMcp(mcp: McpRecord, cut: (text: string) => string): McpRecord {
  return {
    ...mcp,
    resourceName: cut(mcp.resourceName),
    ...(mcp.errorMessage === undefined ? {} : { errorMessage: cut(mcp.errorMessage) }),
    sentMs: monotonicToShared(mcp.sentMs),
    answeredMs: monotonicToShared(mcp.answeredMs),
    request: null,
    reply: null,
  };
}

function callOf({ resourceType, request, reply }: McpRecord): ToldCall | null {
  const chars = (request?.bodyText.length ?? 0) + (reply?.bodyText.length ?? 0);
  if (resourceType !== 'tool' || chars > maxCallChars) return null;
  return {
    arguments: request?.params?.['arguments'],
    ...(reply?.kind === 'result' || reply?.kind === 'error' ? { [reply.kind]: reply.outcome } : {}),
  };
}

/** Messages of which only what expressions see is known. */
function messagesOf(call: ToldCall): [request: Message, reply: Message | null] {
  const request = new Message('request', null, '', '', { arguments: call.arguments }, undefined, '');
  for (const kind of ['result', 'error'] as const) {
    if (call[kind] !== undefined) return [request, new Message(kind, null, '', '', null, call[kind], '')];
  }
  return [request, null];
}
