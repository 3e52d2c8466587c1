import type { Scenario } from './scenario.ts';

const headers = { 'content-type': 'application/json' };

function chatBody(stream: boolean): string {
  const messages = [{ role: 'user', content: 'x'.repeat(1900) }];
  return JSON.stringify({ model: 'bench', messages, ...(stream ? { stream: true } : {}) });
}

function chat(name: string, title: string, stream: boolean, budget: string): Scenario {
  const request = { method: 'POST', path: '/v1/chat/completions', headers, bodies: [chatBody(stream)] };
  return {
    name,
    title,
    connections: 32,
    port: (ports) => ports.llm,
    request: () => request,
    yardstick: request,
    budget,
  };
}

export const llmScenarios: readonly Scenario[] = [
  chat('llm-chat', 'chat → chat, 2 KiB each way', false, '≤ 1.5 × own post-2k'),
  chat('llm-stream', 'chat stream, 100 chunks', true, '≤ 200 µs'),
];
