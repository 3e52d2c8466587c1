import { isFormat, operations } from '../request/operation.ts';
import { usualTarget, withQuery } from '../request/upstream-path.ts';
import type { ProviderCall, ProviderTraits, UpstreamTarget } from './adapter.ts';
import { pathName } from './model-name.ts';

/** What versions with a date serve below the name of a deployment. */
const ofDeployments: ReadonlySet<string> = new Set(['completions', 'legacyCompletions', 'embeddings']);

/** Azure OpenAI and AI Foundry. Its v1 API is the provider's prefix; versions with a date have paths of their own. */
export const azure: ProviderTraits = {
  label: 'azure.ai.openai',
  target(call) {
    const { provider, type } = call;
    const spoken = call.formats.find((f) => f.format === type);
    const version = provider.settings?.apiVersion;
    const own = provider.pathOverride ?? spoken?.path;
    if (own === undefined && spoken !== undefined && isClaude(type)) return claudeTarget(call);
    if (version === undefined || version === 'v1' || own !== undefined) return usualTarget(call);
    const usual = usualTarget(call);
    if (usual === undefined) return undefined;
    const query = withVersion(usual.query, version);
    if (version === 'preview' || !isFormat(type)) return { path: usual.path, query };
    return dated(call, query);
  },
  keyLocation: () => ({ kind: 'header', name: 'api-key', prefix: '' }),
};

function isClaude(type: string): boolean {
  return type === 'messages' || type === 'anthropicTokenCount';
}

/** Claude has a folder of its own, beside OpenAI's and outside of projects. */
function claudeTarget(call: ProviderCall): UpstreamTarget {
  const base = call.provider.pathPrefix.replace(/(?:\/api\/projects\/[^/]+)?\/openai(?:\/v1)?$/, '');
  const path = `${base}/anthropic/v1/messages${call.type === 'messages' ? '' : '/count_tokens'}`;
  return { path, query: call.translated ? '' : call.query };
}

function dated({ provider, type, model }: ProviderCall, query: string): UpstreamTarget | undefined {
  if (!isFormat(type)) return undefined;
  const { suffix } = operations[type];
  if (suffix === null) return undefined;
  if (type === 'realtime')
    return withQuery(provider.pathPrefix + suffix, query.replace(/([?&])model=/, '$1deployment='));
  if (!ofDeployments.has(type)) return withQuery(provider.pathPrefix + suffix, query);
  return withQuery(`${provider.pathPrefix}/deployments/${pathName(model)}${suffix}`, query);
}

function withVersion(query: string, version: string): string {
  if (/[?&]api-version=/.test(query)) return query;
  const own = `?api-version=${encodeURIComponent(version)}`;
  return query.length > 1 ? `${own}&${query.slice(1)}` : own;
}
