import { usualTarget } from '../request/upstream-path.ts';
import type { ProviderTraits } from './adapter.ts';

/** Cohere's own platform. */
export const cohere: ProviderTraits = {
  target(call) {
    const usual = usualTarget(call);
    if (usual === undefined || call.type !== 'rerank' || !call.path.includes('/v1/')) return usual;
    // Version 1 has members that version 2 does not know (`return_documents`, `rank_fields`).
    return { ...usual, path: usual.path.replace(/\/v2\/rerank$/, '/v1/rerank') };
  },
};
