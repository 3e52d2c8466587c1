/** One mock that plays every upstream API, and a gateway with a model in front of each. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { LLMock, type ChatCompletionRequest } from '@copilotkit/aimock';
import { startCheckedUpstream } from './checked-upstream.ts';
import { startLlmGateway, type LlmGateway } from './llm-gateway.ts';

/** An API that a provider speaks. */
export interface Upstream {
  /** The path of its requests, which tells it from the others. */
  readonly path: RegExp;
  /** Its entry of `llm.models` without the name, for a mock at `url`. */
  entry(url: string): string;
}

export type UpstreamName = 'completions' | 'responses' | 'messages' | 'generateContent' | 'converse' | 'cohere';

const aws = 'auth: { aws: { accessKeyId: GATEWAYKEY, secretAccessKey: gateway-secret } }';

/** By name; a model of the gateway has the name `on-NAME`. */
export const upstreams: Readonly<Record<UpstreamName, Upstream>> = {
  completions: {
    path: /^\/v1\/chat\/completions$/,
    entry: (url) =>
      `provider: openAI, params: { model: gpt-4o, apiKey: k, baseUrl: "${url}" }, formats: [{ type: completions }]`,
  },
  responses: {
    path: /^\/v1\/responses$/,
    entry: (url) =>
      `provider: openAI, params: { model: gpt-5, apiKey: k, baseUrl: "${url}" }, formats: [{ type: responses }]`,
  },
  messages: {
    path: /^\/v1\/messages$/,
    entry: (url) => `provider: anthropic, params: { model: claude-sonnet-4-5, apiKey: k, baseUrl: "${url}" }`,
  },
  generateContent: {
    path: /^\/v1beta\/models\/gemini-2.5-pro:(generateContent|streamGenerateContent)/,
    entry: (url) => `provider: gemini, params: { model: gemini-2.5-pro, apiKey: k, baseUrl: "${url}/v1beta" }`,
  },
  converse: {
    path: /^\/model\/[^/]+\/converse(-stream)?$/,
    entry: (url) =>
      `provider: bedrock, params: { model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0", awsRegion: us-east-1, baseUrl: "${url}" }, ${aws}`,
  },
  cohere: {
    path: /^\/v2\/chat$/,
    entry: (url) => `provider: cohere, params: { model: command-a-03-2025, apiKey: k, baseUrl: "${url}" }`,
  },
};

export const upstreamNames: readonly UpstreamName[] = Object.keys(upstreams) as UpstreamName[];

/** All of them but the client's own. */
export function upstreamsBut(own: UpstreamName): UpstreamName[] {
  return upstreamNames.filter((name) => name !== own);
}

/** What the model thinks before it speaks, where the request has the word `think`. */
export const thought = 'First the weather, then the answer.';

/** What the model says where the request asks for JSON. */
export const structured: { readonly city: string; readonly degrees: number } = { city: 'Paris', degrees: 21 };

/** A user who says this is told to slow down, for 7 seconds. */
export const busy = 'You are busy.';

/** The answer to a user who says this ends in the middle when it is streamed. */
export const cut = 'Stop in the middle.';

/** What the model begins to say then. */
export const longText: string = 'It goes on and on. '.repeat(20);

/** The tokens that every answer cost. */
export const usage: { readonly input: number; readonly output: number } = { input: 21, output: 9 };

/** A gateway in front of the mock. */
export interface ScriptedUpstreams {
  readonly gateway: LlmGateway;
  /** Requests of the gateway since the last call: paths, and bodies as chat requests whatever their format. */
  seen(): readonly { readonly path: string; readonly body: string }[];
  /** Bodies of all requests of the gateway, as they were sent. */
  sent(): readonly string[];
  /** Fails unless requests of the gateway came, all to the path of this upstream and such as its vendor takes. */
  onlyTo(name: UpstreamName): void;
}

/** The inputs of the two calls of the first tool that the model makes at once where it has tools. */
export const calls: readonly object[] = [{ city: 'Paris' }, { city: 'Rome' }];

/**
 * With tools the model makes {@link calls}, and repeats what they answered. Asked for JSON, it says {@link structured};
 * else it repeats what the user said.
 *
 * @param own The API of the client: what it sends there passes, and is not the gateway's to check.
 */
export async function startScriptedUpstreams(t: TestContext, own?: UpstreamName): Promise<ScriptedUpstreams> {
  const mock = new LLMock({ port: 0, host: '127.0.0.1' });
  const refusal = { error: { message: 'slow down', type: 'rate_limit_error', code: 'rate_limited' }, status: 429 };
  mock.on({ userMessage: busy }, { ...refusal, retryAfter: 7 });
  mock.on({ userMessage: cut }, { content: longText }, { chunkSize: 4, truncateAfterChunks: 12, latency: 2 });
  mock.on({ predicate: () => true }, answer);
  await mock.start();
  t.after(() => mock.stop());
  const checked = await startCheckedUpstream(t, mock.url);
  const models = Object.entries(upstreams).map(([name, { entry }]) => `- { name: on-${name}, ${entry(checked.url)} }`);
  const gateway = await startLlmGateway(t, `\n${models.join('\n')}`);
  const seen: ScriptedUpstreams['seen'] = () => {
    const requests = mock.getRequests().map(({ path, body }) => ({ path, body: JSON.stringify(body) }));
    mock.clearRequests();
    return requests;
  };
  return {
    gateway,
    seen,
    sent: () => checked.bodies,
    onlyTo(name) {
      const violations = checked.violations.splice(0);
      if (name !== own) assert.deepEqual(violations, []);
      const paths = seen().map(({ path }) => path);
      assert(paths.length > 0, 'no request of the gateway');
      for (const path of paths) assert.match(path, upstreams[name].path);
    },
  };
}

/** A value that no model can know. */
export const secret = (): string => `${randomUUID()} ° ü ✓`;

/** What the model says for a conversation that ends with this value. */
export const said = (value: string): string => `You said: ${value}`;

function answer(request: ChatCompletionRequest): object {
  const { messages, tools = [] } = request;
  const asked = messages.findLastIndex(({ role }) => role === 'user');
  const results = messages.slice(asked + 1).filter(({ role }) => role === 'tool');
  const text = messages[asked] === undefined ? '' : textOf(messages[asked]);
  const counted = {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    input_tokens: usage.input,
    output_tokens: usage.output,
    promptTokenCount: usage.input,
    candidatesTokenCount: usage.output,
  };
  const common = { usage: counted, ...(text.includes('think') ? { reasoning: thought } : {}) };
  if (results.length > 0) return { ...common, content: said(results.map(resultOf).join(' ')) };
  const answerTool = tools.find(({ function: { name } }) => name === 'waygate_structured_output');
  if (answerTool !== undefined) {
    return { ...common, toolCalls: [{ name: answerTool.function.name, arguments: JSON.stringify(structured) }] };
  }
  if (text.includes('JSON')) return { ...common, content: JSON.stringify(structured) };
  const [tool] = tools;
  if (tool === undefined) return { ...common, content: said(text) };
  const toolCalls = calls.map((input) => ({ name: tool.function.name, arguments: JSON.stringify(input) }));
  return { ...common, toolCalls };
}

function textOf({ content }: ChatCompletionRequest['messages'][number]): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => part.text ?? '').join('');
}

/** Gemini's results are objects, in which clients put a text as `output`, or as `content` beside the name. */
function resultOf(message: ChatCompletionRequest['messages'][number]): string {
  const text = textOf(message);
  if (!text.startsWith('{')) return text;
  const { output, content } = JSON.parse(text) as { readonly output?: string; readonly content?: string };
  return output ?? content ?? text;
}
