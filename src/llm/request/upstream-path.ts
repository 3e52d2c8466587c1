import type { LlmFormat } from '../../model/llm.ts';
import type { ProviderCall, UpstreamTarget } from '../providers/adapter.ts';
import { bareName, escapedName, pathName } from '../providers/model-name.ts';
import { isFormat, operations } from './operation.ts';

/** Formats whose model stands in the path, below the provider's prefix. */
const modelPaths: Partial<Record<LlmFormat, (model: string | null, stream: boolean) => string>> = {
  generateContent: (model, stream) =>
    `/${googleResource(model)}:${stream ? 'streamGenerateContent' : 'generateContent'}`,
  geminiCountTokens: (model) => `/${googleResource(model)}:countTokens`,
  converse: (model, stream) => `/model/${escapedName(model)}/${stream ? 'converse-stream' : 'converse'}`,
};

/** True where the path says which model is asked, so that the body does not. */
export function modelInPath(type: string): boolean {
  return Object.hasOwn(modelPaths, type);
}

/**
 * Where a call goes at a provider that serves each format at its usual path, or undefined when it does not serve the type.
 * For a format: the path it is configured with, else the provider's prefix and the format's own path. For `passthrough`
 * and `detect`: the client's path, with `/v1` replaced by the provider's prefix. A query of the configured path comes
 * before the client's.
 *
 * @throws LlmBadRequest for the name of a model that no path can hold
 */
export function usualTarget(call: ProviderCall): UpstreamTarget | undefined {
  const { provider, type, path } = call;
  const query = call.translated ? streamQuery(call) : call.query;
  if (provider.pathOverride !== undefined) return withQuery(provider.pathOverride, query);
  if (!isFormat(type)) return { path: replaceVersion(provider.pathPrefix, path), query };
  const spoken = call.formats.find((f) => f.format === type);
  if (spoken === undefined) return undefined;
  if (spoken.path !== undefined) return withQuery(spoken.path, query);
  const ofModel = modelPaths[type];
  if (ofModel !== undefined) {
    const base = type === 'converse' ? provider.pathPrefix : googleBase(provider.pathPrefix);
    return { path: base + ofModel(call.model, call.stream), query };
  }
  const { suffix } = operations[type];
  return suffix === null ? undefined : { path: provider.pathPrefix + suffix, query };
}

/** A configured path, whose own query comes first. */
export function withQuery(configured: string, query: string): UpstreamTarget {
  const mark = configured.indexOf('?');
  if (mark === -1) return { path: configured, query };
  const own = configured.slice(mark);
  return { path: configured.slice(0, mark), query: query.length > 1 ? `${own}&${query.slice(1)}` : own };
}

/** Google's streams are JSON arrays unless they are asked to be events. */
export function streamQuery({ type, stream }: ProviderCall): string {
  return stream && type === 'generateContent' ? '?alt=sse' : '';
}

/** `models/…`, or `tunedModels/…` where the name says so. */
function googleResource(model: string | null): string {
  if (model?.startsWith('tunedModels/') === true) return `tunedModels/${pathName(model.slice(12))}`;
  return `models/${pathName(model === null ? null : bareName(model, 'google'))}`;
}

/** The base of Google's paths: one that is versioned for OpenAI's has its own version there. */
function googleBase(prefix: string): string {
  return /\/v1(?:alpha|beta)$/.test(prefix) ? prefix : `${prefix.replace(/\/v1$/, '')}/v1beta`;
}

function replaceVersion(prefix: string, path: string): string {
  if (prefix === '' || path.startsWith(`${prefix}/`)) return path;
  return prefix + (path === '/v1' || path.startsWith('/v1/') ? path.slice(3) : path);
}
