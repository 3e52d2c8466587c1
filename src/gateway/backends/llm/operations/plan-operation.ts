import { Drops } from '../../../../llm/pivot/drops.ts';
import { ownNames } from '../../../../llm/formats/refusal.ts';
import type { JsonObject, RequestLine } from '../../../../llm/pivot/format.ts';
import { ToolNames } from '../../../../llm/pivot/tool-names.ts';
import type { ModelFacts } from '../../../../llm/models/facts.ts';
import { messagesFormat } from '../../../../llm/formats/messages/messages.ts';
import { planCount, readCounted, type Counter, type CountType } from '../../../../llm/operations/count-tokens/plan.ts';
import { planEmbeddings } from '../../../../llm/operations/embeddings/plan.ts';
import type { OperationExchange } from '../../../../llm/operations/operation-exchange.ts';
import { planRerank } from '../../../../llm/operations/rerank/plan.ts';
import type { ProviderCall, UpstreamTarget } from '../../../../llm/providers/adapter.ts';
import { ownOperations } from '../../../../llm/providers/own-operations.ts';
import { usualTarget } from '../../../../llm/request/upstream-path.ts';
import type { Upstream } from '../../../upstream/upstream.ts';
import type { Attempt } from '../attempt.ts';

const noFields: ReadonlyMap<string, string> = new Map();

/** A request other than chat that is translated for its provider. */
export interface PlannedOperation {
  readonly exchange: OperationExchange;
  /** Members of the client's request that were left out. */
  readonly dropped: readonly string[];
  /** Who is asked: the provider's own upstream, or the one where it serves this. */
  readonly upstream: Upstream | null;
  readonly target: UpstreamTarget;
  /** What is sent, for what the platform changes in it. */
  readonly call: ProviderCall;
  /** Fields that the request needs, set where the client sent none. */
  readonly requestFields: ReadonlyMap<string, string>;
}

/** The client's request, as configuration made it. */
export interface OperationRequest {
  readonly json: JsonObject;
  readonly line: RequestLine;
  readonly facts: ModelFacts;
}

/**
 * The translation that an operation needs at a provider; null where its bytes pass, or where it is no such operation.
 * Throws LlmBadRequest.
 */
export function planOperation(
  call: ProviderCall,
  request: OperationRequest,
  attempt: Attempt,
): PlannedOperation | null {
  if (hasOwnPath(call)) return null;
  const own = ownOperations(call.provider.kind);
  const drops = new Drops(attempt.unsupported);
  const model = call.model ?? '';
  const planned = (exchange: OperationExchange, path: string, upstream = attempt.upstream): PlannedOperation => ({
    exchange,
    dropped: drops.as(ownNames(call.type, request.json)),
    upstream,
    target: { path, query: '' },
    call,
    requestFields: noFields,
  });
  switch (call.type) {
    case 'embeddings': {
      if (own.embeddings === undefined) return null;
      const { dialect, path } = own.embeddings;
      return planned(planEmbeddings(request.json, model, dialect, drops), path(call.provider, model));
    }
    case 'rerank': {
      if (own.rerank === undefined) return null;
      const { dialect, path } = own.rerank;
      const version = call.path.includes('/v2/') ? '2' : '1';
      const exchange = planRerank(request.json, model, version, dialect, drops);
      return planned(exchange, path(call.provider, model), attempt.rerankUpstream);
    }
    case 'anthropicTokenCount':
    case 'geminiCountTokens':
      return planCounting(call, request, attempt, drops);
    default:
      return null;
  }
}

/** True when someone other than the gateway's estimate counts the tokens of such a request. */
export function isCounted(call: ProviderCall): boolean {
  return call.formats.some(({ format }) => format === call.type) || counterOf(call) !== null;
}

function planCounting(
  call: ProviderCall,
  { json, line, facts }: OperationRequest,
  attempt: Attempt,
  drops: Drops,
): PlannedOperation | null {
  const counter = counterOf(call);
  if (counter === null) return null;
  const type = call.type as CountType;
  const sent = sentCall(call, counter);
  const target = targetOf(sent, counter, attempt);
  if (target === undefined) return null;
  const asked = {
    ...readCounted(type, json, { model: call.model ?? line.model, stream: null }),
    model: call.model ?? '',
  };
  const exchange = planCount(type, asked, counter, { drops, facts, names: new ToolNames() });
  const requestFields = counter === 'anthropicTokenCount' ? (messagesFormat.requestFields ?? noFields) : noFields;
  const dropped = drops.as(ownNames(type, json));
  return { exchange, dropped, upstream: attempt.upstream, target, call: sent, requestFields };
}

function sentCall(call: ProviderCall, counter: Counter): ProviderCall {
  const type = counter === 'anthropicTokenCount' ? counter : 'geminiCountTokens';
  return { ...call, type: counter === 'converse' ? 'converse' : type, translated: true };
}

/** How a provider that does not take the client's question counts tokens; null: not at all, or as the client asks it. */
function counterOf({ provider, formats, type, model }: ProviderCall): Counter | null {
  const speaks = (format: string): boolean => formats.some((spoken) => spoken.format === format);
  if (speaks(type)) return null;
  const { countTokens, countsWhole } = ownOperations(provider.kind);
  if (countTokens?.models.test((model ?? '').toLowerCase()) === true) return 'converse';
  if (type === 'geminiCountTokens') return speaks('anthropicTokenCount') ? 'anthropicTokenCount' : null;
  return speaks('geminiCountTokens') ? (countsWhole ?? 'gemini') : null;
}

function targetOf(call: ProviderCall, counter: Counter, { traits }: Attempt): UpstreamTarget | undefined {
  if (counter === 'converse') {
    const path = ownOperations(call.provider.kind).countTokens?.path(call.provider, call.model ?? '');
    return path === undefined ? undefined : { path, query: '' };
  }
  return traits.target === undefined ? usualTarget(call) : traits.target(call);
}

/** What the file gives a path of its own is served as the client says it. */
function hasOwnPath({ provider, type }: ProviderCall): boolean {
  return provider.pathOverride !== undefined || provider.formats.some((f) => f.format === type && f.path !== undefined);
}
