import type { ProviderTraits } from './adapter.ts';

/** Amazon Bedrock's runtime; models are ids, inference profiles or ARNs. */
export const bedrock: ProviderTraits = {
  label: 'aws.bedrock',
  finishBody({ provider, type, stream }, draft) {
    const guardrail = provider.settings?.guardrail;
    if (type !== 'converse' || guardrail === undefined || draft.has('guardrailConfig')) return;
    draft.set('guardrailConfig', {
      guardrailIdentifier: guardrail.identifier,
      guardrailVersion: guardrail.version,
      trace: 'disabled',
      // Streams are checked as they come, not held back.
      ...(stream ? { streamProcessingMode: 'sync' } : {}),
    });
  },
};
