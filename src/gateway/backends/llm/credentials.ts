import { usualKeyLocation } from '../../../llm/providers/table.ts';
import type { LlmProvider } from '../../../model/llm.ts';
import type { BackendPolicySpecs } from '../../../model/policy.ts';

/**
 * The policies of a provider's upstream, least specific first: what is usual for its kind, those of the backend and of its
 * use, its own. A key that no one gives a place stands where the provider's kind expects it.
 */
export function providerLevels(
  provider: LlmProvider,
  levels: readonly BackendPolicySpecs[],
): readonly BackendPolicySpecs[] {
  const { usualAuth, kind, policies } = provider;
  const all = usualAuth === undefined ? [...levels, policies] : [{ backendAuth: usualAuth }, ...levels, policies];
  return all.map((level) => {
    const auth = level.backendAuth;
    if (auth?.kind !== 'key' || auth.location !== undefined) return level;
    const location = usualKeyLocation(kind, auth.value);
    return location === undefined ? level : { ...level, backendAuth: { ...auth, location } };
  });
}
