import type { ModelFacts } from '../models/facts.ts';
import type { ChatDialect } from '../pivot/dialect.ts';
import { Drops, LlmBadRequest, PivotRefusal, type UnsupportedMode } from '../pivot/drops.ts';
import type { FormatPair } from '../formats/table.ts';
import type { AnswerContext, JsonObject, RequestLine } from '../pivot/format.ts';
import { ownMember } from '../pivot/own-members.ts';
import { lowerFreeform } from '../pivot/freeform.ts';
import { ToolNames } from '../pivot/tool-names.ts';
import { mediaUrls, withMedia, type FetchedMedia, type MediaUrl } from './media.ts';

/** A request in the upstream's format, and what was left out of it. */
export interface TranslatedRequest {
  readonly written: JsonObject;
  /** Paths of members left out. */
  readonly dropped: readonly string[];
  /** For the translation of the answer. */
  readonly context: AnswerContext;
  /** Names of tools as the target knows them. */
  readonly names: ToolNames;
}

/** Media that the upstream takes only as bytes, and that have to be fetched first. */
export interface MediaWanted {
  readonly urls: readonly MediaUrl[];
}

/** Why a request cannot be translated, in the client's own error shape. */
export interface TranslationRefused {
  readonly status: 400;
  readonly body: JsonObject;
}

/** A client's request as it came. */
export interface ClientRequest {
  readonly body: JsonObject;
  readonly line: RequestLine;
  /** With its `?`, or ''. */
  readonly query: string;
  /** What was fetched of it, by URL; absent: nothing yet. */
  readonly media?: ReadonlyMap<string, FetchedMedia>;
  /** Betas of Anthropic's in the field `anthropic-beta`; absent: none. */
  readonly betas?: readonly string[];
}

/** What configuration says of a translation. */
export interface TranslationOptions {
  /** What the upstream is to read as `model`; null: the client's. */
  readonly model: string | null;
  readonly unsupported: UnsupportedMode;
  /** Of the model that is asked. */
  readonly facts: ModelFacts;
  /** What the provider takes of chat completions, where that is not what OpenAI takes. */
  readonly dialect: ChatDialect | null;
  /** Media may be fetched. */
  readonly fetches?: boolean;
  /** Seconds since the Unix epoch. */
  readonly now: number;
}

/** Translates a request from the client's format to the upstream's. */
export function translateRequest(
  { client, upstream }: FormatPair,
  { body, line, query, media, betas = [] }: ClientRequest,
  { model, unsupported, facts, dialect, fetches = false, now }: TranslationOptions,
): TranslatedRequest | MediaWanted | TranslationRefused {
  const nameOf = (member: string): string => ownMember(client.ownMembers, body, member);
  try {
    const request = client.readRequest(body, line);
    const named = model === null ? request : { ...request, model };
    const lowered = upstream.freeform === true ? named : lowerFreeform(named);
    // What was fetched for a provider that takes other media by URL need not be all.
    const urls = fetches ? mediaUrls(lowered, upstream.mediaUrls).filter(({ url }) => media?.has(url) !== true) : [];
    if (urls.length > 0) return { urls };
    const asked = media === undefined ? lowered : withMedia(lowered, media);
    const drops = new Drops(unsupported);
    const names = new ToolNames();
    const context = { drops, names, facts, betas, ...(dialect === null ? {} : { dialect }) };
    const written = upstream.writeRequest(asked, context);
    return {
      written,
      dropped: drops.as(nameOf),
      context: { model: request.model, now, includeUsage: request.includeUsage, request, body, query },
      names,
    };
  } catch (error) {
    if (!(error instanceof LlmBadRequest)) throw error;
    const { message, param } = error instanceof PivotRefusal ? error.as(nameOf) : error;
    const type = 'invalid_request_error';
    return { status: 400, body: client.writeError({ status: 400, type, message, code: null, param }) };
  }
}
