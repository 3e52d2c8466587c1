import type { UpstreamAddress } from '../../model/backend.ts';
import type { LlmFormat, LlmProvider, ProviderFormat } from '../../model/llm.ts';
import type { BackendAuthSpec } from '../../model/policy.ts';
import { parseHost } from './address.ts';

/** What a file says of a provider of one of the clouds, whichever way it says it. */
export interface CloudParams {
  readonly region?: string;
  readonly project?: string;
  readonly resource?: string;
  readonly resourceType?: 'openAI' | 'foundry' | 'aiServices';
  readonly apiVersion?: string;
  readonly guardrail?: { readonly identifier: string; readonly version: string };
}

/** What is known of a kind of LLM provider before a file says anything. */
export interface ProviderRow {
  /** URL that format paths are put after; absent for one that is answered inside the gateway or must be given. */
  readonly baseUrl?: string | ((params: CloudParams) => string);
  /** What stands between a base path of the file and format paths; absent: nothing. */
  readonly belowBase?: (params: CloudParams) => string;
  /** Base paths that end with {@link belowBase}, or with something in its place; absent: only those that end with it. */
  readonly wholeBase?: RegExp;
  /** Environment variable that holds the key when the file has none; absent: it needs no key. */
  readonly keyVariable?: string;
  /** Formats that it speaks, preferred first; a path replaces base path and usual path. */
  readonly formats: readonly ProviderFormat[] | ((params: CloudParams) => readonly ProviderFormat[]);
  /** Parameters that it cannot do without, with where they may come from besides the file. */
  readonly needs?: Readonly<Partial<Record<keyof CloudParams, readonly string[]>>>;
  /** Parameters where neither file nor environment has them. */
  readonly usual?: CloudParams;
  /** The credential where nothing names one. */
  readonly auth?: (params: CloudParams) => BackendAuthSpec;
}

const only = (...formats: readonly LlmFormat[]): readonly ProviderFormat[] => formats.map((format) => ({ format }));

/** Formats of some models, by a regular expression for their names. */
const of = (models: string, ...formats: readonly LlmFormat[]): readonly ProviderFormat[] =>
  formats.map((format) => ({ format, models }));

/** OpenAI's models of texts: every other one answers in chats only. */
const textModels = 'instruct|davinci|babbage';

/**
 * One row for each kind of provider: the only place for addresses, formats and key variables. What a kind is at run time
 * stands in `llm/providers/`; kinds that are not built yet, in `unsupported.ts`.
 */
export const providerRows: Readonly<Record<string, ProviderRow>> = {
  openAI: {
    baseUrl: 'https://api.openai.com/v1',
    keyVariable: 'OPENAI_API_KEY',
    formats: [...only('completions', 'responses', 'embeddings', 'realtime'), ...of(textModels, 'legacyCompletions')],
  },
  anthropic: {
    baseUrl: 'https://api.anthropic.com/v1',
    keyVariable: 'ANTHROPIC_API_KEY',
    formats: only('messages', 'anthropicTokenCount'),
  },
  gemini: {
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
    belowBase: () => '/v1beta',
    wholeBase: /\/v1(?:alpha|beta)?(?:\/openai)?$/,
    keyVariable: 'GEMINI_API_KEY',
    formats: only('generateContent', 'geminiCountTokens', 'embeddings'),
  },
  vertex: {
    baseUrl: (params) => `https://${vertexHost(params)}${vertexProject(params)}`,
    belowBase: vertexProject,
    wholeBase: /\/projects\/[^/]+\/locations\/[^/]+$/,
    formats: [
      ...of('claude', 'messages', 'anthropicTokenCount'),
      ...of('gemini(?!-embedding)', 'generateContent', 'geminiCountTokens'),
      ...of('^(?!.*(?:claude|gemini|embedding))', 'completions'),
    ],
    needs: { project: ['GOOGLE_CLOUD_PROJECT', 'GCLOUD_PROJECT'] },
    usual: { region: 'global' },
    auth: () => ({ kind: 'gcp', type: 'accessToken' }),
  },
  bedrock: {
    baseUrl: ({ region }) => `https://bedrock-runtime.${region}.amazonaws.com${chinese(region) ? '.cn' : ''}`,
    keyVariable: 'AWS_BEARER_TOKEN_BEDROCK',
    formats: only('converse'),
    needs: { region: ['AWS_REGION', 'AWS_DEFAULT_REGION'] },
    usual: { region: 'us-east-1' },
    auth: ({ region }) => ({ kind: 'aws', serviceName: 'bedrock', ...(region === undefined ? {} : { region }) }),
  },
  azure: {
    baseUrl: (params) => `https://${params.resource}.${azureDomain(params)}${azurePrefix(params)}`,
    belowBase: azurePrefix,
    wholeBase: /\/openai(?:\/v1)?$/,
    keyVariable: 'AZURE_OPENAI_API_KEY',
    formats: (params) => (isFoundry(params) ? [...foundryClaude, ...foundryOthers] : openAiFormats),
    needs: { resource: [], resourceType: [] },
    auth: () => ({ kind: 'azure', from: { kind: 'implicit' } }),
  },
  copilot: {
    baseUrl: 'https://api.githubcopilot.com',
    // Which endpoints GitHub lists for which of its models (`GET /models`, `supported_endpoints`).
    formats: [
      ...of('^claude-', 'messages'),
      ...of('^(?!claude-|grok-|mai-|gpt-(?!3|4|5-mini$|5\\.4$))', 'completions'),
      ...of('^(?:grok-|mai-|gpt-(?!3|4))', 'responses'),
      ...only('embeddings'),
    ],
    auth: () => ({ kind: 'copilot' }),
  },
  demo: { formats: only('completions', 'embeddings') },
  cohere: {
    baseUrl: 'https://api.cohere.com',
    keyVariable: 'COHERE_API_KEY',
    formats: [
      { format: 'cohereChat', path: '/v2/chat' },
      { format: 'embeddings', path: '/compatibility/v1/embeddings' },
      { format: 'rerank', path: '/v2/rerank' },
    ],
  },
  ollama: {
    baseUrl: 'http://localhost:11434/v1',
    formats: only('completions', 'responses', 'embeddings', 'legacyCompletions'),
  },
  lmstudio: {
    baseUrl: 'http://localhost:1234/v1',
    formats: only('completions', 'responses', 'embeddings', 'legacyCompletions'),
  },
  vllm: {
    baseUrl: 'http://localhost:8000/v1',
    formats: only('completions', 'responses', 'embeddings', 'rerank', 'legacyCompletions'),
  },
  llamacpp: {
    baseUrl: 'http://localhost:8080/v1',
    formats: only('completions', 'embeddings', 'rerank', 'legacyCompletions'),
  },
  baseten: {
    baseUrl: 'https://inference.baseten.co/v1',
    keyVariable: 'BASETEN_API_KEY',
    formats: only('completions', 'messages'),
  },
  cerebras: {
    baseUrl: 'https://api.cerebras.ai/v1',
    keyVariable: 'CEREBRAS_API_KEY',
    formats: only('completions', 'legacyCompletions'),
  },
  deepinfra: {
    baseUrl: 'https://api.deepinfra.com/v1/openai',
    keyVariable: 'DEEPINFRA_API_KEY',
    formats: [
      { format: 'completions' },
      { format: 'messages', path: '/anthropic/v1/messages' },
      { format: 'embeddings' },
      { format: 'legacyCompletions' },
    ],
  },
  deepseek: {
    baseUrl: 'https://api.deepseek.com/v1',
    keyVariable: 'DEEPSEEK_API_KEY',
    formats: [
      { format: 'completions' },
      { format: 'messages', path: '/anthropic/v1/messages' },
      { format: 'responses' },
    ],
  },
  groq: {
    baseUrl: 'https://api.groq.com/openai/v1',
    keyVariable: 'GROQ_API_KEY',
    formats: only('completions', 'responses'),
  },
  huggingface: {
    baseUrl: 'https://router.huggingface.co/v1',
    keyVariable: 'HF_TOKEN',
    formats: only('completions', 'responses'),
  },
  mistral: {
    baseUrl: 'https://api.mistral.ai/v1',
    keyVariable: 'MISTRAL_API_KEY',
    formats: only('completions', 'embeddings'),
  },
  openrouter: {
    baseUrl: 'https://openrouter.ai/api/v1',
    keyVariable: 'OPENROUTER_API_KEY',
    formats: only('completions', 'messages', 'responses', 'embeddings', 'rerank', 'legacyCompletions'),
  },
  togetherai: {
    baseUrl: 'https://api.together.xyz/v1',
    keyVariable: 'TOGETHER_API_KEY',
    formats: only('completions', 'embeddings', 'rerank', 'legacyCompletions'),
  },
  xai: {
    baseUrl: 'https://api.x.ai/v1',
    keyVariable: 'XAI_API_KEY',
    formats: only('completions', 'responses'),
  },
  fireworks: {
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    keyVariable: 'FIREWORKS_API_KEY',
    formats: only('completions', 'messages', 'responses', 'embeddings', 'rerank', 'legacyCompletions'),
  },
};

const openAiFormats = [
  ...only('completions', 'responses', 'embeddings', 'realtime'),
  ...of(textModels, 'legacyCompletions'),
];
const foundryClaude: readonly ProviderFormat[] = [...of('^claude', 'messages', 'anthropicTokenCount')];
const foundryOthers = of('^(?!claude)', 'completions', 'responses', 'embeddings');

function vertexHost({ region }: CloudParams): string {
  if (region === undefined || region === 'global') return 'aiplatform.googleapis.com';
  // Regions of several countries have hosts of their own.
  if (region === 'us' || region === 'eu') return `aiplatform.${region}.rep.googleapis.com`;
  return `${region}-aiplatform.googleapis.com`;
}

function vertexProject({ region, project }: CloudParams): string {
  return `/v1/projects/${project}/locations/${region ?? 'global'}`;
}

function chinese(region: string | undefined): boolean {
  return region?.startsWith('cn-') === true;
}

function isFoundry({ resourceType }: CloudParams): boolean {
  return resourceType === 'foundry' || resourceType === 'aiServices';
}

function azureDomain(params: CloudParams): string {
  return isFoundry(params) ? 'services.ai.azure.com' : 'openai.azure.com';
}

/** Versions with a date stand below `/openai`; `v1` and `preview` have a folder of their own. */
function azurePrefix(params: CloudParams): string {
  const { project, apiVersion } = params;
  const scope = isFoundry(params) && project !== undefined ? `/api/projects/${project}` : '';
  return isDated(apiVersion) ? `${scope}/openai` : `${scope}/openai/v1`;
}

function isDated(version: string | undefined): boolean {
  return version !== undefined && version !== 'v1' && version !== 'preview';
}

/** The formats of a kind with these parameters. */
export function formatsOf(row: ProviderRow, params: CloudParams): LlmProvider['formats'] {
  return typeof row.formats === 'function' ? row.formats(params) : row.formats;
}

/** Where a provider is: address, whether TLS is spoken there, and the path before format paths. */
export interface ProviderPlace {
  readonly address?: UpstreamAddress;
  readonly tls: boolean;
  readonly pathPrefix: string;
}

/** The place of a kind's own endpoint; `/v1` on no host for a kind without one. */
export function usualPlace(row: ProviderRow, params: CloudParams): ProviderPlace {
  const url = typeof row.baseUrl === 'function' ? row.baseUrl(params) : row.baseUrl;
  const target = url === undefined ? undefined : parseHost(url);
  if (target === undefined || 'problem' in target) return { tls: false, pathPrefix: '/v1' };
  return { address: target.address, tls: target.tls, pathPrefix: withoutFinalSlash(target.path) };
}

/** The path before format paths where the file gives a base path. */
export function prefixBelow(row: ProviderRow, params: CloudParams, path: string): string {
  const base = withoutFinalSlash(path);
  const below = row.belowBase?.(params) ?? '';
  return base.endsWith(below) || row.wholeBase?.test(base) === true ? base : base + below;
}

/** `/v1/` → `/v1`, `/` → ''. */
export function withoutFinalSlash(path: string): string {
  return path.replace(/\/+$/, '');
}
