import { readFileSync } from 'node:fs';
import { check } from './check.ts';
import type { Violation } from './check.ts';
import { checkConversation } from './conversation.ts';
import { embeddingModels } from './embedding-models.ts';
import { withLimits } from './limit.ts';
import type { Limits } from './limit.ts';
import * as limits from './limits.ts';
import { rerankModels } from './rerank-models.ts';
import type { ObjectSchema, Schema, SchemaFile } from './schema.ts';

export type { Rule, Violation } from './check.ts';

/** An API whose request bodies can be validated, as the upstream of a route. */
export type ValidationTarget = keyof typeof targets;

/** target → file, body. */
const targets = {
  completions: ['openai', 'chatCompletions'],
  /** Chat as other servers have it. */
  compatible: ['compatible', 'chatCompletions'],
  legacyCompletions: ['openai', 'completions'],
  responses: ['openai', 'responses'],
  embeddings: ['openai', 'embeddings'],
  messages: ['anthropic', 'messages'],
  messagesCountTokens: ['anthropic', 'countTokens'],
  /** `rawPredict`: the model is in the path, the version in the body. */
  messagesVertex: ['anthropic', 'rawPredict'],
  converse: ['bedrock', 'Converse'],
  converseStream: ['bedrock', 'ConverseStream'],
  converseCountTokens: ['bedrock', 'CountTokens'],
  bedrockRerank: ['bedrock', 'Rerank'],
  bedrockCohereRerank: ['rerankModels', 'cohere'],
  bedrockAmazonRerank: ['rerankModels', 'amazon'],
  bedrockTitanEmbed: ['embeddingModels', 'titan'],
  bedrockCohereEmbed: ['embeddingModels', 'cohere'],
  bedrockNovaEmbed: ['embeddingModels', 'nova'],
  generateContent: ['gemini', 'generateContent'],
  geminiCountTokens: ['gemini', 'countTokens'],
  geminiEmbed: ['gemini', 'embedContent'],
  geminiBatchEmbed: ['gemini', 'batchEmbedContents'],
  vertexGenerateContent: ['vertex', 'GenerateContentRequest'],
  vertexCountTokens: ['vertex', 'CountTokensRequest'],
  vertexPredict: ['vertex', 'PredictRequest'],
  vertexTextEmbed: ['embeddingModels', 'vertexText'],
  vertexRank: ['vertex', 'RankRequest'],
  cohere: ['cohere', 'chat'],
  cohereEmbed: ['cohere', 'embed'],
  cohereRerank: ['cohere', 'rerank'],
} as const;

/** Every target, for tests that go through all. */
export const validationTargets: readonly ValidationTarget[] = Object.keys(targets) as ValidationTarget[];

const limitsOf: Readonly<Record<string, Limits>> = {
  anthropic: limits.anthropicLimits,
  bedrock: limits.bedrockLimits,
  cohere: limits.cohereLimits,
  compatible: limits.compatibleLimits,
  gemini: limits.geminiLimits,
  openai: limits.openaiLimits,
  vertex: limits.vertexLimits,
};

/** Files that begin as another's extract. */
const extracts: Readonly<Record<string, string>> = { compatible: 'openai' };

const files = new Map<string, SchemaFile>([
  ['embeddingModels', embeddingModels],
  ['rerankModels', rerankModels],
]);

/**
 * Checks the body of an upstream request against the vendor's own description of its API, and a conversation against the
 * rules that no schema tells. For tests: it reads files.
 * @param body - as `JSON.parse` gives it.
 * @returns the violations, none where the upstream would take the body.
 */
export function validateRequest(target: ValidationTarget, body: unknown): readonly Violation[] {
  const [name, root] = targets[target];
  const file = schemaFile(name);
  const schema = file.roots[root];
  if (schema === undefined) throw new TypeError(`${name} has no ${root}`);
  return [...check(schema, file.defs, body), ...checkConversation(target, body)];
}

/** The extract of a vendor, with its limits. */
export function schemaFile(name: string): SchemaFile {
  const known = files.get(name);
  if (known !== undefined) return known;
  const text = readFileSync(new URL(`testdata/${extracts[name] ?? name}.json`, import.meta.url), 'utf8');
  const limited = withLimits(JSON.parse(text) as SchemaFile, limitsOf[name] ?? {});
  const file = name === 'anthropic' ? withRawPredict(limited) : limited;
  files.set(name, file);
  return file;
}

/** Messages as Vertex takes them (https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude). */
function withRawPredict(file: SchemaFile): SchemaFile {
  const branches = ['MessageCreateParamsNonStreaming', 'MessageCreateParamsStreaming'];
  const of = branches.map((name): Schema => {
    const { model: _, ...members } = (file.defs[name] as ObjectSchema).members;
    return {
      type: 'object',
      members: {
        anthropic_version: { type: 'string', enum: ['vertex-2023-10-16'] },
        anthropic_beta: { type: 'array', items: { type: 'string' } },
        ...members,
      },
      required: ['anthropic_version', 'max_tokens', 'messages'],
    };
  });
  return { ...file, roots: { ...file.roots, rawPredict: { type: 'union', of } } };
}
