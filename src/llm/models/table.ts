import type { ConverseFacts, Effort, ModelFacts } from './facts.ts';

const upToHigh: readonly Effort[] = ['low', 'medium', 'high', 'max'];
const upToMax: readonly Effort[] = ['low', 'medium', 'high', 'xhigh', 'max'];

// Claude on Bedrock. Source: Bedrock user guide (prompt caching, Converse), service model of bedrock-runtime.
const converseClaude3: ConverseFacts = {
  topK: ['top_k'],
  reasoning: 'thinking',
  parallelSwitch: true,
  toolChoices: ['any', 'tool'],
  resultStatus: true,
  signatures: 'anthropic',
  betas: [
    'computer-use-2024-10-22',
    'computer-use-2025-01-24',
    'computer-use-2025-11-24',
    'context-1m-2025-08-07',
    'context-management-2025-06-27',
    'interleaved-thinking-2025-05-14',
    'token-efficient-tools-2025-02-19',
    'tool-examples-2025-10-29',
    'tool-search-tool-2025-10-19',
  ],
  stopSequencePath: '/stop_sequence',
};
const converseClaude4: ConverseFacts = { ...converseClaude3, cache: { lifetimes: ['5m'], tools: true } };
const converseClaude: ConverseFacts = { ...converseClaude3, cache: { lifetimes: ['5m', '1h'], tools: true } };

// Claude, wherever it runs. Source: platform.claude.com model overviews and migration guides, October 2026.
const claudeNewest: ModelFacts = {
  maxOutput: 128_000,
  thinking: 'effort',
  efforts: upToMax,
  budget: { least: 1024, most: 128_000 },
  thinkingOff: 'disabled',
  sampling: 'none',
  structuredOutput: true,
  inputs: ['image', 'document'],
  converse: converseClaude,
};
const claudeAlwaysThinking: ModelFacts = { ...claudeNewest, thinkingOff: 'never' };
const claude47: ModelFacts = { ...claudeNewest, thinkingOff: 'omit' };
const claude46: ModelFacts = { ...claude47, thinking: 'both', sampling: 'one', efforts: upToHigh };
const claude45: ModelFacts = { ...claude46, maxOutput: 64_000, thinking: 'budget' };
const opus41: ModelFacts = { ...claude45, maxOutput: 32_000, structuredOutput: false, converse: converseClaude4 };
const opus40: ModelFacts = { ...opus41, sampling: 'all' };
const sonnet40: ModelFacts = { ...opus40, maxOutput: 64_000 };
const claude35: ModelFacts = { ...sonnet40, maxOutput: 8192, thinking: 'none' };
const claude3: ModelFacts = { ...claude35, maxOutput: 4096, converse: converseClaude3 };

// Gemini. Source: ai.google.dev model pages and thinking guide.
const gemini3: ModelFacts = {
  maxOutput: 65_536,
  thinking: 'effort',
  efforts: ['low', 'medium', 'high'],
  budget: { least: 0, most: 32_768 },
  thinkingOff: 'never',
  sampling: 'all',
  structuredOutput: true,
  inputs: ['image', 'document', 'audio', 'video'],
  gemini: { callIds: true, signedCalls: true, mediaResults: true },
};
const gemini3Flash: ModelFacts = { ...gemini3, efforts: ['minimal', 'low', 'medium', 'high'] };
const gemini25Pro: ModelFacts = {
  ...gemini3,
  thinking: 'budget',
  budget: { least: 128, most: 32_768 },
  gemini: { toolsExcludeOutput: true },
};
const gemini25Flash: ModelFacts = { ...gemini25Pro, budget: { least: 1, most: 24_576 }, thinkingOff: 'disabled' };
const gemini25Lite: ModelFacts = { ...gemini25Flash, budget: { least: 512, most: 24_576 } };
const gemini2: ModelFacts = {
  ...gemini25Flash,
  maxOutput: 8192,
  thinking: 'none',
  thinkingOff: 'omit',
  gemini: { toolsExcludeOutput: true, schemas: 'openapi' },
};

// OpenAI. Source: developers.openai.com model pages; efforts as the API itself names them in its errors.
const gptNewest: ModelFacts = {
  maxOutput: 128_000,
  thinking: 'effort',
  efforts: upToMax,
  budget: { least: 1, most: 128_000 },
  thinkingOff: 'disabled',
  sampling: 'none',
  structuredOutput: true,
  inputs: ['image', 'document'],
};
const gpt52: ModelFacts = { ...gptNewest, efforts: ['low', 'medium', 'high', 'xhigh'] };
const gpt51: ModelFacts = { ...gptNewest, efforts: ['low', 'medium', 'high'] };
const gpt5: ModelFacts = { ...gptNewest, efforts: ['minimal', 'low', 'medium', 'high'], thinkingOff: 'never' };
const gptCodex: ModelFacts = { ...gpt52, thinkingOff: 'never' };
const gptCodexFirst: ModelFacts = { ...gpt51, thinkingOff: 'never' };
const gptPro: ModelFacts = { ...gptCodex, efforts: ['medium', 'high', 'xhigh'] };
const gpt5Pro: ModelFacts = { ...gptCodex, efforts: ['high'] };
const gptChat: ModelFacts = { ...gptCodex, efforts: ['medium'] };
const oSeries: ModelFacts = { ...gptCodexFirst, maxOutput: 100_000 };
const gpt4: ModelFacts = {
  ...gptNewest,
  maxOutput: 32_768,
  thinking: 'none',
  thinkingOff: 'omit',
  sampling: 'all',
  inputs: ['image', 'document', 'audio'],
};
const gpt5Chat: ModelFacts = { ...gpt4, maxOutput: 16_384, inputs: ['image', 'document'] };

// Amazon Nova. Source: Nova 1 and Nova 2 user guides (Converse, extended thinking, prompt caching).
const nova1: ModelFacts = {
  maxOutput: 10_000,
  thinking: 'none',
  efforts: ['low', 'medium', 'high'],
  budget: { least: 1024, most: 65_536 },
  thinkingOff: 'omit',
  sampling: 'all',
  structuredOutput: false,
  inputs: ['image', 'document', 'video'],
  converse: {
    topK: ['inferenceConfig', 'topK'],
    toolChoices: ['any', 'tool'],
    cache: { lifetimes: ['5m'], tools: false },
    resultStatus: true,
  },
};
const novaMicro: ModelFacts = { ...nova1, inputs: [] };
const nova2: ModelFacts = {
  ...nova1,
  maxOutput: 65_536,
  thinking: 'effort',
  converse: { ...nova1.converse, reasoning: 'reasoningConfig' },
};

// Open models on Bedrock. Source: Bedrock user guide (supported models and features of Converse).
const gptOss: ModelFacts = {
  ...nova2,
  maxOutput: 32_768,
  thinkingOff: 'never',
  structuredOutput: true,
  inputs: [],
  converse: { reasoning: 'reasoning_effort' },
};
const llama: ModelFacts = { ...novaMicro, maxOutput: 8192, inputs: ['document'], converse: { toolChoices: [] } };
const llamaVision: ModelFacts = { ...llama, inputs: ['image', 'document'] };
const mistral: ModelFacts = { ...llamaVision, converse: {} };

// Cohere. Source: docs.cohere.com model pages and reasoning guide.
const commandReasoning: ModelFacts = {
  maxOutput: 32_768,
  thinking: 'budget',
  efforts: [],
  budget: { least: 1, most: 31_000 },
  thinkingOff: 'disabled',
  sampling: 'all',
  structuredOutput: true,
  inputs: [],
  converse: { toolChoices: [] },
};
const command: ModelFacts = { ...commandReasoning, maxOutput: 8192, thinking: 'none', thinkingOff: 'omit' };
const commandVision: ModelFacts = { ...command, inputs: ['image'] };
const commandR: ModelFacts = { ...command, maxOutput: 4096, structuredOutput: false, inputs: ['document'] };

/** A model of which nothing is known: what almost every server takes. */
const unknownModel: ModelFacts = {
  maxOutput: 4096,
  thinking: 'budget',
  efforts: ['low', 'medium', 'high'],
  budget: { least: 1024, most: 128_000 },
  thinkingOff: 'omit',
  sampling: 'all',
  structuredOutput: false,
  inputs: ['image', 'document', 'audio', 'video'],
};

/**
 * Pattern → facts, the first match wins: versions, then the newest of each family for names that are newer than this
 * table. Separators vary by platform (`claude-opus-4-6`, `anthropic.claude-opus-4-6-v1:0`, `claude-opus-4.6`).
 */
const table: readonly (readonly [RegExp, ModelFacts])[] = [
  [/fable|mythos/, claudeAlwaysThinking],
  [/(?:opus|sonnet)-4[-.][78]/, claude47],
  [/(?:opus|sonnet)-4[-.]6/, claude46],
  [/(?:opus|sonnet|haiku)-4[-.]5/, claude45],
  [/opus-4[-.]1(?!\d)/, opus41],
  [/opus-4(?:[-@]\d{8}|[-.]0|$|:|-v\d)/, opus40],
  [/sonnet-4(?:[-@]\d{8}|[-.]0|$|:|-v\d)|3[-.]7-sonnet/, sonnet40],
  [/3[-.]5-(?:sonnet|haiku)/, claude35],
  [/claude-(?:3|2|instant)/, claude3],
  [/haiku/, claude45],
  [/claude/, claudeNewest],
  [/gemini-(?:1|2\.0)/, gemini2],
  [/gemini-2\.5-flash-lite/, gemini25Lite],
  [/gemini-2\.5-flash/, gemini25Flash],
  [/gemini-2\.5/, gemini25Pro],
  [/gemini.*flash/, gemini3Flash],
  [/gemini/, gemini3],
  [/gpt-(?:3|4)|chatgpt-4/, gpt4],
  [/(?:^|\/)o[1-9](?:-|$)/, oSeries],
  [/gpt-5-chat/, gpt5Chat],
  [/gpt-5\.\d+-chat/, gptChat],
  [/gpt-5-pro/, gpt5Pro],
  [/gpt-5\.\d+-pro/, gptPro],
  [/gpt-5(?:\.1)?-codex(?!-max)|codex-mini/, gptCodexFirst],
  [/gpt-5\.\d+-codex/, gptCodex],
  [/gpt-5(?:-|$)/, gpt5],
  [/gpt-5\.1(?:-|$)/, gpt51],
  [/gpt-5\.[2-5](?:-|$)/, gpt52],
  [/gpt-\d|codex/, gptNewest],
  [/gpt-oss/, gptOss],
  [/nova-micro/, novaMicro],
  [/nova-(?:lite|pro|premier)/, nova1],
  [/nova-\d/, nova2],
  [/meta\.llama(?:4|3-2-(?:11|90)b)/, llamaVision],
  [/meta\.llama/, llama],
  [/(?:^|[./])mistral\./, mistral],
  [/command-a-reasoning|command-a-plus/, commandReasoning],
  [/command-a-vision|aya-vision/, commandVision],
  [/command-r/, commandR],
  [/command-/, command],
];

/** The facts of a model by its name on any platform; a name of no known family gets careful ones. */
export function modelFacts(model: string): ModelFacts {
  const name = model.toLowerCase();
  for (const [pattern, facts] of table) if (pattern.test(name)) return facts;
  return unknownModel;
}
