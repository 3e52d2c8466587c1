import { usualTarget } from '../request/upstream-path.ts';
import type { ProviderTraits } from './adapter.ts';
import { bareName } from './model-name.ts';

/** The Gemini API of Google AI Studio. */
export const gemini: ProviderTraits = {
  label: 'gcp.gemini',
  target(call) {
    // Its OpenAI-compatible face is a folder below; files that name that folder mean the whole API, too.
    const base = call.provider.pathPrefix.replace(/\/openai$/, '');
    const pathPrefix = call.type === 'embeddings' ? `${base}/openai` : base;
    return usualTarget({ ...call, provider: { ...call.provider, pathPrefix } });
  },
  finishBody({ type, model }, draft) {
    // Its own API has the model in each request of a batch.
    if (type === 'embeddings' && model !== null && draft.has('model')) draft.set('model', bareName(model, 'google'));
  },
  // API keys of Google begin so; anything else is an OAuth token.
  keyLocation: (key) => (key.startsWith('AIza') ? { kind: 'header', name: 'x-goog-api-key', prefix: '' } : undefined),
};
