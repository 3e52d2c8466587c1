import { randomToken } from '../../../base/random.ts';
import { isJsonRecord } from '../../json/parse.ts';
import type { CallSignature } from '../../pivot/request.ts';
import type { PivotEvent } from '../../pivot/response.ts';
import { googleSignature } from './call-id.ts';

/** How much of an answer's id goes into the ids made for its calls: OpenAI allows 40 characters. */
const TAIL = 24;

/** A call as far as it was streamed. */
interface Call {
  readonly index: number | null;
  /** As the server gave it; '' where it did not. */
  id: string;
  name: string;
  /** Its block; -1 until its name is known. */
  block: number;
  /** Input that came before the name; afterwards, for calls without index, all of it. */
  input: string;
  /** Google's signature; it comes with the first delta. */
  signature: { readonly signature?: CallSignature };
}

/** The id of a call, made from the answer's and its place in it where the server gave none. */
export function callId(id: unknown, answerId: string, place: number): string {
  if (typeof id === 'string' && id !== '') return id;
  const tail = answerId.replace(/[^A-Za-z0-9]/g, '').slice(-TAIL);
  return `call_${tail === '' ? randomToken(12) : tail}_${place}`;
}

/**
 * Puts the deltas of tool calls together. OpenAI numbers them; servers that copy it leave out the number or the id,
 * repeat the name on each delta, or number all calls 0.
 */
export class ToolDeltas {
  readonly #calls: Call[] = [];
  #started = 0;

  /** Whether any call began. */
  get any(): boolean {
    return this.#started > 0;
  }

  /** @param nextBlock Gives the number of a block that begins. */
  read(delta: unknown, answerId: string, nextBlock: () => number, events: PivotEvent[]): void {
    if (!isJsonRecord(delta)) return;
    const described = isJsonRecord(delta['function']) ? delta['function'] : {};
    const index = typeof delta['index'] === 'number' ? delta['index'] : null;
    const id = typeof delta['id'] === 'string' ? delta['id'] : '';
    const name = typeof described['name'] === 'string' ? described['name'] : '';
    const call = this.#find(index, id, name) ?? this.#add(index);
    if (call.id === '') call.id = id;
    if (call.signature.signature === undefined) call.signature = googleSignature(delta);
    if (call.name === '') call.name = name;
    const args = described['arguments'] ?? '';
    const text = typeof args === 'string' ? args : JSON.stringify(args);
    if (call.block === -1) {
      call.input += text;
      if (call.name !== '') this.#start(call, answerId, nextBlock(), events);
      return;
    }
    if (call.index === null) call.input += text;
    if (text !== '') events.push({ kind: 'toolInput', block: call.block, text });
  }

  #start(call: Call, answerId: string, block: number, events: PivotEvent[]): void {
    call.block = block;
    const id = callId(call.id, answerId, this.#started++);
    events.push({ kind: 'toolStart', block, id, name: call.name, ...call.signature });
    if (call.input !== '') events.push({ kind: 'toolInput', block, text: call.input });
  }

  /** The call that a delta goes on with; undefined where it begins one. */
  #find(index: number | null, id: string, name: string): Call | undefined {
    if (index !== null) {
      const call = this.#calls.findLast((known) => known.index === index);
      // The same number with another id and a name is another call.
      const other =
        call !== undefined && id !== '' && name !== '' && call.id !== '' && call.id !== id && call.block !== -1;
      return other ? undefined : call;
    }
    if (id !== '') return this.#calls.find((known) => known.id === id);
    const last = this.#calls.at(-1);
    if (last === undefined || name === '' || last.name === '') return last;
    return last.name === name && !isWhole(last.input) ? last : undefined;
  }

  #add(index: number | null): Call {
    const call: Call = { index, id: '', name: '', block: -1, input: '', signature: {} };
    this.#calls.push(call);
    return call;
  }
}

/** Whether a call's input is complete, so that the same name begins another call. */
function isWhole(input: string): boolean {
  try {
    JSON.parse(input);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
