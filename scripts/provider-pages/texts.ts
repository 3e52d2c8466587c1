import type { CloudParams } from '../../src/config/translate/providers.ts';

/** What the page of a provider says that no table of the sources has. */
export interface ProviderText {
  readonly title: string;
  readonly intro: string;
  /** The entries of `llm.models`, as a file has them. */
  readonly models: string;
  /** Names of models that show how formats follow from them; absent: the name makes no difference. */
  readonly samples?: readonly string[];
  /** Parameters whose pages differ. */
  readonly params?: CloudParams;
  readonly notes: readonly string[];
}

const resource = { resource: '{resource}' } as const;

/** One entry for each kind, in the order of the index. */
export const providerTexts: Readonly<Record<string, ProviderText>> = {
  openAI: {
    title: 'OpenAI',
    intro: 'OpenAI’s API: Chat Completions, Responses and embeddings go on as they came.',
    models: `- name: gpt-*
  provider: openAI
  params: { apiKey: "$OPENAI_API_KEY" }`,
    notes: [
      'Clients of other APIs are served through Chat Completions. A model that knows only Responses says so: `formats: [{ type: responses }]`.',
      'Codex: set `wire_api = "responses"` and the gateway’s `/v1` as its base URL.',
    ],
  },
  anthropic: {
    title: 'Anthropic',
    intro:
      'Anthropic’s own API. Messages and token counts go on as they came; every other client is translated to Messages.',
    models: `- name: claude-*
  provider: anthropic
  params: { apiKey: "$ANTHROPIC_API_KEY" }`,
    notes: [
      'A key `sk-ant-oat…` (`claude setup-token`) is sent as a bearer token, any other in `x-api-key`.',
      '`anthropic-version` is set where the client sends none. Betas in `anthropic-beta` pass.',
      'Vertex AI’s paths (`:rawPredict`, `:streamRawPredict`) are taken from clients, too: the model’s name in the path becomes the body’s, `@20250929` becomes `-20250929`.',
      '`promptCaching` marks the instructions, the last message and, if asked, the tools with `cache_control`, unless the client marks its own.',
    ],
  },
  gemini: {
    title: 'Gemini (Google AI Studio)',
    intro:
      'The Gemini API. `generateContent`, its streams and `countTokens` go on as they came; every other client is translated to them.',
    models: `- name: gemini-*
  provider: gemini
  params: { apiKey: "$GEMINI_API_KEY" }`,
    notes: [
      'A key `AIza…` is sent in `x-goog-api-key`, anything else as a bearer token. A key of the client’s in the query (`?key=`) stays here.',
      'Names of models that hold `/ \\ % ? #`, `..` or white space are refused with 400: they would be another path.',
    ],
  },
  vertex: {
    title: 'Google Vertex AI',
    intro: 'Gemini, Claude and open models of one Google Cloud project.',
    models: `- name: claude-*
  provider: vertex
  params: { vertexProject: my-project, vertexRegion: us-east5 }
- name: gemini-*
  provider: vertex
  params: { vertexProject: my-project, vertexRegion: global }`,
    samples: ['claude-sonnet-4-5', 'gemini-2.5-pro', 'meta/llama-4-maverick'],
    params: { region: '{region}', project: '{project}' },
    notes: [
      '`vertexRegion` is `global` where the file names none; `us` and `eu` are multi-regions with hosts of their own. `vertexProject` may come from `GOOGLE_CLOUD_PROJECT`.',
      'Claude: `model` is taken out of the body, `anthropic_version` put in, a date in the name becomes `@date`, `output_format` and `cache_control.scope` are taken out, and of `anthropic-beta` only what the platform knows is sent on.',
      'Open models have the OpenAI-compatible face of the platform, with names such as `meta/llama-4-maverick`.',
    ],
  },
  bedrock: {
    title: 'Amazon Bedrock',
    intro: 'Converse and ConverseStream, for every model of Bedrock.',
    models: `- name: bedrock/*
  provider: bedrock
  params: { awsRegion: us-east-1 }
  transformation: { model: 'llmRequest.model.stripPrefix("bedrock/")' }
  promptCaching: { cacheTools: true }
- name: fast
  provider: bedrock
  params: { awsRegion: eu-west-1, model: "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc" }`,
    params: { region: '{region}' },
    notes: [
      'Models are ids, inference profiles or ARNs; they are escaped in the path.',
      '`awsRegion` may come from `AWS_REGION` or `AWS_DEFAULT_REGION`; it is `us-east-1` otherwise.',
      'With `params.apiKey` or `AWS_BEARER_TOKEN_BEDROCK` requests carry that key; else they are signed (SigV4) with the credentials of the environment, or those of `auth: { aws: … }`.',
      'In an `ai` backend, `guardrailIdentifier` and `guardrailVersion` apply a guardrail to every request that names none itself.',
      '`promptCaching` puts cache points where the model can use them.',
    ],
  },
  azure: {
    title: 'Azure OpenAI and AI Foundry',
    intro: 'Deployments of an Azure OpenAI resource, and models of an AI Foundry resource.',
    models: `- name: gpt-4o
  provider: azure
  params: { azureResourceName: my-resource, azureResourceType: openAI, model: my-deployment }
- name: claude-*
  provider: azure
  params: { azureResourceName: my-foundry, azureResourceType: foundry }`,
    samples: ['gpt-4o', 'claude-sonnet-4-5'],
    params: { ...resource, resourceType: 'foundry' },
    notes: [
      'Hosts are `{resource}.openai.azure.com` for `openAI`, and `{resource}.services.ai.azure.com` for `foundry` and `aiServices`. With `azureProjectName` the project’s own paths are used.',
      '`azureApiVersion` is `v1` where the file names none. A date uses the paths of deployments (`/openai/deployments/{model}/…?api-version=`).',
      'A key (`params.apiKey`, or `AZURE_OPENAI_API_KEY`) is sent in `api-key`; else a Microsoft Entra token of the environment is fetched, or of `auth: { azure: … }`.',
    ],
  },
  copilot: {
    title: 'GitHub Copilot',
    intro: 'The models of a GitHub Copilot subscription.',
    models: `- name: copilot/*
  provider: copilot
  transformation: { model: 'llmRequest.model.stripPrefix("copilot/")' }`,
    samples: ['claude-sonnet-4.6', 'gpt-4o', 'gpt-5-mini', 'gpt-5.3-codex', 'gemini-3-pro'],
    notes: [
      'The credential is the token of GitHub’s tools on this machine, exchanged for Copilot’s and renewed.',
      'Which format a model speaks follows from its name, as GitHub lists it; `formats` overrides it.',
      '`context_management` and a beta that GitHub refuses are taken out of Messages.',
    ],
  },
  cohere: {
    title: 'Cohere',
    intro: 'Cohere’s own chat API (`/v2/chat`); embeddings and rerank.',
    models: `- name: command-*
  provider: cohere
  params: { apiKey: "$COHERE_API_KEY" }`,
    notes: ['A choice of one named tool cannot be said to Cohere.'],
  },
  mistral: {
    title: 'Mistral',
    intro: 'Mistral’s La Plateforme.',
    models: `- name: mistral-*
  provider: mistral
  params: { apiKey: "$MISTRAL_API_KEY" }`,
    notes: [
      'Between the result of a tool and a user’s turn, which Mistral refuses to take together, stands a short turn of the assistant.',
    ],
  },
  groq: {
    title: 'Groq',
    intro: 'GroqCloud.',
    models: `- name: groq/*
  provider: groq
  params: { apiKey: "$GROQ_API_KEY" }
  transformation: { model: 'llmRequest.model.stripPrefix("groq/")' }`,
    notes: [
      'Groq answers 400 to `logprobs`, `top_logprobs`, `logit_bias`, names of messages and `n` other than 1; what clients of its own format send goes on as it came.',
    ],
  },
  togetherai: {
    title: 'Together AI',
    intro: 'Together’s serverless and dedicated endpoints.',
    models: `- name: together/*
  provider: togetherai
  params: { apiKey: "$TOGETHER_API_KEY" }
  transformation: { model: 'llmRequest.model.stripPrefix("together/")' }`,
    notes: [],
  },
  fireworks: {
    title: 'Fireworks',
    intro: 'Fireworks AI; models are named `accounts/fireworks/models/…`.',
    models: `- name: accounts/fireworks/*
  provider: fireworks
  params: { apiKey: "$FIREWORKS_API_KEY" }`,
    notes: [],
  },
  ollama: {
    title: 'Ollama',
    intro: 'A local Ollama, through its OpenAI-compatible API.',
    models: `- name: local/*
  provider: ollama
  params: { baseUrl: "http://localhost:11434/v1" }
  transformation: { model: 'llmRequest.model.stripPrefix("local/")' }`,
    notes: [
      'Ollama’s native `/api/chat` is not used.',
      'The length of its context is Ollama’s own to set (`OLLAMA_CONTEXT_LENGTH`).',
    ],
  },
  lmstudio: {
    title: 'LM Studio',
    intro: 'The server of LM Studio.',
    models: `- name: "*"
  provider: lmstudio`,
    notes: [],
  },
  vllm: {
    title: 'vLLM',
    intro: 'A vLLM server.',
    models: `- name: qwen-*
  provider: vllm
  params: { baseUrl: "http://vllm.internal:8000/v1" }`,
    notes: ['A server started with `--api-key` needs `params.apiKey`.'],
  },
  llamacpp: {
    title: 'llama.cpp',
    intro: 'The server of llama.cpp (`llama-server`).',
    models: `- name: "*"
  provider: llamacpp
  params: { baseUrl: "http://127.0.0.1:8080/v1" }`,
    notes: [
      'Its Messages and Responses endpoints differ from the vendors’ own; the gateway translates to its chat instead. `formats` says otherwise.',
    ],
  },
  openrouter: {
    title: 'OpenRouter',
    intro: 'Models of many vendors under one key.',
    models: `- name: openrouter/*
  provider: openrouter
  params: { apiKey: "$OPENROUTER_API_KEY" }
  transformation: { model: 'llmRequest.model.stripPrefix("openrouter/")' }`,
    notes: [],
  },
  deepseek: {
    title: 'DeepSeek',
    intro: 'DeepSeek’s platform.',
    models: `- name: deepseek-*
  provider: deepseek
  params: { apiKey: "$DEEPSEEK_API_KEY" }`,
    notes: [],
  },
  xai: {
    title: 'xAI',
    intro: 'Grok.',
    models: `- name: grok-*
  provider: xai
  params: { apiKey: "$XAI_API_KEY" }`,
    notes: [],
  },
  deepinfra: {
    title: 'DeepInfra',
    intro: 'Open models on DeepInfra.',
    models: `- name: deepinfra/*
  provider: deepinfra
  params: { apiKey: "$DEEPINFRA_API_KEY" }
  transformation: { model: 'llmRequest.model.stripPrefix("deepinfra/")' }`,
    notes: [],
  },
  cerebras: {
    title: 'Cerebras',
    intro: 'Cerebras inference.',
    models: `- name: cerebras/*
  provider: cerebras
  params: { apiKey: "$CEREBRAS_API_KEY" }
  transformation: { model: 'llmRequest.model.stripPrefix("cerebras/")' }`,
    notes: [],
  },
  huggingface: {
    title: 'Hugging Face',
    intro: 'The router of Hugging Face’s inference providers.',
    models: `- name: hf/*
  provider: huggingface
  params: { apiKey: "$HF_TOKEN" }
  transformation: { model: 'llmRequest.model.stripPrefix("hf/")' }`,
    notes: [],
  },
  baseten: {
    title: 'Baseten',
    intro: 'Baseten’s model APIs.',
    models: `- name: baseten/*
  provider: baseten
  params: { apiKey: "$BASETEN_API_KEY" }
  transformation: { model: 'llmRequest.model.stripPrefix("baseten/")' }`,
    notes: [],
  },
  custom: {
    title: 'Any other provider',
    intro: 'A provider that speaks formats the gateway knows, wherever it is.',
    models: `- name: own-*
  provider:
    custom:
      formats:
      - { type: completions }
      - { type: messages, path: /anthropic/v1/messages }
  params: { baseUrl: "https://llm.internal/v1", apiKey: "$OWN_API_KEY" }`,
    notes: [
      'A format without a `path` is served at its usual path below `baseUrl`; a `path` replaces the whole path.',
      'A client’s own format is used where the list has it. Otherwise a vendor’s own format (Messages, generateContent) comes before Chat Completions, and Chat Completions before Responses.',
    ],
  },
};
