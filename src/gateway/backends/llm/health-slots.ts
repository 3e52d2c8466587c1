import { createHash } from 'node:crypto';
import type { Backend } from '../../../model/backend.ts';
import type { LlmProvider } from '../../../model/llm.ts';

/** What is counted of each provider among which there is a choice. */
const healthCounts = ['illness', 'latency', 'failures', 'evictions', 'until', 'pending'] as const;

/** Name of one count of a provider in shared memory. Providers that are configured alike share their health. */
export function healthSlot(provider: LlmProvider, count: (typeof healthCounts)[number]): string {
  return `llm ${fingerprint(provider)} ${count}`;
}

/** Every count that a backend's providers need. */
export function healthSlots(backend: Backend): string[] {
  return choices(backend).flatMap((provider) => healthCounts.map((count) => healthSlot(provider, count)));
}

/** Providers of a backend that a request may choose among. */
function choices(backend: Backend): readonly LlmProvider[] {
  if (backend.kind === 'ai') {
    const providers = backend.groups.flat();
    return providers.length > 1 ? providers : [];
  }
  if (backend.kind !== 'llm' || backend.virtualModels === undefined) return [];
  return backend.models.map(({ provider }) => provider);
}

/** Equal for equal configuration, over restarts of workers. Hashed, because it may hold secrets. */
function fingerprint(provider: LlmProvider): string {
  const text = JSON.stringify(provider, (_key, part: unknown) => (part instanceof Map ? [...part] : part));
  return createHash('sha256').update(text).digest('base64url');
}
