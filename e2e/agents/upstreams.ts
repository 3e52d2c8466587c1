/** The upstream APIs that stand behind the agents; the scripted model plays them all. */

/** An API that a provider speaks. */
export interface AgentUpstream {
  /** The path of its requests, which tells it from the others. */
  readonly path: RegExp;
  /** YAML of an entry of `llm.models` for the mock at `url`. */
  model(name: string, url: string): string;
}

const entry = (name: string, provider: string, params: string, more = ''): string =>
  `\n- { name: "${name}", provider: ${provider}, params: { apiKey: k, ${params} }${more} }`;

/** By the API that the model speaks. */
export const agentUpstreams: Readonly<Record<string, AgentUpstream>> = {
  completions: {
    path: /^\/v1\/chat\/completions$/,
    model: (name, url) =>
      entry(name, 'openAI', `model: gpt-4o, baseUrl: "${url}"`, ', formats: [{ type: completions }]'),
  },
  responses: {
    path: /^\/v1\/responses$/,
    model: (name, url) => entry(name, 'openAI', `model: gpt-5, baseUrl: "${url}"`, ', formats: [{ type: responses }]'),
  },
  messages: {
    path: /^\/v1\/messages$/,
    model: (name, url) => entry(name, 'anthropic', `model: claude-sonnet-4-5, baseUrl: "${url}"`),
  },
  generateContent: {
    path: /^\/v1beta\/models\/gemini-2.5-pro:streamGenerateContent/,
    model: (name, url) => entry(name, 'gemini', `model: gemini-2.5-pro, baseUrl: "${url}/v1beta"`),
  },
  converse: {
    path: /^\/model\/us.anthropic.claude-sonnet-4-5[^/]*\/converse-stream$/,
    model: (name, url) =>
      entry(name, 'bedrock', `model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0", baseUrl: "${url}"`),
  },
  cohere: {
    path: /^\/v2\/chat$/,
    model: (name, url) => entry(name, 'cohere', `model: command-a-03-2025, baseUrl: "${url}"`),
  },
};
