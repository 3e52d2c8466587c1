import type { TransformationsSpec } from '../../model/policies/transformations.ts';
import type { BackendPolicySpecs } from '../../model/policy.ts';
import type { Transformations } from '../schema/transformations.ts';
import { report, type Context, type Path } from './context.ts';
import { transformations } from './policies/transformations.ts';

/** Who is called: what of a message expressions may change follows from it. */
export type Called = 'http' | 'grpc' | 'llm' | 'mcp';

const instead: Readonly<Record<Exclude<Called, 'http'>, string>> = {
  grpc: 'the messages of a gRPC service cannot be computed',
  llm: 'the bodies of LLM requests are changed by ai.transformations and ai.finalTransformations',
  mcp: 'the messages of an MCP server cannot be computed',
};

/** `transformations` of a single target of a backend, or of a service that helps a policy. */
export function innerTransformations(
  context: Context,
  path: Path,
  config: Transformations | undefined,
  called: Called,
): Pick<BackendPolicySpecs, 'transformations'> {
  if (config === undefined) return {};
  const spec = transformations(context, path, config);
  if (called !== 'http') checkChanges(context, path, spec, called);
  return { transformations: spec };
}

/** A named backend may have changes that are not for those who are called here. @param path Where it is named. */
export function checkBackendChanges(
  context: Context,
  path: Path,
  spec: TransformationsSpec | undefined,
  called: 'grpc' | 'mcp',
): void {
  const changesBody = spec?.request?.body !== undefined || spec?.response?.body !== undefined;
  if (changesBody) report(context, path, `it has transformations of a body, but ${instead[called]}`);
}

function checkChanges(
  context: Context,
  path: Path,
  { request, response }: TransformationsSpec,
  called: Exclude<Called, 'http'>,
): void {
  if (request?.body !== undefined) report(context, [...path, 'request', 'body'], instead[called]);
  if (called === 'grpc' && response !== undefined) {
    report(context, [...path, 'response'], 'nobody reads the fields of a gRPC answer');
  } else if (response?.body !== undefined) {
    report(context, [...path, 'response', 'body'], instead[called]);
  }
}
