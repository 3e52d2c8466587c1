import type { UpstreamAddress } from './backend.ts';
import type { ModelAbilities } from './llm-facts.ts';
import type { Expression } from './model.ts';
import type { BackendAuthSpec, BackendPolicySpecs, HeaderModifierSpec } from './policy.ts';
import type { ProviderServing, StreamLimits, VirtualModel } from './llm-routing.ts';
import type { AuthorizationSpec } from './policies/authorization.ts';
import type { ValueMatch } from './route.ts';

/** An API shape that an LLM client or provider speaks. */
export type LlmFormat =
  | 'completions'
  | 'messages'
  | 'responses'
  | 'embeddings'
  | 'anthropicTokenCount'
  | 'generateContent'
  | 'geminiCountTokens'
  | 'realtime'
  | 'legacyCompletions'
  | 'rerank'
  | 'converse'
  | 'cohereChat';

/** What a path of an `ai` route is for: a format, or one of the special kinds. */
export type LlmRouteType = LlmFormat | 'models' | 'passthrough' | 'detect';

/** A format that a provider speaks. */
export interface ProviderFormat {
  readonly format: LlmFormat;
  /** Its path where that is not the usual one; may have a query. */
  readonly path?: string;
  /** Regular expression, for lower-case names, of the models that it is spoken for; absent: all. */
  readonly models?: string;
}

/** A provider endpoint with its credentials in `policies`. */
export interface LlmProvider {
  readonly name: string;
  /** Row of the provider table (`llm/providers/`): `openAI`, `custom`, `demo`, `groq` …; decides what is special about it. */
  readonly kind: string;
  /** What telemetry and prices call it; absent: as its kind is called. */
  readonly label?: string;
  /** The model sent upstream whatever the client named; absent: the client's. */
  readonly model?: string;
  /** Where it is; absent for a provider answered inside the gateway. */
  readonly address?: UpstreamAddress;
  /** Put before the format's own path, e.g. `/v1`; no trailing slash. */
  readonly pathPrefix: string;
  /** Replaces the whole upstream path. */
  readonly pathOverride?: string;
  /** Formats it speaks, preferred first. */
  readonly formats: readonly ProviderFormat[];
  /** Tokens of requests are counted by a tokenizer before they are sent; absent: they are estimated. */
  readonly tokenize?: true;
  /** What only its kind understands. */
  readonly settings?: ProviderSettings;
  /** How it is served through: health, time limits. */
  readonly serving?: ProviderServing;
  readonly policies: BackendPolicySpecs;
  /** What this provider's requests are changed by, in place of what its backend says; its `routes` are empty. */
  readonly requests?: AiSettings;
  /** The credential of its kind, where no policy names one. */
  readonly usualAuth?: BackendAuthSpec;
}

/** What a kind of provider is told besides its place; each kind reads its own. */
export interface ProviderSettings {
  /** Azure: `v1`, `preview` or a date. */
  readonly apiVersion?: string;
  /** Bedrock: what is applied to prompts and answers. */
  readonly guardrail?: { readonly identifier: string; readonly version: string };
}

/** What configuration changes in requests, in the order of the pipeline; names are members of the body. */
export interface LlmRequestSettings {
  /** Set whatever the client's body has. */
  readonly overrides: ReadonlyMap<string, unknown>;
  /** Computed from the request; a member whose expression fails is taken out. */
  readonly transformations?: ReadonlyMap<string, Expression>;
  /** Set where the body has no such member. */
  readonly defaults: ReadonlyMap<string, unknown>;
  readonly prompts?: PromptEnrichment;
  readonly promptCaching?: PromptCachingSpec;
  /** Computed from the request in the provider's format. */
  readonly finalTransformations?: ReadonlyMap<string, Expression>;
  /** What becomes of members with meaning that the provider's format cannot express; absent: they are refused. */
  readonly unsupported?: 'reject' | 'drop';
  /** Whose name of the model answers have: the provider's, or the one that the client asked for; absent: the provider's. */
  readonly answerModel?: 'provider' | 'asked';
  /** Media that the provider takes only as bytes are fetched; absent: such requests are refused. */
  readonly mediaFetch?: MediaFetchSpec;
}

/** What may be fetched of what clients name by URL. */
export interface MediaFetchSpec {
  /** Hosts; `*.` before one stands for all below it, `*` for all. */
  readonly allow: readonly string[];
  readonly privateAddresses: boolean;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** Messages around every prompt. */
export interface PromptEnrichment {
  readonly prepend: readonly PromptMessage[];
  readonly append: readonly PromptMessage[];
}

/** A message that configuration adds. */
export interface PromptMessage {
  readonly role: string;
  readonly content: string;
}

/** Where cache points are put for providers that want them marked. */
export interface PromptCachingSpec {
  readonly system: boolean;
  readonly messages: boolean;
  readonly tools: boolean;
  /** Only prompts of at least so many tokens, by estimate. */
  readonly minTokens: number;
  /** How many messages before the last the point stands. */
  readonly messageOffset: number;
}

/** What an `ai` policy says, at whichever level it stands. */
export interface AiSettings extends LlmRequestSettings {
  /** Path suffix → route type; empty: everything is `completions`. `*` is the rest. */
  readonly routes: ReadonlyMap<string, LlmRouteType>;
  readonly modelAliases: ReadonlyMap<string, string>;
}

/** An `ai` backend: groups of providers, highest priority first. */
export interface AiBackend extends AiSettings {
  readonly kind: 'ai';
  readonly name: string;
  readonly groups: readonly (readonly LlmProvider[])[];
  /** Time limits of streamed answers. */
  readonly streams?: StreamLimits;
  readonly policies: BackendPolicySpecs;
}

/** The `llm` section: the model that a request names decides its provider. */
export interface LlmRouterBackend {
  readonly kind: 'llm';
  readonly name: string;
  /** In file order; the most specific matching name wins. */
  readonly models: readonly LlmModel[];
  readonly virtualModels?: readonly VirtualModel[];
  readonly policies: BackendPolicySpecs;
}

/** One entry of `llm.models`. */
export interface LlmModel extends LlmRequestSettings {
  readonly id: string;
  /** Exact, `prefix*`, `*suffix` or `*`. */
  readonly name: string;
  /** `internal` models are reached through virtual models only. */
  readonly visibility: 'public' | 'internal';
  /** All must match for the entry to be considered. */
  readonly matches: readonly (readonly ValueMatch[])[];
  readonly provider: LlmProvider;
  /** Whom it serves; absent: everybody who came so far. */
  readonly authorization?: AuthorizationSpec;
  /** Requests go on as they are, in whatever API the client speaks: read for telemetry, or not at all. */
  readonly passthrough?: 'detect' | 'opaque';
  /** What is known of the model better than the table of models knows it. */
  readonly facts?: Partial<ModelAbilities>;
  readonly requestHeaders?: HeaderModifierSpec;
  readonly responseHeaders?: HeaderModifierSpec;
}
