import type { ExtProcModes, ExtProcSpec } from '../../../model/policies/ext-proc.ts';
import type { Conditional } from '../../../model/policy.ts';
import type { ExtProc, ExtProcPolicy } from '../../schema/ext.ts';
import { conditionals } from '../conditional.ts';
import { warn, type Context, type Path } from '../context.ts';
import { expressionMap } from '../expressions.ts';
import { helperTarget } from '../helper-target.ts';

/** `extProc` with or without variants. */
export function extProcVariants(context: Context, path: Path, config: ExtProcPolicy): Conditional<ExtProcSpec> {
  return conditionals(context, path, config, extProc);
}

function extProc(context: Context, path: Path, config: ExtProc): ExtProcSpec | undefined {
  const target = helperTarget(context, path, config, 'grpc');
  if (target === undefined) return undefined;
  const { metadataContext = {}, requestAttributes = {}, responseAttributes = {} } = config;
  return {
    target,
    failOpen: config.failureMode === 'failOpen',
    modes: modesOf(context, [...path, 'processingOptions'], config.processingOptions),
    allowModeOverride: config.processingOptions.allowModeOverride,
    metadata: new Map(
      Object.entries(metadataContext).map(([namespace, sources]) => [
        namespace,
        expressionMap(context, [...path, 'metadataContext', namespace], sources, 'request'),
      ]),
    ),
    requestAttributes: expressionMap(context, [...path, 'requestAttributes'], requestAttributes, 'request'),
    responseAttributes: expressionMap(context, [...path, 'responseAttributes'], responseAttributes, 'response'),
    messageTimeoutMs: config.messageTimeout,
    maxMessageTimeoutMs: config.maxMessageTimeout,
  };
}

/** Bodies that stream both ways end with their trailers, so these are shown as well (envoy.service.ext_proc.v3). */
function modesOf(context: Context, path: Path, config: ExtProc['processingOptions']): ExtProcModes {
  const { requestBodyMode, responseBodyMode, requestTrailerMode, responseTrailerMode } = config;
  const trailers = (name: string, mode: 'send' | 'skip', body: string): boolean => {
    if (mode === 'send') return true;
    if (body !== 'fullDuplexStreamed') return false;
    warn(context, [...path, name], 'trailers are shown all the same: fullDuplexStreamed bodies end with them');
    return true;
  };
  return {
    requestHeaders: config.requestHeaderMode === 'send',
    responseHeaders: config.responseHeaderMode === 'send',
    requestBody: requestBodyMode,
    responseBody: responseBodyMode,
    requestTrailers: trailers('requestTrailerMode', requestTrailerMode, requestBodyMode),
    responseTrailers: trailers('responseTrailerMode', responseTrailerMode, responseBodyMode),
  };
}
