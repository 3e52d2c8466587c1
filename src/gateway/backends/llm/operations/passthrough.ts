import { errorReply, type LlmReply } from '../../../../llm/answer.ts';
import { gatewayErrorBody } from '../../../../llm/formats/refusal.ts';
import type { JsonRecord } from '../../../../llm/json/parse.ts';
import { isSameModel, isVersioned, pathModel } from '../../../../llm/operations/passthrough/path-model.ts';
import { multipartBoundary } from '../../../../llm/operations/passthrough/multipart-field.ts';
import { readLlmBody, type LlmBody } from '../../../../llm/request/body.ts';
import { unknownOperation } from '../../../../llm/request/plan.ts';
import { modelNotFound } from '../../../../llm/router/model-not-found.ts';
import type { LlmRouteType } from '../../../../model/llm.ts';
import { ExchangeAttributes } from '../../../attributes/exchange-attributes.ts';
import type { Exchange } from '../../../exchange.ts';
import type { Attempt } from '../attempt.ts';
import { errorTypeFor, refuse } from '../local-answer.ts';
import { openAccount, readBody, serve, type HeldBody } from '../serve.ts';
import { modelField, routeWithoutModel } from './choose-route.ts';
import type { OperationHost, OperationRoute } from './host.ts';
import { sentModel, sentPath } from './sent-model.ts';
import { relayUpload, type NamedForm, type ServedBy } from './upload.ts';
import { findFormModel } from './form-model.ts';

/**
 * Serves what the gateway does not have to understand: images, audio, moderations, files, batches, uploads … JSON is read
 * whole for its model and may be tried elsewhere; everything else streams through, once.
 */
export function compilePassthrough(host: OperationHost): (x: Exchange, type: LlmRouteType) => Promise<void> {
  return async (x, type) => {
    const { headers, bodyLength } = x.request;
    const contentType = headers.get('content-type') ?? '';
    x.errorBody = gatewayErrorBody(errorTypeFor(x, type));
    if (bodyLength === 0) return whole(x, type, null, { bytes: Buffer.alloc(0), held: openAccount(x, host.ports) });
    const boundary = multipartBoundary(contentType);
    if (boundary !== null) return form(x, type, boundary);
    if (isJson(contentType)) return json(x, type);
    return upload(x, type, null);
  };

  async function json(x: Exchange, type: LlmRouteType): Promise<void> {
    const sent = await readBody(x, type, host.ports);
    if (sent === null) return;
    const read = readLlmBody(sent.bytes);
    // What the gateway does not have to understand may be anything.
    return whole(x, type, typeof read === 'string' ? null : read, sent);
  }

  async function form(x: Exchange, type: LlmRouteType, boundary: string): Promise<void> {
    const field = await findFormModel(x, boundary);
    if (x.state !== 'open') return;
    return upload(x, type, field === null ? null : { field, boundary });
  }

  function upload(x: Exchange, type: LlmRouteType, form: NamedForm | null): void {
    const served = servedBy(x, form?.field.value ?? null);
    if ('status' in served) return refuse(x, type, served);
    return relayUpload(x, host, type, served, form);
  }

  function whole(x: Exchange, type: LlmRouteType, body: LlmBody | null, { bytes, held }: HeldBody): void {
    const { method, path, query } = x.request;
    if (bytes.length === 0 && !isVersioned(path)) return refuse(x, type, unknownOperation(method, path));
    const inBody = body?.model ?? null;
    const served = servedBy(x, inBody, body?.json);
    if ('status' in served) return refuse(x, type, served);
    const { route, own } = served;
    x.request.headers.delete(modelField);
    const attributes = new ExchangeAttributes(x);
    const ask = { type, path: sentPath(x, route), query, body, bytes, attributes };
    const modelFor = own && inBody !== null ? (attempt: Attempt) => modelInBody(x, route, attempt, inBody) : noModel;
    return serve(x, ask, { attempts: route.attempts, modelFor }, held, host.ports);
  }

  /** Who serves a request whose body names this model. */
  function servedBy(x: Exchange, inBody: string | null, json?: JsonRecord): ServedBy | LlmReply {
    const inPath = pathModel(x.request.path);
    // Which of them a provider obeys is its own affair: what is asked, and allowed, must be both.
    if (inPath !== null && inBody !== null && !isSameModel(inPath, inBody)) return modelsDiffer();
    const name = inPath ?? inBody;
    const route = name === null ? null : host.byModel(name, x, json);
    if (route !== null) return { route, own: true };
    // The field outdoes a model that only the provider knows.
    if (name !== null && name !== '' && !x.request.headers.has(modelField)) return modelNotFound(name);
    const other = routeWithoutModel(host, x);
    return 'status' in other ? other : { route: other, own: false };
  }
}

const noModel = (): null => null;

/** What a provider is to read as the model where the path says it, too: there Google's bodies have the whole resource. */
function modelInBody(x: Exchange, route: OperationRoute, attempt: Attempt, inBody: string): string | null {
  const model = route.modelFor(attempt);
  const inPath = pathModel(x.request.path);
  return inPath === null || inBody === inPath ? model : `models/${sentModel(x, attempt, model ?? inPath)}`;
}

function modelsDiffer(): LlmReply {
  return errorReply(400, 'ambiguous_model', 'path and body name different models; name the same in both', 'model');
}

/** A body that may hold a JSON object, with what `curl -d` says of one. */
function isJson(contentType: string): boolean {
  return (
    contentType === '' ||
    /^\s*(?:application|text)\/(?:(?:[\w.+-]+\+)?json|plain|x-www-form-urlencoded)\b/i.test(contentType)
  );
}
