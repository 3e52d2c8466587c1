import { errorReply, type LlmReply } from '../../../../llm/answer.ts';
import { LlmBadRequest } from '../../../../llm/pivot/drops.ts';
import type { ProviderCall, UpstreamTarget } from '../../../../llm/providers/adapter.ts';
import { withoutKey } from '../../../../llm/providers/client-key.ts';
import { formatNotSpoken } from '../../../../llm/request/plan.ts';
import { usualTarget } from '../../../../llm/request/upstream-path.ts';
import type { LlmRouteType } from '../../../../model/llm.ts';
import type { HeaderList } from '../../../../net/http/headers.ts';
import type { Attempt } from '../attempt.ts';
import { fieldsStep } from '../fields-step.ts';
import { prepareHeaders } from '../serving.ts';
import { modelField } from './choose-route.ts';

/** A request whose body is not held, on its way to a provider. */
export interface StreamedRequest {
  readonly type: LlmRouteType;
  /** What the provider is to read as the model; null where nothing names one. */
  readonly model: string | null;
  readonly path: string;
  /** With its `?`, or ''. */
  readonly query: string;
}

/** Where such a request goes, and what becomes of its fields; or why it cannot be sent. */
export function streamedCall(
  { type, model, path, query }: StreamedRequest,
  attempt: Attempt,
): { readonly target: UpstreamTarget; prepare(fields: HeaderList): void } | LlmReply {
  const { provider, traits, formatsOf, ownKey } = attempt;
  const formats = formatsOf(model);
  const sent = ownKey ? withoutKey(query) : query;
  const call: ProviderCall = { provider, formats, type, model, stream: false, translated: false, path, query: sent };
  const target = targetOf(call, traits);
  if (target === undefined) return formatNotSpoken(provider, formats, type);
  if ('status' in target) return target;
  return {
    target,
    prepare(fields) {
      fields.delete(modelField);
      prepareHeaders(fields, ownKey);
      fieldsStep(call, attempt, [])?.(fields);
    },
  };
}

function targetOf(call: ProviderCall, traits: Attempt['traits']): UpstreamTarget | LlmReply | undefined {
  try {
    return traits.target === undefined ? usualTarget(call) : traits.target(call);
  } catch (error) {
    if (!(error instanceof LlmBadRequest)) throw error;
    return errorReply(400, 'invalid_request', error.message, error.param);
  }
}
