import type { LlmProvider, LlmRouteType, ProviderFormat } from '../../model/llm.ts';
import type { CredentialLocation } from '../../model/policy.ts';
import type { HeaderList } from '../../net/http/headers.ts';
import type { LocalResponder } from '../demo/request.ts';
import type { ChatDialect } from '../pivot/dialect.ts';
import type { BodyDraft } from '../request/draft.ts';

/** A request on its way to a provider. */
export interface ProviderCall {
  readonly provider: LlmProvider;
  /** Those of the provider's formats that it speaks for the model. */
  readonly formats: readonly ProviderFormat[];
  /** What is sent: a format that the provider speaks, or a type that passes as it is. */
  readonly type: LlmRouteType;
  /** What the provider is to read as the model; null where nothing names one. */
  readonly model: string | null;
  readonly stream: boolean;
  /** The body was made here, from one in another format: the client's path and query say nothing about it. */
  readonly translated: boolean;
  /** The client's. */
  readonly path: string;
  /** The client's, with its `?`, or ''. */
  readonly query: string;
}

/** Where a request goes at its provider. */
export interface UpstreamTarget {
  readonly path: string;
  /** With its `?`, or ''. */
  readonly query: string;
}

/**
 * How a provider's streams of its own format differ from what the format promises, so that they cannot pass as they are:
 * every chunk names the role; the end is called `eos`; chunks of usage have no `choices`; usage stands in `x_groq`.
 */
export type StreamRepair = 'repeatedRole' | 'eosFinish' | 'usageWithoutChoices' | 'usageInXGroq';

/**
 * How a kind of provider differs from one that serves OpenAI's paths under its prefix. Shared code asks these members,
 * never which kind it is.
 */
export interface ProviderTraits {
  /** Value of `gen_ai.provider.name` (OpenTelemetry semantic conventions); absent: the kind. */
  readonly label?: string;
  /** Answers inside the gateway. */
  readonly respond?: LocalResponder;
  /** Where a call goes; undefined: the provider has no such API. Throws LlmBadRequest for a name that no path can hold. */
  target?(call: ProviderCall): UpstreamTarget | undefined;
  /** Makes a body, the client's own or a translated one, what the platform takes. `dropped` is told what that leaves out. */
  finishBody?(call: ProviderCall, draft: BodyDraft, dropped: string[]): void;
  /** {@link finishBody} for what stands deeper than a member of the body; gives the same buffer where nothing changes. */
  finishText?(call: ProviderCall, text: Buffer, dropped: string[]): Buffer;
  /** Changes fields that the platform would refuse, and sets those that it wants. `dropped` as in {@link finishBody}. */
  finishFields?(call: ProviderCall, fields: HeaderList, dropped: string[]): void;
  /** Where a key stands that the file gives no place; absent or undefined: `Authorization: Bearer`. */
  keyLocation?(key: string): CredentialLocation | undefined;
  /** Its OpenAI-compatible API is the one that it is best known by: translated requests prefer it to others. */
  readonly chatFirst?: true;
  /** It refuses messages with members that OpenAI's API does not have. */
  readonly strictMessages?: true;
  /** What it takes of chat completions that a translation writes. */
  readonly dialect?: ChatDialect;
  readonly repairs?: readonly StreamRepair[];
}
