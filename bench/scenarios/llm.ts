import type { LoadRequest } from '../lib/wrk.ts';
import type { Scenario } from './scenario.ts';

const headers = { 'content-type': 'application/json' };
const messages = [{ role: 'user', content: 'x'.repeat(1900) }];

const chat = '/v1/chat/completions';
const anthropic = '/v1/messages';

function ask(path: string, model: string, stream: boolean): LoadRequest {
  const limit = path === anthropic ? { max_tokens: 1000 } : {};
  const body = JSON.stringify({ model, ...limit, messages, ...(stream ? { stream: true } : {}) });
  return { method: 'POST', path, headers, bodies: [body] };
}

/** @param upstream path of the provider's API, which nginx relays in the same run. */
function scenario(name: string, title: string, request: LoadRequest, upstream: LoadRequest, budget: string): Scenario {
  return {
    name,
    title,
    connections: 32,
    port: (ports) => ports.llm,
    request: () => request,
    yardstick: upstream,
    budget,
  };
}

export const llmScenarios: readonly Scenario[] = [
  scenario(
    'llm-chat',
    'chat → chat, 2 KiB each way',
    ask(chat, 'bench', false),
    ask(chat, 'bench', false),
    '≤ 1.5 × own post-2k',
  ),
  scenario(
    'llm-chat-to-messages',
    'chat → Messages, 2 KiB each way',
    ask(chat, 'claude', false),
    ask(anthropic, 'claude', false),
    '≤ 2 × own post-2k',
  ),
  scenario(
    'llm-messages-to-chat',
    'Messages → chat, 2 KiB each way',
    ask(anthropic, 'bench', false),
    ask(chat, 'bench', false),
    '≤ 2 × own post-2k',
  ),
  scenario(
    'llm-stream',
    'chat stream, 100 chunks',
    ask(chat, 'bench', true),
    ask(chat, 'bench', true),
    '≤ 1.6 × nginx',
  ),
  scenario(
    'llm-stream-to-messages',
    'chat stream → Messages, 100 chunks',
    ask(chat, 'claude', true),
    ask(anthropic, 'claude', true),
    '≤ 3.5 × nginx',
  ),
  scenario(
    'llm-stream-from-messages',
    'Messages stream → chat, 100 chunks',
    ask(anthropic, 'bench', true),
    ask(chat, 'bench', true),
    '≤ 3.5 × nginx',
  ),
];
