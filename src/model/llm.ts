import type { UpstreamAddress } from './backend.ts';
import type { BackendPolicySpecs, HeaderModifierSpec } from './policy.ts';
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
  | 'rerank';

/** What a path of an `ai` route is for: a format, or one of the special kinds. */
export type LlmRouteType = LlmFormat | 'models' | 'passthrough' | 'detect';

/** A provider endpoint with its credentials in `policies`. */
export interface LlmProvider {
  readonly name: string;
  /** Row of the provider table (`llm/providers/`): `openAI`, `custom`, `demo`, `groq` … */
  readonly kind: string;
  /** The model sent upstream whatever the client named; absent: the client's. */
  readonly model?: string;
  /** Where it is; absent for a provider answered inside the gateway. */
  readonly address?: UpstreamAddress;
  /** Put before the format's own path, e.g. `/v1`; no trailing slash. */
  readonly pathPrefix: string;
  /** Replaces the whole upstream path. */
  readonly pathOverride?: string;
  /** Formats it speaks, preferred first, with a path of its own where it differs. */
  readonly formats: readonly { readonly format: LlmFormat; readonly path?: string }[];
  readonly policies: BackendPolicySpecs;
}

/** An `ai` backend: groups of providers, highest priority first. */
export interface AiBackend {
  readonly kind: 'ai';
  readonly name: string;
  readonly groups: readonly (readonly LlmProvider[])[];
  /** Path suffix → route type, as `policies.ai.routes`; empty: everything is `completions`. `*` is the rest. */
  readonly routes: ReadonlyMap<string, LlmRouteType>;
  readonly modelAliases: ReadonlyMap<string, string>;
  readonly defaults: ReadonlyMap<string, unknown>;
  readonly overrides: ReadonlyMap<string, unknown>;
  readonly policies: BackendPolicySpecs;
}

/** The `llm` section: the model that a request names decides its provider. */
export interface LlmRouterBackend {
  readonly kind: 'llm';
  readonly name: string;
  /** In file order; the most specific matching name wins. */
  readonly models: readonly LlmModel[];
  readonly policies: BackendPolicySpecs;
}

/** One entry of `llm.models`. */
export interface LlmModel {
  readonly id: string;
  /** Exact, `prefix*`, `*suffix` or `*`. */
  readonly name: string;
  /** `internal` models are reached through virtual models only. */
  readonly visibility: 'public' | 'internal';
  /** All must match for the entry to be considered. */
  readonly matches: readonly (readonly ValueMatch[])[];
  readonly provider: LlmProvider;
  /** A literal `prefix/` to take off the client's model name before it is sent. */
  readonly stripPrefix?: string;
  /** Set where the client's body has no such key. */
  readonly defaults: ReadonlyMap<string, unknown>;
  /** Set whatever the client's body has. */
  readonly overrides: ReadonlyMap<string, unknown>;
  readonly requestHeaders?: HeaderModifierSpec;
  readonly responseHeaders?: HeaderModifierSpec;
}
