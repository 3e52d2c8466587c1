import { GatewayError } from '../../../base/errors.ts';
import { toBytes } from '../../../expr/cel/output.ts';
import type { TransformationsSpec, TransformSpec } from '../../../model/policies/transformations.ts';
import type { Exchange } from '../../exchange.ts';
import type { ConditionalPolicyFactory, Policy, PolicyContext } from '../policy.ts';
import { BodyTransform, readsBody } from './body-transform.ts';
import { compileFields } from './fields.ts';
import { HeadTransform } from './head-transform.ts';
import { changedRequest, changedResponse } from './pseudo.ts';

/** What compiling transformations needs of a {@link PolicyContext}. */
export type TransformContext = Pick<PolicyContext, 'expressions'>;

/** Changes requests and responses as expressions say. */
export const transformations: ConditionalPolicyFactory<'transformations'> = {
  kind: 'transformations',
  conditional: true,
  compile: compileTransformations,
};

/** The same for any place that has an exchange. */
export function compileTransformations(spec: TransformationsSpec, context: TransformContext): Policy {
  return {
    kind: 'transformations',
    request: spec.request === undefined ? null : compileRequest(spec.request, context),
    response: null,
    ...(spec.response === undefined ? {} : compileResponse(spec.response, context)),
  };
}

function compileRequest(spec: TransformSpec, { expressions }: TransformContext): (x: Exchange) => undefined {
  const { change } = compileFields(spec, expressions, 'request');
  const body = spec.body === undefined ? null : expressions.program(spec.body, 'request');
  return function transformRequest(x) {
    change(x, x.attributes(), changedRequest(x.request));
    if (body === null) return undefined;
    const bytes = toBytes(body.evaluate(x.attributes()));
    if (bytes === undefined) throw new GatewayError('expressionFailed', 'the body could not be computed');
    x.request.headers.delete('content-encoding');
    x.body.replace(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return undefined;
  };
}

function compileResponse(
  spec: TransformSpec,
  { expressions }: TransformContext,
): Pick<Policy, 'response'> & Partial<Pick<Policy, 'stage' | 'late'>> {
  const { change, references } = compileFields(spec, expressions, 'response');
  const body = spec.body === undefined ? null : expressions.program(spec.body, 'response');
  if (body !== null || readsBody(references)) {
    return { response: null, stage: (x) => new BodyTransform(x, change, body) };
  }
  // A failure can still become an answer there.
  if (spec.replace !== undefined) return { response: null, stage: (x) => new HeadTransform(x, change) };
  return {
    late: true,
    response: function transformResponse(x, head) {
      change(x, x.attributesWith(head), changedResponse(head));
    },
  };
}
