import type { TransformationsSpec, TransformSpec } from '../../../model/policies/transformations.ts';
import { RuleFailures } from '../../authorization/rule-failures.ts';
import type { Exchange } from '../../exchange.ts';
import { ChosenStage } from '../chosen-stage.ts';
import type { ConditionalPolicyFactory, Policy, PolicyContext } from '../policy.ts';
import type { ResponseStage } from '../stage.ts';
import { BodyTransform, readsBody } from './body-transform.ts';
import { compileTransform, type CompiledTransform, type TransformPorts } from './fields.ts';
import { HeadTransform } from './head-transform.ts';
import { changedRequest, changedResponse } from './pseudo.ts';

/** What compiling transformations needs of a {@link PolicyContext}. */
export type TransformContext = Pick<PolicyContext, 'expressions' | 'log' | 'metrics' | 'place'>;

/** Changes requests and responses as expressions say. */
export const transformations: ConditionalPolicyFactory<'transformations'> = {
  kind: 'transformations',
  conditional: true,
  failedCondition: 'pass',
  compile: compileTransformations,
};

/**
 * The same for any place that has an exchange. Answers of policies that come before, such as one to a preflight or a
 * redirect to a login, are not changed.
 */
export function compileTransformations(spec: TransformationsSpec, context: TransformContext): Policy {
  const ports = transformPorts(context);
  const transform = spec.request === undefined ? null : compileRequest(spec.request, ports);
  if (spec.response === undefined) return { kind: 'transformations', request: transform, response: null };
  const reached = new WeakSet<Exchange>();
  return {
    kind: 'transformations',
    request: function reachTransformations(x) {
      reached.add(x);
      return transform?.(x);
    },
    ...compileResponse(spec.response, compileTransform(spec.response, 'response', ports), (x) => reached.has(x)),
  };
}

/** What the transforms of one place are compiled with. */
export function transformPorts({ expressions, log, metrics, place }: TransformContext): TransformPorts {
  const counter = metrics.policyExpressionErrors.with('transformations');
  return { expressions, failures: new RuleFailures(log, counter, 'transformations', place) };
}

function compileRequest(spec: TransformSpec, ports: TransformPorts): (x: Exchange) => undefined {
  const { change, body } = compileTransform(spec, 'request', ports);
  return function transformRequest(x) {
    change(x, x.attributes(), changedRequest(x.request));
    if (body === null) return undefined;
    const bytes = body(x.attributes());
    x.request.headers.delete('content-encoding');
    x.body.replace(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return undefined;
  };
}

function compileResponse(
  spec: TransformSpec,
  transform: CompiledTransform,
  applies: (x: Exchange) => boolean,
): Pick<Policy, 'response'> & Partial<Pick<Policy, 'stage' | 'late'>> {
  const { change, body, references } = transform;
  const staged = (make: (x: Exchange) => ResponseStage): Pick<Policy, 'response' | 'stage'> => ({
    response: null,
    stage: (x) => new ChosenStage(() => (applies(x) ? make(x) : null)),
  });
  if (body !== null || readsBody(references)) return staged((x) => new BodyTransform(x, transform));
  // A failure can still become an answer there.
  if (spec.replace !== undefined) return staged((x) => new HeadTransform(x, change));
  return {
    late: true,
    response: function transformResponse(x, head) {
      if (applies(x)) change(x, x.attributesWith(head), changedResponse(head));
    },
  };
}
