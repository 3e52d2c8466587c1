import type { HeaderList } from '../../../net/http/headers.ts';
import type { ProcessingResponse } from '../../../net/grpc/envoy/ext-proc.ts';
import type { BodyStage, Out } from '../stage.ts';
import { changedBytes, changeTrailers, trailerFields } from './parts.ts';
import type { Processing } from './processing.ts';

/** Shows the service a request's body chunk by chunk, or only its trailers. */
export class StreamedRequest implements BodyStage {
  readonly #p: Processing;
  readonly #chunks: boolean;

  /** @param chunks False: only trailers are shown. */
  constructor(p: Processing, chunks: boolean) {
    this.#p = p;
    this.#chunks = chunks;
  }

  chunk(bytes: Buffer): Out | Promise<Out> {
    return this.#chunks && !this.#p.conversation.over ? this.#show(Buffer.from(bytes), false) : bytes;
  }

  async end(trailers: HeaderList | null): Promise<Out> {
    const p = this.#p;
    const shown = p.modes.requestTrailers ? trailers : null;
    const rest = this.#chunks ? await this.#show(Buffer.alloc(0), shown === null) : null;
    if (shown === null) return rest;
    const reply = await p.conversation.request.ask(
      p.requestMessage({ requestTrailers: { trailers: trailerFields(shown) } }),
    );
    if (reply !== null) {
      this.#interrupt(reply);
      changeTrailers(shown, reply.requestTrailers?.headerMutation);
    }
    return rest;
  }

  abort(): void {}

  async #show(body: Buffer, endOfStream: boolean): Promise<Out> {
    const p = this.#p;
    const reply = await p.conversation.request.ask(p.requestMessage({ requestBody: { body, endOfStream } }));
    if (reply === null) return body;
    this.#interrupt(reply);
    return changedBytes(body, reply.requestBody?.response?.bodyMutation);
  }

  #interrupt(reply: ProcessingResponse): void {
    const answer = this.#p.answerIn(reply);
    if (answer !== null) this.#p.x.interrupt(answer);
  }
}
