import type { LlmFormat } from '../../model/llm.ts';
import type { Drops } from './drops.ts';
import type { PivotRequest } from './request.ts';
import type { PivotError, PivotEvent, PivotResponse } from './response.ts';

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What a writer may know of the request whose answer it writes. */
export interface AnswerContext {
  /** Model as the client named it, for answers that do not name one. */
  readonly model: string;
  /** Seconds since the Unix epoch. */
  readonly now: number;
  readonly includeUsage: boolean;
}

/** Reads a provider's stream: feed it the data of each server-sent event; it gives what each means, at once. */
export interface StreamReader {
  /** @param event Name of the event, '' without one. */
  event(event: string, data: string): readonly PivotEvent[];
  /** The bytes are over: the last events, `end` included. */
  end(): readonly PivotEvent[];
}

/** Writes a client's stream: gives the text of server-sent events for each step; '' for none. */
export interface StreamWriter {
  write(event: PivotEvent): string;
}

/** One API shape, both ways. A table (`formats/table.ts`) names them; nothing else does. */
export interface ChatFormat {
  readonly format: LlmFormat;
  /** Fields that a request in this format needs besides its body, set where the client sent none. */
  readonly requestFields?: ReadonlyMap<string, string>;
  /** Throws LlmBadRequest. */
  readRequest(body: JsonObject): PivotRequest;
  /** Members in a fixed order, messages last, so that prompt caches hit. Throws LlmBadRequest through `drops`. */
  writeRequest(request: PivotRequest, drops: Drops): JsonObject;
  readResponse(body: JsonObject): PivotResponse;
  writeResponse(response: PivotResponse, context: AnswerContext): JsonObject;
  streamReader(): StreamReader;
  streamWriter(context: AnswerContext): StreamWriter;
  /** Reads an error body of any kind, JSON or not. */
  readError(status: number, body: string): PivotError;
  /** An error answer's body. */
  writeError(error: PivotError): JsonObject;
}
