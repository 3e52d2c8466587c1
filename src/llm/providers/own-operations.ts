import type { UpstreamAddress } from '../../model/backend.ts';
import type { LlmProvider } from '../../model/llm.ts';
import { bedrockEmbeddings } from '../operations/embeddings/bedrock.ts';
import type { EmbeddingsDialect } from '../operations/embeddings/dialect.ts';
import { geminiEmbeddings } from '../operations/embeddings/gemini.ts';
import { vertexEmbeddings } from '../operations/embeddings/vertex.ts';
import { bedrockRerank } from '../operations/rerank/bedrock.ts';
import type { RerankDialect } from '../operations/rerank/dialect.ts';
import { vertexRerank } from '../operations/rerank/vertex.ts';
import { bareName, escapedName, pathName } from './model-name.ts';

/** Where an operation is at a provider: the path for a model. Throws LlmBadRequest for a name that no path can hold. */
type PathOf = (provider: LlmProvider, model: string) => string;

/** What a kind of provider has an API of its own for, where others have OpenAI's or Cohere's. */
export interface OwnOperations {
  readonly embeddings?: { readonly dialect: EmbeddingsDialect; readonly path: PathOf };
  readonly rerank?: {
    readonly dialect: RerankDialect;
    readonly path: PathOf;
    /** Where it is served, when that is not where the provider is; undefined: there. */
    address?(provider: LlmProvider): UpstreamAddress | undefined;
  };
  /** Counts tokens of these models with an API that no client speaks. */
  readonly countTokens?: { readonly models: RegExp; readonly path: PathOf };
  /** Whose own member a count of tokens has for what is beside the contents. */
  readonly countsWhole?: 'gemini' | 'vertex';
}

const invoke: PathOf = ({ pathPrefix }, model) => `${pathPrefix}/model/${escapedName(model)}/invoke`;

const table: ReadonlyMap<string, OwnOperations> = new Map<string, OwnOperations>([
  [
    'bedrock',
    {
      embeddings: { dialect: bedrockEmbeddings, path: invoke },
      rerank: { dialect: bedrockRerank, path: invoke },
      countTokens: {
        // Amazon Bedrock user guide, "Count tokens": Claude models.
        models: /claude/,
        path: ({ pathPrefix }, model) => `${pathPrefix}/model/${escapedName(model)}/count-tokens`,
      },
    },
  ],
  [
    'vertex',
    {
      embeddings: {
        dialect: vertexEmbeddings,
        path: ({ pathPrefix }, model) =>
          `${pathPrefix}/publishers/google/models/${pathName(bareName(model, 'google'))}:predict`,
      },
      rerank: {
        dialect: vertexRerank,
        path: ({ pathPrefix }) =>
          `/v1/projects/${/\/projects\/([^/]+)/.exec(pathPrefix)?.[1] ?? '-'}/locations/global/rankingConfigs/default_ranking_config:rank`,
        address: ({ address }) =>
          address?.kind === 'tcp' && address.host.endsWith('aiplatform.googleapis.com')
            ? { kind: 'tcp', host: 'discoveryengine.googleapis.com', port: 443 }
            : undefined,
      },
      countsWhole: 'vertex',
    },
  ],
  [
    'gemini',
    {
      embeddings: {
        dialect: geminiEmbeddings,
        // Beside the OpenAI-compatible face, which has a path of its own.
        path: ({ pathPrefix }, model) =>
          `${pathPrefix.replace(/\/openai$/, '')}/models/${pathName(bareName(model, 'google'))}:batchEmbedContents`,
      },
      countsWhole: 'gemini',
    },
  ],
]);

const none: OwnOperations = {};

/** The operations for which a kind of provider has an API of its own. */
export function ownOperations(kind: string): OwnOperations {
  return table.get(kind) ?? none;
}
