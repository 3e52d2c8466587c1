import type { AnswerContext, JsonObject, StreamWriter } from '../../pivot/format.ts';
import type { PivotEvent, PivotUsage } from '../../pivot/response.ts';
import { writeError } from './errors.ts';
import { brokenOff } from '../upstream-errors.ts';
import { isComplete, outBlock, redactedStart, textStart, thinkingStart, toolStart } from './open-blocks.ts';
import type { OutBlock } from './open-blocks.ts';
import { sealSignature } from '../../pivot/signature.ts';
import { writeSignature } from './signature.ts';
import { writeStopReason } from './stop-reason.ts';
import { writeUsage } from './usage.ts';
import { messageHead } from './write-response.ts';

/** A writer of one Messages stream. */
export function messagesStreamWriter(context: AnswerContext): StreamWriter {
  return new MessagesStreamWriter(context);
}

/**
 * Keeps the discipline that clients of this API rely on: one `message_start`, at most one open block, indexes without
 * gaps, a stop for each start, `message_delta` once when nothing can follow, then `message_stop`. Blocks that begin while
 * another is unfinished wait behind it.
 */
class MessagesStreamWriter implements StreamWriter {
  readonly #context: Pick<AnswerContext, 'model'>;
  /** Blocks in the order in which they began; the first is open. */
  readonly #queue: OutBlock[] = [];
  /** The pivot's numbers of blocks that are closed. */
  readonly #closed = new Set<number>();
  #head: JsonObject;
  #text = '';
  #index = 0;
  #started = false;
  #over = false;
  #hasCalls = false;
  #hasRefusal = false;
  #stop: Extract<PivotEvent, { kind: 'stop' }> | null = null;
  #usage: PivotUsage | null = null;

  constructor(context: AnswerContext) {
    // The request need not stay in memory as long as its answer lasts.
    this.#context = { model: context.model };
    this.#head = messageHead('', '', context);
  }

  write(event: PivotEvent): string {
    if (this.#over) return '';
    this.#text = '';
    this.#step(event);
    return this.#text;
  }

  #step(event: PivotEvent): void {
    switch (event.kind) {
      case 'start':
        // Told with the first content only: until then another upstream may take over.
        this.#head = messageHead(event.id, event.model, this.#context);
        return;
      case 'text':
      case 'refusal':
        this.#hasRefusal ||= event.kind === 'refusal';
        if (event.text !== '') this.#delta('text', event.block, { type: 'text_delta', text: event.text });
        return;
      case 'thinking':
        if (event.text !== '') this.#delta('thinking', event.block, { type: 'thinking_delta', thinking: event.text });
        return;
      case 'signature':
        this.#sign(event.block, writeSignature(event.vendor, event.signature));
        return;
      case 'redacted':
        this.#begin(outBlock('redacted', event.block, redactedStart(event.vendor, event.data)));
        return;
      case 'toolStart':
        this.#hasCalls = true;
        if (event.signature !== undefined) this.#signCall(sealSignature({ ...event.signature, of: 'call' }));
        this.#begin(outBlock('tool', event.block, toolStart(event.id, event.name)));
        return;
      case 'toolInput':
        this.#input(event.block, event.text);
        return;
      case 'stop':
        this.#stop = event;
        this.#closeAll();
        return;
      case 'usage':
        this.#usage = event.usage;
        return;
      case 'error':
        this.#over = true;
        this.#emit('error', writeError(event.error));
        return;
      case 'end':
        this.#end();
    }
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    const message = {
      ...this.#head,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: writeUsage(this.#usage),
    };
    this.#emit('message_start', { type: 'message_start', message });
  }

  #delta(kind: 'text' | 'thinking', source: number, delta: JsonObject): void {
    let block = this.#find(kind, source);
    if (block === undefined) {
      block = outBlock(kind, source, kind === 'text' ? textStart : thinkingStart);
      this.#begin(block);
    }
    this.#put(block, delta);
  }

  #sign(source: number, signature: string): void {
    let block = this.#find('thinking', source);
    if (block === undefined) {
      // A signature of something that is not reasoning, or is closed, has no place in this API.
      if (this.#closed.has(source) || this.#queue.some((queued) => queued.source === source)) return;
      block = outBlock('thinking', source, thinkingStart);
      this.#begin(block);
    }
    block.isSigned = true;
    this.#put(block, { type: 'signature_delta', signature });
  }

  /** A call has no place for its signature: a block of reasoning without text before it has. */
  #signCall(signature: string): void {
    const block = outBlock('thinking', -1, thinkingStart);
    block.isSigned = true;
    block.waiting.push({ type: 'signature_delta', signature });
    this.#begin(block);
  }

  #input(source: number, text: string): void {
    const block = this.#find('tool', source);
    if (block === undefined || text === '') return;
    block.input += text;
    this.#put(block, { type: 'input_json_delta', partial_json: text });
    this.#advance();
  }

  #find(kind: OutBlock['kind'], source: number): OutBlock | undefined {
    return this.#queue.find((block) => block.kind === kind && block.source === source);
  }

  #begin(block: OutBlock): void {
    this.#queue.push(block);
    if (this.#queue.length === 1) this.#open(block);
    else this.#advance();
  }

  #put(block: OutBlock, delta: JsonObject): void {
    if (block === this.#queue[0]) this.#emitDelta(delta);
    else block.waiting.push(delta);
  }

  /** Closes the open block, and the next ones, as long as others wait behind a complete one. */
  #advance(): void {
    while (this.#queue.length > 1 && this.#queue[0] !== undefined && isComplete(this.#queue[0])) this.#closeFirst();
  }

  #closeAll(): void {
    while (this.#queue.length > 0) this.#closeFirst();
  }

  #closeFirst(): void {
    const block = this.#queue.shift();
    if (block === undefined) return;
    if (block.kind === 'thinking' && !block.isSigned) {
      this.#emitDelta({ type: 'signature_delta', signature: writeSignature('unknown', undefined) });
    }
    this.#emit('content_block_stop', { type: 'content_block_stop', index: this.#index });
    this.#index += 1;
    this.#closed.add(block.source);
    const next = this.#queue[0];
    if (next !== undefined) this.#open(next);
  }

  #open(block: OutBlock): void {
    this.#start();
    const start = { type: 'content_block_start', index: this.#index, content_block: block.start };
    this.#emit('content_block_start', start);
    for (const delta of block.waiting) this.#emitDelta(delta);
    block.waiting.length = 0;
  }

  #end(): void {
    this.#over = true;
    if (this.#stop === null) {
      this.#emit('error', writeError(brokenOff));
      return;
    }
    this.#start();
    this.#closeAll();
    const stop_reason = writeStopReason(this.#stop.stop, this.#hasCalls, this.#hasRefusal);
    const delta = { stop_reason, stop_sequence: this.#stop.stopSequence };
    this.#emit('message_delta', { type: 'message_delta', delta, usage: writeUsage(this.#usage) });
    this.#emit('message_stop', { type: 'message_stop' });
  }

  #emitDelta(delta: JsonObject): void {
    this.#emit('content_block_delta', { type: 'content_block_delta', index: this.#index, delta });
  }

  #emit(name: string, data: JsonObject): void {
    this.#text += `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  }
}
