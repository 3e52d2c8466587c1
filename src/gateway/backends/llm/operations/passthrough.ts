import type { LlmReply } from '../../../../llm/answer.ts';
import { gatewayErrorBody } from '../../../../llm/formats/refusal.ts';
import { isVersioned, pathModel } from '../../../../llm/operations/passthrough/path-model.ts';
import { multipartBoundary } from '../../../../llm/operations/passthrough/multipart-field.ts';
import { readLlmBody, type LlmBody } from '../../../../llm/request/body.ts';
import { unknownOperation } from '../../../../llm/request/plan.ts';
import { modelNotFound } from '../../../../llm/router/model-not-found.ts';
import type { LlmRouteType } from '../../../../model/llm.ts';
import { ExchangeAttributes } from '../../../attributes/exchange-attributes.ts';
import type { Exchange } from '../../../exchange.ts';
import { errorTypeFor, refuse } from '../local-answer.ts';
import { openAccount, readBody, serve, type HeldBody } from '../serve.ts';
import { modelField, routeWithoutModel } from './choose-route.ts';
import type { OperationHost, OperationRoute } from './host.ts';
import { sentPath } from './sent-model.ts';
import { relayUpload } from './upload.ts';
import { findFormModel } from './form-model.ts';

/**
 * Serves what the gateway does not have to understand: images, audio, moderations, files, batches, uploads … JSON is read
 * whole for its model and may be tried elsewhere; everything else streams through, once.
 */
export function compilePassthrough(host: OperationHost): (x: Exchange, type: LlmRouteType) => Promise<void> {
  return async (x, type) => {
    const { path, headers, bodyLength } = x.request;
    const contentType = headers.get('content-type') ?? '';
    x.errorBody = gatewayErrorBody(errorTypeFor(x, type));
    if (bodyLength === 0) return whole(x, type, null, { bytes: Buffer.alloc(0), held: openAccount(x, host.ports) });
    const boundary = multipartBoundary(contentType);
    if (boundary !== null) return form(x, type, boundary);
    if (isJson(contentType)) return json(x, type);
    const route = routeFor(x, pathModel(path));
    return 'status' in route ? refuse(x, type, route) : relayUpload(x, host, type, route, null);
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
    const own = field === null ? null : host.byModel(field.value, x);
    const route = own ?? withoutOwn(x, field?.value ?? null);
    if ('status' in route) return refuse(x, type, route);
    return relayUpload(x, host, type, route, own === null ? null : field);
  }

  function whole(x: Exchange, type: LlmRouteType, body: LlmBody | null, { bytes, held }: HeldBody): void {
    const { method, path, query } = x.request;
    if (bytes.length === 0 && !isVersioned(path)) return refuse(x, type, unknownOperation(method, path));
    const own = body === null || body.model === null ? null : host.byModel(body.model, x, body.json);
    const route = own ?? withoutOwn(x, body?.model ?? null);
    if ('status' in route) return refuse(x, type, route);
    x.request.headers.delete(modelField);
    const attributes = new ExchangeAttributes(x);
    const ask = { type, path: own !== null ? path : sentPath(x, route), query, body, bytes, attributes };
    const modelFor: OperationRoute['modelFor'] = (attempt) => (own === null ? null : route.modelFor(attempt));
    return serve(x, ask, { attempts: route.attempts, modelFor }, held, host.ports);
  }

  /** The route of a request whose body names no model of ours; the field outdoes one that only the provider knows. */
  function withoutOwn(x: Exchange, name: string | null): OperationRoute | LlmReply {
    if (name !== null && name !== '' && !x.request.headers.has(modelField)) return modelNotFound(name);
    return routeFor(x, name === null ? pathModel(x.request.path) : null);
  }

  function routeFor(x: Exchange, name: string | null): OperationRoute | LlmReply {
    if (name === null || name === '') return routeWithoutModel(host, x);
    const route = host.byModel(name, x);
    if (route !== null) return route;
    return x.request.headers.has(modelField) ? routeWithoutModel(host, x) : modelNotFound(name);
  }
}

/** A body that may hold a JSON object, with what `curl -d` says of one. */
function isJson(contentType: string): boolean {
  return (
    contentType === '' ||
    /^\s*(?:application|text)\/(?:(?:[\w.+-]+\+)?json|plain|x-www-form-urlencoded)\b/i.test(contentType)
  );
}
