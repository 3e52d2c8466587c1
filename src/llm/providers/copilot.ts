import { usualTarget } from '../request/upstream-path.ts';
import type { ProviderTraits } from './adapter.ts';
import { keepBetas } from './betas.ts';

/** What GitHub wants to know of who asks; a client that says it itself keeps its own. */
const clientFields: ReadonlyMap<string, string> = new Map([
  ['copilot-integration-id', 'vscode-chat'],
  ['editor-version', 'vscode/1.104.0'],
  ['openai-intent', 'conversation-agent'],
  ['x-initiator', 'agent'],
]);

/** A beta that GitHub answers 400 to. */
const unknownBeta = 'advisor-tool-2026-03-01';

/** GitHub Copilot; which of its models speak what stands in the formats of its row. */
export const copilot: ProviderTraits = {
  label: 'copilot',
  target(call) {
    const { provider, type } = call;
    const own = provider.pathOverride ?? call.formats.find((f) => f.format === type)?.path;
    // Only Messages have a version in their path.
    if (type !== 'messages' || own !== undefined) return usualTarget(call);
    return usualTarget({ ...call, provider: { ...provider, pathPrefix: `${provider.pathPrefix}/v1` } });
  },
  finishBody({ type }, draft, dropped) {
    // Members of betas that it does not take.
    if (type !== 'messages' || !draft.has('context_management')) return;
    draft.remove('context_management');
    dropped.push('context_management');
  },
  finishFields({ type }, fields, dropped) {
    for (const [name, value] of clientFields) if (!fields.has(name)) fields.set(name, value);
    if (type === 'messages') keepBetas(fields, (beta) => beta !== unknownBeta, dropped);
  },
};
