import { errorReply, type LlmReply } from '../answer.ts';
import type { LlmProvider, LlmRouteType } from '../../model/llm.ts';
import { providerLabel } from '../providers/table.ts';
import { LlmRecord } from '../record.ts';
import { bodyToSend, type BodySettings, type LlmBody } from './body.ts';
import { isFormat, operationName } from './operation.ts';
import { upstreamTarget, type UpstreamTarget } from './upstream-path.ts';

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
}

/** What to send to `provider`, with the model that it is to read (null: as the client has it), or why it cannot be. */
export function planSend(
  ask: LlmAsk,
  provider: LlmProvider,
  model: string | null,
  settings: BodySettings,
): LlmSend | LlmReply {
  const target = upstreamTarget(provider, ask.type, ask.path, ask.query);
  if (target === undefined) return formatNotSpoken(provider, ask.type);
  const body = ask.body === null ? ask.bytes : bodyToSend(ask.body, model, settings);
  return { target, body };
}

/** The record of an exchange before its answer. */
export function startRecord(ask: LlmAsk, provider: LlmProvider): LlmRecord {
  return new LlmRecord(
    operationName(ask.type),
    providerLabel(provider.kind),
    ask.body?.model ?? null,
    ask.body?.streaming ?? false,
  );
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

function formatNotSpoken(provider: LlmProvider, type: LlmRouteType): LlmReply {
  const spoken = provider.formats.map((f) => f.format).join(', ') || 'none';
  return errorReply(
    400,
    'unsupported_format',
    `provider \`${provider.name}\` does not take \`${type}\` requests; it takes: ${spoken}`,
  );
}
