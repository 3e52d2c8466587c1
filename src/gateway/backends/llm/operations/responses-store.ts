import { errorReply, type LlmReply } from '../../../../llm/answer.ts';
import { gatewayErrorBody } from '../../../../llm/formats/refusal.ts';
import { rewriteJsonObject } from '../../../../llm/json/rewrite.ts';
import { scanJsonObject } from '../../../../llm/json/scan.ts';
import { openId, sealId, type SealedId } from '../../../../llm/operations/responses-store/response-id.ts';
import type { IdSealer } from '../../../../llm/operations/responses-store/seal.ts';
import { storePath, type StorePath } from '../../../../llm/operations/responses-store/store-path.ts';
import { betasOf } from '../../../../llm/request/betas.ts';
import { readLlmBody, type LlmBody } from '../../../../llm/request/body.ts';
import { invalidBody, methodError, missingModel } from '../../../../llm/request/plan.ts';
import { modelNotFound } from '../../../../llm/router/model-not-found.ts';
import type { LlmRouteType } from '../../../../model/llm.ts';
import { ExchangeAttributes } from '../../../attributes/exchange-attributes.ts';
import { grantedModels } from '../../../authentication/model-grant.ts';
import type { Exchange } from '../../../exchange.ts';
import type { Attempt } from '../attempt.ts';
import { refuse } from '../local-answer.ts';
import { readBody, serve } from '../serve.ts';
import { compileAffinity } from './affinity.ts';
import { modelField } from './choose-route.ts';
import type { Operation, OperationHost, OperationRoute } from './host.ts';
import { ResponseGrant } from './response-grant.ts';
import { ResponseModels } from './response-models.ts';
import { decoded } from '../../../../llm/request/decoded.ts';

/**
 * Serves what is about stored responses: each goes to the provider that made it, which its id names where there are
 * several; so does a request that goes on from an earlier response. A response is for those who may use its model: for
 * others there is none. Null for everything else.
 */
export function compileResponsesStore(host: OperationHost): (x: Exchange, type: LlmRouteType) => Operation | null {
  const affinity = compileAffinity(host.attempts);
  const { keepers } = affinity;
  const several = keepers.length > 1;
  const models = new ResponseModels(host.ports.keys, host.name);
  const grant = new ResponseGrant(host);
  return (x, type) => {
    const { path } = x.request;
    if (path.endsWith('/responses/compact') && type !== 'completions') return (exchange) => create(exchange, 'detect');
    if (type === 'responses') return keepers.length > 0 ? (exchange) => create(exchange, type) : null;
    const stored = type === 'passthrough' || type === 'detect' ? storePath(path) : null;
    return stored === null ? null : (exchange) => about(exchange, type, stored);
  };

  /** A request that makes a response: from an earlier one, where its body says so. */
  async function create(x: Exchange, type: LlmRouteType): Promise<void> {
    const { path, query, method, headers } = x.request;
    const refused = methodError('responses', method);
    if (refused !== null) return refuse(x, type, refused);
    x.errorBody = gatewayErrorBody(type);
    const sent = await readBody(x, type, host.ports);
    if (sent === null) return;
    const { bytes, held } = sent;
    const read = readLlmBody(bytes);
    if (typeof read === 'string') return refuse(x, type, invalidBody(read));
    const name = read.model ?? '';
    if (name === '' && needsModel()) return refuse(x, type, missingModel());
    const route = host.byModel(name, x, read.json);
    if (route === null) return refuse(x, type, modelNotFound(name));
    const found = follow(x, type, read, route);
    if ('status' in found) return refuse(x, type, found);
    const { body, attempts, previous } = found;
    const able = type === 'responses' ? attempts : attempts.filter(({ identity }) => affinity.isKeeper(identity));
    if (able.length === 0) return refuse(x, type, notKept(`the provider of ${name}`));
    const names = several || grant.depends(x);
    const seal = (identity: string): IdSealer | null => {
      const key = affinity.keyOf(identity);
      if (key === null || (!names && previous === null)) return null;
      const own = (id: string): string =>
        sealId({ id, key, model: name === '' ? null : models.vouch({ id, key }, name) });
      return { own: names ? own : asItIs, previous: told(previous, key) };
    };
    const attributes = new ExchangeAttributes(x);
    const ask = { type, path, query, body, bytes: body.bytes, attributes, betas: betasOf(headers), seal };
    return serve(x, ask, { attempts: able, modelFor: route.modelFor }, held, host.ports);
  }

  /** Nothing but the request tells which model it is for. */
  function needsModel(): boolean {
    return host.models !== null || host.attempts.some(({ provider }) => provider.model === undefined);
  }

  /** A request about a response that was made before. */
  async function about(x: Exchange, type: LlmRouteType, { before, id, after }: StorePath): Promise<void> {
    x.errorBody = gatewayErrorBody(type);
    const text = decoded(id);
    const found = keeperOf(x, text);
    if ('status' in found) return refuse(x, type, found);
    const { attempt, own, opened } = found;
    if (!grant.allows(x, type, opened === null ? null : models.modelOf(opened), attempt)) {
      return refuse(x, type, responseNotFound(text));
    }
    const sent = await readBody(x, type, host.ports);
    if (sent === null) return;
    const { bytes, held } = sent;
    const read = readLlmBody(bytes);
    x.request.headers.delete(modelField);
    const path = `${before}${encodeURIComponent(own)}${after}`;
    const body = typeof read === 'string' ? null : read;
    const seal = (identity: string): IdSealer | null => {
      const key = affinity.keyOf(identity);
      if (key === null || (!several && opened === null)) return null;
      return { own: told(opened === null ? null : { own, text }, key), previous: told(null, key) };
    };
    const ask = { type, path, query: x.request.query, body, bytes, seal };
    return serve(x, ask, { attempts: [attempt], modelFor: () => null }, held, host.ports);
  }

  /** Who keeps a response, and its id there. */
  function keeperOf(x: Exchange, id: string): Kept | LlmReply {
    const [first] = keepers;
    if (first === undefined) return notKept('no provider of this gateway');
    const opened = openId(id);
    // A key of certain models reads what is said to be made by these, and not what it says itself.
    if (grantedModels.get(x) !== null && (opened === null || models.modelOf(opened) === null))
      return responseNotFound(id);
    if (opened !== null) {
      const attempt = affinity.byKey(opened.key);
      return attempt === null ? responseNotFound(id) : { attempt, own: opened.id, opened };
    }
    const named = x.request.headers.get(modelField);
    if (named !== undefined) {
      const route = host.byModel(named, x);
      const attempt = route?.attempts.find(({ identity }) => affinity.isKeeper(identity));
      return attempt === undefined ? modelNotFound(named) : { attempt, own: id, opened };
    }
    return several ? responseNotFound(id) : { attempt: first, own: id, opened };
  }

  /** The request as its provider reads it, and those of the route that can go on from the response that it names. */
  function follow(x: Exchange, type: LlmRouteType, body: LlmBody, { attempts }: OperationRoute): Followed | LlmReply {
    const text = body.json['previous_response_id'];
    if (typeof text !== 'string') return { body, attempts, previous: null };
    const opened = openId(text);
    const keeper = opened === null ? null : affinity.byKey(opened.key);
    const able = opened === null ? attempts : attempts.filter(({ identity }) => identity === keeper?.identity);
    const [first] = able;
    if (first === undefined) return previousNotFound(text);
    if (!grant.allows(x, type, opened === null ? null : models.modelOf(opened), first)) return previousNotFound(text);
    if (opened === null) return { body, attempts, previous: null };
    const changes = new Map([['previous_response_id', JSON.stringify(opened.id)]]);
    const read = readLlmBody(rewriteJsonObject(body.bytes, scanJsonObject(body.bytes), changes));
    if (typeof read === 'string') return invalidBody(read);
    return { body: read, attempts: able, previous: { own: opened.id, text } };
  }
}

/** A response, and who keeps it. */
interface Kept {
  readonly attempt: Attempt;
  /** Its id there. */
  readonly own: string;
  /** What its id says; null: it is the provider's. */
  readonly opened: SealedId | null;
}

/** An id as its provider knows it, and as the client said it. */
interface ToldId {
  readonly own: string;
  readonly text: string;
}

/** A request that may go on from an earlier response. */
interface Followed {
  readonly body: LlmBody;
  readonly attempts: readonly Attempt[];
  readonly previous: ToldId | null;
}

/** Tells a client an id in the words in which it said it; one that it did not say, without its model. */
function told(said: ToldId | null, key: string): (id: string) => string {
  return (id) => (id === said?.own ? said.text : sealId({ id, key, model: null }));
}

function asItIs(id: string): string {
  return id;
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
