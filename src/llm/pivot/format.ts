import type { LlmFormat } from '../../model/llm.ts';
import type { ModelFacts } from '../models/facts.ts';
import type { ChatDialect } from './dialect.ts';
import type { Drops } from './drops.ts';
import type { Framing } from './framing.ts';
import type { OwnMembers } from './own-members.ts';
import type { PivotRequest } from './request.ts';
import type { PivotError, PivotEvent, PivotResponse } from './response.ts';
import type { ToolNames } from './tool-names.ts';

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What a request says outside its body; null: the body says it. */
export interface RequestLine {
  readonly model: string | null;
  readonly stream: boolean | null;
}

/** What a writer of requests needs besides the request. */
export interface RequestContext {
  readonly drops: Drops;
  /** Of the model that is asked. */
  readonly facts: ModelFacts;
  /** Takes the names of tools that the target does not allow, for the way back. */
  readonly names: ToolNames;
  /** What an OpenAI-compatible provider takes of chat completions; absent: what OpenAI takes. */
  readonly dialect?: ChatDialect;
  /** Betas of Anthropic's that the client asks for (`anthropic-beta`); absent: none. */
  readonly betas?: readonly string[];
}

/** What a writer may know of the request whose answer it writes. */
export interface AnswerContext {
  /** Model as the client named it, for answers that do not name one. */
  readonly model: string;
  /** Seconds since the Unix epoch. */
  readonly now: number;
  readonly includeUsage: boolean;
  /** The client's request as it was read. */
  readonly request: PivotRequest;
  /** The client's own body, for APIs whose answers repeat parts of it. */
  readonly body: JsonObject;
  /** The client's query with its `?`, or ''. */
  readonly query: string;
}

/** OpenAI's `x-ratelimit-*` fields, or Anthropic's `anthropic-ratelimit-*`. */
export type LimitStyle = 'openai' | 'anthropic';

/** Reads a provider's stream: feed it each frame; it gives what each means, at once. */
export interface StreamReader {
  /** @param event Name of the event, '' without one. */
  event(event: string, data: string): readonly PivotEvent[];
  /** The bytes are over: the last events, `end` included. */
  end(): readonly PivotEvent[];
}

/** Writes a client's stream: gives the text to send for each step; '' for none. */
export interface StreamWriter {
  /** Content type of the stream; absent: `text/event-stream`. */
  readonly contentType?: string;
  write(event: PivotEvent): string;
}

/** One API shape, both ways. A table (`formats/table.ts`) names them; nothing else does. */
export interface ChatFormat {
  readonly format: LlmFormat;
  /** Fields that a request in this format needs besides its body, set where the client sent none. */
  readonly requestFields?: ReadonlyMap<string, string>;
  /** How an upstream of this format streams. */
  readonly framing: Framing;
  /** It has freeform tools of its own; targets without get functions in their place (see freeform.ts). */
  readonly freeform?: true;
  /** In which fields it tells the limits of an account; absent: in none. */
  readonly limits?: LimitStyle;
  /** Media that it takes by URL; others must be bytes. */
  readonly mediaUrls: ReadonlySet<'image' | 'document'>;
  /** What keeps a client's stream open between two events; '' where its clients would choke on anything. */
  readonly keepAlive: string;
  /** What it calls the members of a request, for refusals of what a target cannot express. */
  readonly ownMembers: OwnMembers;
  /** Throws LlmBadRequest. */
  readRequest(body: JsonObject, line: RequestLine): PivotRequest;
  /** Members in a fixed order, messages last, so that prompt caches hit. Throws LlmBadRequest through `drops`. */
  writeRequest(request: PivotRequest, context: RequestContext): JsonObject;
  /**
   * The members of a client's own body that change when what other vendors signed is left out of it: for bodies that go
   * on in this format.
   */
  withoutForeignThoughts(body: JsonObject, facts: ModelFacts): ReadonlyMap<string, unknown>;
  readResponse(body: JsonObject): PivotResponse;
  writeResponse(response: PivotResponse, context: AnswerContext): JsonObject;
  streamReader(): StreamReader;
  streamWriter(context: AnswerContext): StreamWriter;
  /** Reads an error body of any kind, JSON or not; `field` gives the answer's fields, where it has any. */
  readError(status: number, body: string, field?: (name: string) => string | undefined): PivotError;
  /** An error answer's body. */
  writeError(error: PivotError): JsonObject;
}

/** A format that only clients speak: nothing writes its requests or reads its answers. */
export type ClientFormat = Pick<
  ChatFormat,
  | 'format'
  | 'requestFields'
  | 'limits'
  | 'keepAlive'
  | 'ownMembers'
  | 'readRequest'
  | 'writeResponse'
  | 'streamWriter'
  | 'writeError'
>;

/** A format that only providers speak: nothing reads its requests or writes its answers. */
export type UpstreamFormat = Omit<
  ChatFormat,
  | 'keepAlive'
  | 'ownMembers'
  | 'readRequest'
  | 'withoutForeignThoughts'
  | 'writeResponse'
  | 'streamWriter'
  | 'writeError'
>;
