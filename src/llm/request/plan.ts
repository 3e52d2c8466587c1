import { errorReply, type LlmReply } from '../answer.ts';
import type { LlmProvider, LlmRouteType, ProviderFormat } from '../../model/llm.ts';
import type { UpstreamTarget } from '../providers/adapter.ts';
import { providerLabel } from '../providers/table.ts';
import { LlmRecord } from '../record.ts';
import type { HeaderList } from '../../net/http/headers.ts';
import type { FetchedMedia } from '../translate/media.ts';
import type { IdSealer } from '../operations/responses-store/seal.ts';
import type { LlmTap } from '../usage/tap.ts';
import type { LlmBody } from './body.ts';
import { isFormat, operationName } from './operation.ts';
import { requestLine } from './request-line.ts';
import type { RequestAttributes } from './steps.ts';

/** A request to a provider, ready to be sent. */
export interface LlmSend {
  readonly target: UpstreamTarget;
  readonly body: Buffer;
}

/** What the client asked for. */
export interface LlmAsk {
  readonly type: LlmRouteType;
  readonly path: string;
  /** With its `?`, or ''. */
  readonly query: string;
  /** Null for a body that need not be JSON and is not. */
  readonly body: LlmBody | null;
  readonly bytes: Buffer;
  /** Variables of the configuration's expressions besides `llmRequest`; absent: there are none. */
  readonly attributes?: RequestAttributes;
  /** How clients are told ids of responses that a provider with this identity made; absent or null: as they are. */
  readonly seal?: (identity: string) => IdSealer | null;
  /** What the record says that path and body do not. */
  readonly recorded?: { readonly operation: string; readonly model: string };
  /** Reads the usage of an answer with these fields, where its body is no JSON and no event stream; null: the body is read. */
  readonly tap?: (record: LlmRecord, fields: HeaderList) => LlmTap | null;
  /** What was fetched of what it names by URL; absent: nothing yet. */
  readonly media?: ReadonlyMap<string, FetchedMedia>;
  /** Betas of Anthropic's that the client asks for; absent: none. */
  readonly betas?: readonly string[];
}

/** How many dropped members a record names. */
const mostDropped = 32;

/** The record of an exchange before its answer. `dropped`: what a translation of the request left out. */
export function startRecord(ask: LlmAsk, provider: LlmProvider, dropped: readonly string[] = []): LlmRecord {
  const line = requestLine(ask.type, ask.path);
  const record = new LlmRecord(
    ask.recorded?.operation ?? operationName(ask.type),
    providerLabel(provider),
    ask.recorded?.model ?? line.model ?? ask.body?.model ?? null,
    ask.body?.streaming === true || line.stream === true,
  );
  // A client may send any number of members that no one knows.
  record.dropped = dropped.length > mostDropped ? dropped.slice(0, mostDropped) : dropped;
  return record;
}

/** Methods other than POST make sense only where the gateway does not read the request. */
export function methodError(type: LlmRouteType, method: string): LlmReply | null {
  if (!isFormat(type) || method === 'POST') return null;
  return methodNotAllowed(method, 'POST');
}

/** 405 with the methods that are allowed. */
export function methodNotAllowed(method: string, allow: string): LlmReply {
  const reply = errorReply(405, 'method_not_allowed', `${method} is not allowed here; use ${allow}`);
  reply.headers.set('allow', allow);
  return reply;
}

/** 400 for a body that cannot be read; `problem` is what {@link readLlmBody} said. */
export function invalidBody(problem: string): LlmReply {
  return errorReply(400, 'invalid_request_body', `LLM request: ${problem}`);
}

/** 400 for a request that names no model where one is needed. */
export function missingModel(): LlmReply {
  return errorReply(400, 'missing_model', 'LLM request: `model` is missing or is not a string', 'model');
}

/** 413 for a body beyond the buffer limit, which `problem` names. */
export function bodyTooLarge(problem: string): LlmReply {
  return errorReply(413, 'request_body_too_large', `LLM request: ${problem}`);
}

/** 404 for a request without a body to a path that is none of an LLM API: nothing in it names a model. */
export function unknownOperation(method: string, path: string): LlmReply {
  return errorReply(404, 'not_found', `there is no ${method} ${path} here; GET /v1/models lists the models`);
}

/** 400 for a request that its provider, asked for this model, has no API for. */
export function formatNotSpoken(
  { name }: LlmProvider,
  formats: readonly ProviderFormat[],
  type: LlmRouteType,
): LlmReply {
  const spoken = formats.map((f) => f.format).join(', ') || 'none';
  return errorReply(
    400,
    'unsupported_format',
    `provider \`${name}\` does not take \`${type}\` requests; it takes: ${spoken}`,
  );
}
