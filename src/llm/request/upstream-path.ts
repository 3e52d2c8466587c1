import type { LlmProvider, LlmRouteType } from '../../model/llm.ts';
import { isFormat, operations } from './operation.ts';

/** Where a request goes at its provider. */
export interface UpstreamTarget {
  readonly path: string;
  /** With its `?`, or ''. */
  readonly query: string;
}

/**
 * Where a request goes at `provider`, or undefined when the provider does not serve `type`. For a format: the path it is
 * configured with, else the provider's prefix and the format's own path. For `passthrough` and `detect`: the client's
 * path, with `/v1` replaced by the provider's prefix. A query of the configured path comes before the client's.
 *
 * @param query with its `?`, or ''.
 */
export function upstreamTarget(
  provider: LlmProvider,
  type: LlmRouteType,
  path: string,
  query: string,
): UpstreamTarget | undefined {
  if (provider.pathOverride !== undefined) return target(provider.pathOverride, query);
  if (!isFormat(type)) return { path: replaceVersion(provider.pathPrefix, path), query };
  const spoken = provider.formats.find((f) => f.format === type);
  if (spoken === undefined) return undefined;
  if (spoken.path !== undefined) return target(spoken.path, query);
  const { suffix } = operations[type];
  return suffix === null ? undefined : { path: provider.pathPrefix + suffix, query };
}

function replaceVersion(prefix: string, path: string): string {
  if (prefix === '') return path;
  return prefix + (path === '/v1' || path.startsWith('/v1/') ? path.slice(3) : path);
}

function target(configured: string, query: string): UpstreamTarget {
  const mark = configured.indexOf('?');
  if (mark === -1) return { path: configured, query };
  const own = configured.slice(mark);
  return { path: configured.slice(0, mark), query: query.length > 1 ? `${own}&${query.slice(1)}` : own };
}
