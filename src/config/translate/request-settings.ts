import type {
  LlmRequestSettings,
  MediaFetchSpec,
  PromptCachingSpec,
  PromptEnrichment,
  PromptMessage,
} from '../../model/llm.ts';
import type { PromptCaching } from '../schema/ai-policy.ts';
import type { LlmMedia, MediaFetch } from '../schema/llm-media.ts';
import type { Context, Path } from './context.ts';
import { expressionMap } from './expressions.ts';

/** What the forms of the configuration say of changes to requests, each in its own words. */
export interface RequestConfig {
  readonly overrides?: Readonly<Record<string, unknown>>;
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** With the field's path, for what is wrong in an expression. */
  readonly transformations?: Expressions;
  readonly finalTransformations?: Expressions;
  readonly prompts?: PromptEnrichment;
  readonly promptCaching?: PromptCaching;
  readonly unsupported?: 'reject' | 'drop';
  readonly answerModel?: 'provider' | 'asked';
  readonly media?: LlmMedia;
}

/** Expressions of a file, and where each stands. */
export type Expressions = readonly { readonly path: Path; readonly sources: Readonly<Record<string, string>> }[];

/** What configuration changes in requests; expressions are checked, later ones replace earlier ones of the same name. */
export function requestSettings(context: Context, config: RequestConfig): LlmRequestSettings {
  const { transformations, finalTransformations, prompts, promptCaching, unsupported, answerModel, media } = config;
  const says = prompts !== undefined && prompts.prepend.length + prompts.append.length > 0;
  return {
    overrides: new Map(Object.entries(config.overrides ?? {})),
    defaults: new Map(Object.entries(config.defaults ?? {})),
    ...(isEmpty(transformations) ? {} : { transformations: checked(context, transformations) }),
    ...(isEmpty(finalTransformations) ? {} : { finalTransformations: checked(context, finalTransformations) }),
    ...(says ? { prompts: { prepend: prompts.prepend.map(message), append: prompts.append.map(message) } } : {}),
    ...(promptCaching === undefined ? {} : { promptCaching: cachingSpec(promptCaching) }),
    ...(unsupported === undefined ? {} : { unsupported }),
    ...(answerModel === undefined ? {} : { answerModel }),
    ...(media?.fetch === undefined ? {} : { mediaFetch: fetchSpec(media.fetch) }),
  };
}

function isEmpty(all: Expressions | undefined): all is undefined {
  return all === undefined || all.every(({ sources }) => Object.keys(sources).length === 0);
}

function checked(context: Context, all: Expressions): ReadonlyMap<string, string> {
  return new Map(all.flatMap(({ path, sources }) => [...expressionMap(context, path, sources, 'llmRequest')]));
}

function message({ role, content }: PromptMessage): PromptMessage {
  return { role, content };
}

function fetchSpec({ allow, privateAddresses, maxBytes, timeout }: MediaFetch): MediaFetchSpec {
  return { allow: [...allow], privateAddresses, maxBytes, timeoutMs: timeout };
}

/** Waygate's words for the fields of `promptCaching`. */
function cachingSpec(config: PromptCaching): PromptCachingSpec {
  return {
    system: config.cacheSystem,
    messages: config.cacheMessages,
    tools: config.cacheTools,
    minTokens: config.minTokens ?? 0,
    messageOffset: config.cacheMessageOffset,
  };
}
