import { errorReply, jsonReply } from '../../../../llm/answer.ts';
import { gatewayErrorBody } from '../../../../llm/formats/refusal.ts';
import { estimateField, estimateTokens } from '../../../../llm/operations/count-tokens/estimate.ts';
import { readCounted, writeCounted, type CountType } from '../../../../llm/operations/count-tokens/plan.ts';
import { LlmBadRequest } from '../../../../llm/pivot/drops.ts';
import { readLlmBody } from '../../../../llm/request/body.ts';
import { betasOf } from '../../../../llm/request/betas.ts';
import { BodyDraft } from '../../../../llm/request/draft.ts';
import { invalidBody, methodError, missingModel, startRecord, type LlmAsk } from '../../../../llm/request/plan.ts';
import { requestLine } from '../../../../llm/request/request-line.ts';
import { modelNotFound } from '../../../../llm/router/model-not-found.ts';
import { ExchangeAttributes } from '../../../attributes/exchange-attributes.ts';
import type { Exchange } from '../../../exchange.ts';
import { answer, refuse } from '../local-answer.ts';
import type { Attempt } from '../attempt.ts';
import { readBody, serve } from '../serve.ts';
import type { OperationHost } from './host.ts';
import { isCounted } from './plan-operation.ts';

/** Counts the tokens of a request: at the provider where it can, else here by an estimate that says that it is one. */
export function compileCountTokens(host: OperationHost): (x: Exchange, type: CountType) => Promise<void> {
  return async (x, type) => {
    const { path, query, method, headers } = x.request;
    const refused = methodError(type, method);
    if (refused !== null) return refuse(x, type, refused);
    x.errorBody = gatewayErrorBody(type);
    const sent = await readBody(x, type, host.ports);
    if (sent === null) return;
    const { bytes, held } = sent;
    const body = readLlmBody(bytes);
    if (typeof body === 'string') return refuse(x, type, invalidBody(body));
    const name = requestLine(type, path).model ?? body.model;
    if (name === null || name === '') return refuse(x, type, missingModel());
    const route = host.byModel(name, x, body.json);
    if (route === null) return refuse(x, type, modelNotFound(name));
    const ask: LlmAsk = {
      type,
      path,
      query,
      body,
      bytes,
      attributes: new ExchangeAttributes(x),
      betas: betasOf(headers),
    };
    const [attempt] = route.attempts;
    if (attempt === undefined || attempt.passthrough !== null) {
      return serve(x, ask, route, held, host.ports);
    }
    const draft = prepared(ask, attempt, route.modelFor(attempt) ?? name);
    if (attempt.respond === null && countsItself(ask, attempt, draft)) {
      return serve(x, ask, route, held, host.ports);
    }
    return estimate(x, type, ask, attempt, draft);
  };
}

/** The request as configuration makes it. */
function prepared({ type, body, attributes }: LlmAsk, attempt: Attempt, model: string): BodyDraft {
  const draft = body === null ? new BodyDraft({}, null) : BodyDraft.ofBody(body);
  draft.set('model', attempt.provider.model === undefined ? attempt.alias(model) : model);
  attempt.steps.prepare(draft, type, attributes ?? { get: () => undefined });
  return draft;
}

function countsItself({ type, path, query }: LlmAsk, { provider, formatsOf }: Attempt, draft: BodyDraft): boolean {
  const name = draft.get('model');
  const model = typeof name === 'string' ? name : null;
  const formats = formatsOf(model);
  return isCounted({ provider, formats, type, model, stream: false, translated: false, path, query });
}

async function estimate(x: Exchange, type: CountType, ask: LlmAsk, attempt: Attempt, draft: BodyDraft): Promise<void> {
  try {
    const name = draft.get('model');
    const request = readCounted(type, draft.json(), { model: typeof name === 'string' ? name : null, stream: null });
    const tokens = await estimateTokens(request);
    x.record.llm = startRecord(ask, attempt.provider);
    const reply = jsonReply(200, writeCounted(type, tokens));
    reply.headers.set(estimateField, 'true');
    answer(x, reply, null);
  } catch (error) {
    if (!(error instanceof LlmBadRequest)) throw error;
    refuse(x, type, errorReply(400, 'invalid_request', error.message, error.param));
  }
}
