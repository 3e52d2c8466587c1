import { isJsonRecord } from '../json/parse.ts';
import { stripJsonMembers } from '../json/strip.ts';
import { LlmBadRequest } from '../pivot/drops.ts';
import type { BodyDraft } from '../request/draft.ts';
import { streamQuery, usualTarget, withQuery } from '../request/upstream-path.ts';
import type { ProviderCall, ProviderTraits, UpstreamTarget } from './adapter.ts';
import { keepBetas } from './betas.ts';
import { atDate } from './claude-name.ts';
import { bareName, pathName } from './model-name.ts';

/** Betas that Vertex AI's Claude knows; it answers 400 to any other. Source: Anthropic's pages on Claude on Vertex AI. */
const knownBetas: ReadonlySet<string> = new Set([
  'claude-code-20250219',
  'compact-2026-01-12',
  'computer-use-2024-10-22',
  'computer-use-2025-01-24',
  'computer-use-2025-11-24',
  'context-1m-2025-08-07',
  'context-management-2025-06-27',
  'effort-2025-11-24',
  'fine-grained-tool-streaming-2025-05-14',
  'interleaved-thinking-2025-05-14',
  'output-128k-2025-02-19',
  'prompt-caching-2024-07-31',
  'tool-search-tool-2025-10-19',
  'token-efficient-tools-2025-02-19',
  'web-search-2025-03-05',
]);

/** Google's Vertex AI: Gemini, Claude and open models of one project and region, whose path is the provider's prefix. */
export const vertex: ProviderTraits = {
  label: 'gcp.vertex_ai',
  target(call) {
    const { provider, type, model } = call;
    if (provider.pathOverride !== undefined || call.formats.some((f) => f.format === type && f.path !== undefined))
      return usualTarget(call);
    switch (type) {
      case 'messages':
        return publisher(call, 'anthropic', `${claudeName(model)}:${call.stream ? 'streamRawPredict' : 'rawPredict'}`);
      case 'anthropicTokenCount':
        // Its own model, in place of the one that is asked about.
        return publisher(call, 'anthropic', 'count-tokens:rawPredict');
      case 'generateContent':
        return publisher(
          call,
          'google',
          `${googleName(model)}:${call.stream ? 'streamGenerateContent' : 'generateContent'}`,
        );
      case 'geminiCountTokens':
        return publisher(call, 'google', `${googleName(model)}:countTokens`);
      case 'completions':
        return withQuery(`${provider.pathPrefix}/endpoints/openapi/chat/completions`, clientQuery(call));
      case 'passthrough':
      case 'detect':
        // What names a project itself goes where it says.
        return call.path.includes('/projects/') ? { path: call.path, query: call.query } : usualTarget(call);
      default:
        return undefined;
    }
  },
  finishBody({ type, model }, draft) {
    // Its OpenAI-compatible face wants the publisher before Google's own models.
    if (type === 'completions' && model?.startsWith('gemini') === true) draft.set('model', `google/${model}`);
    if (type !== 'messages' && type !== 'anthropicTokenCount') return;
    draft.set('anthropic_version', 'vertex-2023-10-16');
    if (type === 'messages') draft.remove('model');
    else if (model !== null) draft.set('model', claudeName(model));
    moveOutputFormat(draft);
  },
  finishText({ type }, text, dropped) {
    if (type !== 'messages') return text;
    const left = stripJsonMembers(text, 'cache_control', 'scope');
    if (left !== text) dropped.push('cache_control.scope');
    return left;
  },
  finishFields({ type }, fields, dropped) {
    if (type !== 'messages' && type !== 'anthropicTokenCount') return;
    keepBetas(fields, (beta) => knownBetas.has(beta), dropped);
    // Stands in the body here.
    fields.delete('anthropic-version');
  },
  keyLocation: (key) => (key.startsWith('AIza') ? { kind: 'header', name: 'x-goog-api-key', prefix: '' } : undefined),
};

/** What came before `output_config.format`, which alone it knows. */
function moveOutputFormat(draft: BodyDraft): void {
  const format = draft.get('output_format');
  if (format === undefined) return;
  draft.remove('output_format');
  const config = draft.get('output_config') ?? {};
  if (format === null || !isJsonRecord(config) || config['format'] !== undefined) return;
  draft.set('output_config', { ...config, format });
}

function publisher(call: ProviderCall, name: string, method: string): UpstreamTarget {
  return {
    path: `${call.provider.pathPrefix}/publishers/${name}/models/${method}`,
    query: name === 'google' ? clientQuery(call) : '',
  };
}

function clientQuery(call: ProviderCall): string {
  return call.translated ? streamQuery(call) : call.query;
}

function claudeName(model: string | null): string {
  if (model === null) throw new LlmBadRequest('the model is missing', 'model');
  return pathName(atDate(bareName(model, 'anthropic')));
}

function googleName(model: string | null): string {
  return pathName(model === null ? null : bareName(model, 'google'));
}
