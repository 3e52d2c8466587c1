import { errorReply, type LlmReply } from '../../../../llm/answer.ts';
import { gatewayErrorBody } from '../../../../llm/formats/refusal.ts';
import { rewriteJsonObject } from '../../../../llm/json/rewrite.ts';
import { scanJsonObject } from '../../../../llm/json/scan.ts';
import { openId } from '../../../../llm/operations/responses-store/response-id.ts';
import { storePath, type StorePath } from '../../../../llm/operations/responses-store/store-path.ts';
import { readLlmBody, type LlmBody } from '../../../../llm/request/body.ts';
import { invalidBody, methodError, missingModel } from '../../../../llm/request/plan.ts';
import { modelNotFound } from '../../../../llm/router/model-not-found.ts';
import type { LlmRouteType } from '../../../../model/llm.ts';
import { ExchangeAttributes } from '../../../attributes/exchange-attributes.ts';
import type { Exchange } from '../../../exchange.ts';
import type { Attempt } from '../attempt.ts';
import { authorizeModel } from '../authorize-model.ts';
import { refuse } from '../local-answer.ts';
import { readBody, serve } from '../serve.ts';
import { compileAffinity, type Affinity } from './affinity.ts';
import { modelField } from './choose-route.ts';
import type { Operation, OperationHost, OperationRoute } from './host.ts';
import { decoded } from '../../../../llm/request/decoded.ts';

/**
 * Serves what is about stored responses: each goes to the provider that made it, which its id names where there are
 * several; so does a request that goes on from an earlier response. Null for everything else.
 */
export function compileResponsesStore(host: OperationHost): (x: Exchange, type: LlmRouteType) => Operation | null {
  const affinity = compileAffinity(host.attempts);
  return (x, type) => {
    const { path } = x.request;
    if (path.endsWith('/responses/compact') && type !== 'completions') return (exchange) => create(exchange, 'detect');
    // With one provider, or none, ids are its own and requests are like any other.
    if (type === 'responses') return affinity.keepers.length > 1 ? (exchange) => create(exchange, type) : null;
    const stored = type === 'passthrough' || type === 'detect' ? storePath(path) : null;
    return stored === null ? null : (exchange) => about(exchange, type, stored);
  };

  /** A request that makes a response: from an earlier one, where its body says so. */
  async function create(x: Exchange, type: LlmRouteType): Promise<void> {
    const { path, query, method } = x.request;
    const refused = methodError('responses', method);
    if (refused !== null) return refuse(x, type, refused);
    x.errorBody = gatewayErrorBody(type);
    const sent = await readBody(x, type, host.ports);
    if (sent === null) return;
    const { bytes, held } = sent;
    const read = readLlmBody(bytes);
    if (typeof read === 'string') return refuse(x, type, invalidBody(read));
    const name = read.model;
    if (name === null || name === '') return refuse(x, type, missingModel());
    const route = host.byModel(name, x, read.json);
    if (route === null) return refuse(x, type, modelNotFound(name));
    const found = follow(read, route, affinity);
    if ('status' in found) return refuse(x, type, found);
    const { body, attempts } = found;
    const able = type === 'responses' ? attempts : attempts.filter(({ identity }) => isKeeper(identity));
    if (able.length === 0) return refuse(x, type, notKept(`the provider of ${name}`));
    const attributes = new ExchangeAttributes(x);
    const ask = { type, path, query, body, bytes: body.bytes, attributes, sealKey: affinity.keyOf };
    return serve(x, ask, { attempts: able, modelFor: route.modelFor }, held, host.ports);
  }

  /** A request about a response that was made before. */
  async function about(x: Exchange, type: LlmRouteType, { before, id, after }: StorePath): Promise<void> {
    x.errorBody = gatewayErrorBody(type);
    const found = keeperOf(x, decoded(id));
    if ('status' in found) return refuse(x, type, found);
    const { attempt, own } = found;
    const sent = await readBody(x, type, host.ports);
    if (sent === null) return;
    const { bytes, held } = sent;
    const read = readLlmBody(bytes);
    x.request.headers.delete(modelField);
    const path = `${before}${encodeURIComponent(own)}${after}`;
    const body = typeof read === 'string' ? null : read;
    const ask = { type, path, query: x.request.query, body, bytes, sealKey: affinity.keyOf };
    const route = authorizeModel(x, type, '', { attempts: [attempt], modelFor: () => null });
    return serve(x, ask, route, held, host.ports);
  }

  /** Who keeps a response, and its id there. */
  function keeperOf(x: Exchange, id: string): { readonly attempt: Attempt; readonly own: string } | LlmReply {
    const { keepers } = affinity;
    const [first] = keepers;
    if (first === undefined) return notKept('no provider of this gateway');
    const opened = openId(id);
    if (opened !== null) {
      const attempt = affinity.byKey(opened.key);
      return attempt === null ? responseNotFound(id) : { attempt, own: opened.id };
    }
    const named = x.request.headers.get(modelField);
    if (named !== undefined) {
      const route = host.byModel(named, x);
      const attempt = route?.attempts.find(({ identity }) => isKeeper(identity));
      return attempt === undefined ? modelNotFound(named) : { attempt, own: id };
    }
    return keepers.length === 1 ? { attempt: first, own: id } : responseNotFound(id);
  }

  function isKeeper(identity: string): boolean {
    return affinity.keepers.some((keeper) => keeper.identity === identity);
  }
}

/** The request as its provider reads it, and those of the route that can go on from the response that it names. */
function follow(
  body: LlmBody,
  { attempts }: OperationRoute,
  affinity: Affinity,
): { readonly body: LlmBody; readonly attempts: readonly Attempt[] } | LlmReply {
  const previous = body.json['previous_response_id'];
  if (typeof previous !== 'string') return { body, attempts };
  const opened = openId(previous);
  if (opened === null) return { body, attempts };
  const keeper = affinity.byKey(opened.key);
  const able = keeper === null ? [] : attempts.filter(({ identity }) => identity === keeper.identity);
  if (able.length === 0) return previousNotFound(previous);
  const changes = new Map([['previous_response_id', JSON.stringify(opened.id)]]);
  const read = readLlmBody(rewriteJsonObject(body.bytes, scanJsonObject(body.bytes), changes));
  return typeof read === 'string' ? invalidBody(read) : { body: read, attempts: able };
}

function responseNotFound(id: string): LlmReply {
  return errorReply(404, 'response_not_found', `Response with id '${shown(id)}' not found.`);
}

function previousNotFound(id: string): LlmReply {
  return errorReply(
    400,
    'previous_response_not_found',
    `Previous response with id '${shown(id)}' not found: the provider of this model did not make it`,
    'previous_response_id',
  );
}

function notKept(who: string): LlmReply {
  return errorReply(
    400,
    'unsupported_operation',
    `responses are not kept here: ${who} does not speak the Responses API itself`,
  );
}

function shown(id: string): string {
  return id.length <= 200 ? id : `${id.slice(0, 200)}…`;
}
