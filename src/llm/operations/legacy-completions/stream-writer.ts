import { writeError } from '../../formats/completions/errors.ts';
import { writeUsage } from '../../formats/completions/usage.ts';
import type { AnswerContext, StreamWriter } from '../../pivot/format.ts';
import type { PivotError, PivotEvent, PivotUsage } from '../../pivot/response.ts';
import { finishOf, newCompletionId } from './write-response.ts';

/** What a client is told whose upstream broke off. */
const BROKEN: PivotError = {
  status: 502,
  type: 'api_error',
  message: 'the upstream ended its stream before the answer was complete',
  code: 'upstream_stream_ended',
  param: null,
};

/** Writes chunks (`text_completion`): text as it comes, one chunk with a `finish_reason`, usage if asked for, `[DONE]`. */
export class LegacyStreamWriter implements StreamWriter {
  readonly #context: AnswerContext;
  #head: Readonly<Record<string, unknown>> | null = null;
  #usage: PivotUsage | null = null;
  #stopped = false;
  #ended = false;

  constructor(context: AnswerContext) {
    this.#context = context;
  }

  write(event: PivotEvent): string {
    if (this.#ended) return '';
    switch (event.kind) {
      case 'start':
        this.#begin(event.id, event.model, event.created);
        return '';
      case 'text':
      case 'refusal':
        return this.#chunk([{ text: event.text, index: 0, logprobs: null, finish_reason: null }]);
      case 'stop':
        if (this.#stopped) return '';
        this.#stopped = true;
        return this.#chunk([{ text: '', index: 0, logprobs: null, finish_reason: finishOf(event.stop) }]);
      case 'usage':
        this.#usage = event.usage;
        return '';
      case 'error':
        return this.#fail(event.error);
      case 'end':
        return this.#end();
      default:
        // Reasoning and calls have no place in a text.
        return '';
    }
  }

  #begin(id: string, model: string, created: number): Readonly<Record<string, unknown>> {
    const { now, model: asked } = this.#context;
    this.#head = {
      id: id === '' ? newCompletionId() : id,
      object: 'text_completion',
      created: created > 0 ? created : now,
      model: model === '' ? asked : model,
    };
    return this.#head;
  }

  #chunk(choices: readonly unknown[], usage: PivotUsage | null = null): string {
    const head = this.#head ?? this.#begin('', '', 0);
    const counted = this.#context.includeUsage ? { usage: usage === null ? null : writeUsage(usage) } : {};
    return `data: ${JSON.stringify({ ...head, choices, ...counted })}\n\n`;
  }

  #fail(error: PivotError): string {
    this.#ended = true;
    return `data: ${JSON.stringify(writeError(error))}\n\n`;
  }

  #end(): string {
    if (!this.#stopped) return this.#fail(BROKEN);
    this.#ended = true;
    const usage = this.#context.includeUsage && this.#usage !== null ? this.#chunk([], this.#usage) : '';
    return `${usage}data: [DONE]\n\n`;
  }
}
