import type { CorsSpec } from '../../../model/policies/cors.ts';
import { isToken } from '../../../net/http/fields.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import type { RequestHead } from '../../../net/http/message.ts';

/** True when a browser asks whether it may send a request (Fetch standard, "CORS-preflight request"). */
export function isPreflight(request: RequestHead): boolean {
  return request.method === 'OPTIONS' && (request.headers.get('access-control-request-method') ?? '') !== '';
}

/** The fields of answers to preflights that do not depend on the origin; `*` becomes what the browser asks for. */
export function compilePreflight(spec: CorsSpec): (request: RequestHead) => HeaderList {
  const methods = list(spec.allowMethods);
  const headers = list(spec.allowHeaders);
  const maxAge = spec.maxAgeSeconds === undefined ? null : String(spec.maxAgeSeconds);
  return function answerPreflight(request) {
    const fields = new HeaderList();
    const allowMethods = methods === '*' ? requested(request, 'access-control-request-method') : methods;
    if (allowMethods !== '') fields.append('access-control-allow-methods', allowMethods);
    const allowHeaders = headers === '*' ? requested(request, 'access-control-request-headers') : headers;
    if (allowHeaders !== '') fields.append('access-control-allow-headers', allowHeaders);
    if (maxAge !== null) fields.append('access-control-max-age', maxAge);
    fields.append('vary', 'Access-Control-Request-Method, Access-Control-Request-Headers');
    return fields;
  };
}

function list(names: readonly string[]): string {
  return names.includes('*') ? '*' : names.filter(isToken).join(', ');
}

/** What the browser asks for, the names among it. */
function requested(request: RequestHead, field: string): string {
  const names = (request.headers.combined(field) ?? '').split(',').map((name) => name.trim());
  return names.filter(isToken).join(', ');
}
