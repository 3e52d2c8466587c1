import type { Conditional, DirectResponseSpec } from '../../../model/policy.ts';
import type { DirectResponse, DirectResponsePolicy } from '../../schema/rewrite.ts';
import { conditionals } from '../conditional.ts';
import type { Context, Path } from '../context.ts';
import { expression, expressionMap } from '../expressions.ts';

/** `directResponse`. */
export function directResponses(
  context: Context,
  path: Path,
  config: DirectResponsePolicy,
): Conditional<DirectResponseSpec> {
  return conditionals(context, path, config, directResponse);
}

function directResponse(context: Context, path: Path, config: DirectResponse): DirectResponseSpec {
  return {
    status: config.status,
    ...(config.body === undefined ? {} : { body: config.body }),
    ...(config.bodyExpression === undefined
      ? {}
      : { bodyExpression: expression(context, [...path, 'bodyExpression'], config.bodyExpression, 'request') }),
    headers: expressionMap(context, [...path, 'headers'], config.headers, 'request'),
  };
}
