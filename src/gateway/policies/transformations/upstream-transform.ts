import type { Activation } from '../../../expr/cel/frame.ts';
import type { TransformationsSpec } from '../../../model/policies/transformations.ts';
import type { RequestHead, ResponseHead } from '../../../net/http/message.ts';
import { readsBody } from './body-transform.ts';
import { compileTransform, type FactHolder, type TransformPorts } from './fields.ts';
import { changedRequest, changedResponse } from './pseudo.ts';

/** What expressions about a request to an upstream see: the exchange that it is made for, or the request itself. */
export interface TransformScope extends FactHolder {
  attributes(): Activation;
  attributesWith(head: ResponseHead): Activation;
}

/** Transformations of the requests to one upstream and of their answers; each may throw GatewayError. */
export interface UpstreamTransform {
  /** Null: fields stay. */
  readonly request: ((head: RequestHead, scope: TransformScope) => void) | null;
  /** The body to send; null: it stays. */
  readonly requestBody: ((scope: TransformScope) => Uint8Array) | null;
  /** Null: fields stay. */
  readonly response: ((head: ResponseHead, scope: TransformScope) => void) | null;
  /** The body in place of what came; null: it stays. */
  readonly responseBody: ((head: ResponseHead, scope: TransformScope) => Uint8Array) | null;
  /** The scope must know the body of the answer before. */
  readonly holdsResponse: boolean;
}

/** Compiles the transformations of an upstream. */
export function compileUpstreamTransform(spec: TransformationsSpec, ports: TransformPorts): UpstreamTransform {
  const request = spec.request === undefined ? null : compileTransform(spec.request, 'request', ports);
  const response = spec.response === undefined ? null : compileTransform(spec.response, 'response', ports);
  const requestBody = request?.body ?? null;
  const responseBody = response?.body ?? null;
  return {
    request: request === null ? null : (head, scope) => request.change(scope, scope.attributes(), changedRequest(head)),
    requestBody: requestBody === null ? null : (scope) => requestBody(scope.attributes()),
    response:
      response === null
        ? null
        : (head, scope) => response.change(scope, scope.attributesWith(head), changedResponse(head)),
    responseBody: responseBody === null ? null : (head, scope) => responseBody(scope.attributesWith(head)),
    holdsResponse: responseBody !== null || (response !== null && readsBody(response.references)),
  };
}
