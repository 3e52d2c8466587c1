import { assertNever } from '../../../base/assert-never.ts';
import type { AnswerContext, StreamWriter } from '../../pivot/format.ts';
import type { PivotError, PivotEvent, PivotUsage, StopReason } from '../../pivot/response.ts';
import { AnswerFrame, incompleteReason, type ResponseState } from './answer-frame.ts';
import { failureCode } from './failure.ts';
import {
  EventSequence,
  StreamedCall,
  StreamedMessage,
  StreamedSignature,
  StreamedThought,
  type StreamItem,
} from './stream-items.ts';
import { ClientTools } from './tool-names.ts';

/** What a client is told whose upstream broke off. */
const BROKEN: PivotError = {
  status: 502,
  type: 'api_error',
  message: 'the upstream ended its stream before the answer was complete',
  code: 'upstream_stream_ended',
  param: null,
};

/**
 * Writes the events of a response. `response.created` waits for the first thing said, so that until then the answer may
 * still become another. Messages and thoughts are open one at a time; calls stay open to the end, since their input may
 * come in turns. The last event waits for the end of the stream, because usage may follow the reason to stop.
 */
export class ResponsesStreamWriter implements StreamWriter {
  readonly #context: AnswerContext;
  readonly #tools: ClientTools;
  readonly #events = new EventSequence();
  #frame: AnswerFrame | null = null;
  #begun = false;
  #ended = false;
  #stop: StopReason | null = null;
  #usage: PivotUsage | null = null;
  /** Every item, in the order in which they began. */
  readonly #items: StreamItem[] = [];
  /** The message or thought that is open. */
  #open: StreamedMessage | StreamedThought | null = null;
  readonly #calls = new Map<number, StreamedCall>();

  constructor(context: AnswerContext) {
    this.#context = context;
    this.#tools = new ClientTools(context);
  }

  write(event: PivotEvent): string {
    if (this.#ended) return '';
    switch (event.kind) {
      case 'start':
        this.#frame ??= new AnswerFrame(event.id, event.model, event.created, this.#context);
        return '';
      case 'usage':
        this.#usage = event.usage;
        return '';
      case 'error':
        return this.#fail(event.error);
      case 'end':
        return this.#end();
      case 'stop':
        return this.#stopped(event.stop);
      default:
        return this.#stop === null ? this.#content(event) : '';
    }
  }

  #content(event: Exclude<PivotEvent, { kind: 'start' | 'usage' | 'error' | 'end' | 'stop' }>): string {
    switch (event.kind) {
      case 'text':
      case 'refusal':
        return event.text === '' ? '' : this.#begin() + this.#message(event.kind, event.block, event.text);
      case 'thinking':
        return event.text === '' ? '' : this.#begin() + this.#thought(event.block, (item) => item.write(event.text));
      case 'signature': {
        const { signature, vendor } = event;
        return this.#begin() + this.#thought(event.block, (item) => this.#signed(item, { signature, vendor }));
      }
      case 'redacted': {
        const { data, vendor } = event;
        return this.#begin() + this.#thought(event.block, (item) => this.#signed(item, { redacted: data, vendor }));
      }
      case 'toolStart':
        return this.#begin() + this.#call(event);
      case 'toolInput':
        return event.text === '' ? '' : (this.#calls.get(event.block)?.write(event.text) ?? '');
      default:
        return assertNever(event);
    }
  }

  #begin(): string {
    if (this.#begun) return '';
    this.#begun = true;
    const fields = this.#response({ status: 'in_progress' });
    return this.#events.raw('response.created', fields) + this.#events.raw('response.in_progress', fields);
  }

  /** Fields of an event that shows the response. */
  #response(state: Partial<ResponseState> & Pick<ResponseState, 'status'>): string {
    this.#frame ??= new AnswerFrame('', '', 0, this.#context);
    const whole = { output: [], usage: null, incompleteReason: null, error: null, ...state };
    return `"response":${this.#frame.responseText(whole)}}`;
  }

  #place(prefix: 'msg' | 'rs' | 'fc' | 'ctc'): { id: string; index: number; events: EventSequence } {
    const index = this.#items.length;
    return { id: (this.#frame as AnswerFrame).itemId(prefix, index), index, events: this.#events };
  }

  #message(kind: 'text' | 'refusal', block: number, text: string): string {
    if (this.#open instanceof StreamedMessage) return this.#open.write(kind, block, text);
    const closed = this.#close();
    const item = new StreamedMessage(this.#place('msg'));
    this.#items.push(item);
    this.#open = item;
    return closed + item.open() + item.write(kind, block, text);
  }

  #thought(block: number, write: (item: StreamedThought) => string): string {
    if (this.#open instanceof StreamedThought && this.#open.block === block) return write(this.#open);
    const closed = this.#close();
    const item = new StreamedThought(this.#place('rs'), block);
    this.#items.push(item);
    this.#open = item;
    return closed + write(item);
  }

  #signed(item: StreamedThought, signed: Parameters<StreamedThought['sign']>[0]): string {
    item.sign(signed);
    return '';
  }

  #call({ block, id, name, signature }: Extract<PivotEvent, { kind: 'toolStart' }>): string {
    let out = this.#close();
    if (signature !== undefined) {
      const carrier = new StreamedSignature(this.#place('rs'), signature);
      this.#items.push(carrier);
      out += carrier.close();
    }
    const tool = this.#tools.find(name);
    const item = new StreamedCall(this.#place(tool.freeform ? 'ctc' : 'fc'), id, tool);
    this.#items.push(item);
    this.#calls.set(block, item);
    return out + item.open();
  }

  #close(): string {
    const out = this.#open?.close('completed') ?? '';
    this.#open = null;
    return out;
  }

  /** Ends what is open; the last item is incomplete if the answer is. */
  #stopped(stop: StopReason): string {
    if (this.#stop !== null) return '';
    this.#stop = stop;
    let out = this.#begin();
    const last = incompleteReason(stop) === null ? undefined : this.#items.at(-1);
    const open: StreamItem[] = [...this.#calls.values(), ...(this.#open === null ? [] : [this.#open])];
    for (const item of open) out += item.close(item === last ? 'incomplete' : 'completed');
    this.#open = null;
    return out;
  }

  #end(): string {
    if (this.#stop === null) return this.#fail(BROKEN);
    this.#ended = true;
    const reason = incompleteReason(this.#stop);
    const status = reason === null ? 'completed' : 'incomplete';
    const output = this.#items.map(({ item }) => item);
    const response = this.#response({ status, output, usage: this.#usage, incompleteReason: reason });
    return this.#events.raw(`response.${status}`, response);
  }

  /** Before anything was said the error stands alone; afterwards the response fails, with the items that are whole. */
  #fail({ message, ...error }: PivotError): string {
    this.#ended = true;
    const code = failureCode(error);
    if (!this.#begun) return this.#events.event('error', { code, message, param: error.param });
    const output = this.#items.map(({ item }) => item).filter((item) => item['type'] !== undefined);
    const response = this.#response({ status: 'failed', output, usage: this.#usage, error: { code, message } });
    return this.#events.raw('response.failed', response);
  }
}
