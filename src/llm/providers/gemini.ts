import type { ProviderTraits } from './adapter.ts';

/** The Gemini API of Google AI Studio. */
export const gemini: ProviderTraits = {
  label: 'gcp.gemini',
  finishBody({ type, model }, draft) {
    // Its OpenAI-compatible face takes bare names and `models/…`.
    if (type === 'embeddings' && model?.startsWith('google/') === true) draft.set('model', model.slice(7));
  },
  // API keys of Google begin so; anything else is an OAuth token.
  keyLocation: (key) => (key.startsWith('AIza') ? { kind: 'header', name: 'x-goog-api-key', prefix: '' } : undefined),
};
