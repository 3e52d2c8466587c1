import { LlmBadRequest } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Block, PivotMessage, TextBlock } from '../../pivot/request.ts';
import type { Extras } from './extras.ts';
import { arrayAt, member, objectAt, refuse, stringAt, stringOrNull, booleanOrNull } from './members.ts';
import { readInlineData, readFileData } from './read-media.ts';
import { readResponse } from './read-function-response.ts';
import { google, openThoughtSignature, type OpenedSignature } from './signature.ts';

const known: ReadonlySet<string> = new Set([
  'text',
  'thought',
  'thoughtSignature',
  'functionCall',
  'functionResponse',
  'inlineData',
  'fileData',
]);
const hints: ReadonlySet<string> = new Set(['mediaResolution', 'partMetadata', 'mediaProcessing', 'speechMetadata']);
const none: ReadonlySet<string> = new Set();

/** A call that waits for its result. */
interface OpenCall {
  /** The pivot's, unique in the conversation. */
  readonly id: string;
  /** The client's; null where it gave none. */
  readonly said: string | null;
  readonly name: string;
}

/** Reads `contents`. Throws LlmBadRequest that names the part at fault. */
export function readContents(value: unknown, path: string, extras: Extras): readonly PivotMessage[] {
  const contents = arrayAt(value, path);
  if (contents.length === 0) refuse(path, 'an array of at least one content');
  const reader = new ContentsReader(extras);
  for (const [index, content] of contents.entries()) reader.read(content, `${path}[${index}]`, index);
  return reader.done();
}

/** Reads `systemInstruction`: a content whose parts are text. @throws LlmBadRequest */
export function readSystem(value: unknown, extras: Extras): readonly TextBlock[] {
  const path = 'systemInstruction';
  if (value === undefined) return [];
  const blocks: TextBlock[] = [];
  for (const [index, item] of arrayAt(member(objectAt(value, path), 'parts'), `${path}.parts`).entries()) {
    const at = `${path}.parts[${index}]`;
    const part = objectAt(item, at);
    extras.rest(part, new Set(['text']), none, at);
    const text = stringOrNull(member(part, 'text'), `${at}.text`) ?? '';
    if (text !== '') blocks.push({ kind: 'text', text });
  }
  return blocks;
}

class ContentsReader {
  readonly #messages: { readonly role: PivotMessage['role']; readonly blocks: Block[] }[] = [];
  readonly #extras: Extras;
  /** Calls of the model's last turn that wait for their results. */
  #calls: OpenCall[] = [];
  /** Text of a thought whose signature, if any, has not come. */
  #thought = '';

  constructor(extras: Extras) {
    this.#extras = extras;
  }

  read(value: unknown, path: string, index: number): void {
    const content = objectAt(value, path);
    this.#extras.rest(content, new Set(['role', 'parts']), none, path);
    const role = readRole(member(content, 'role'), `${path}.role`);
    const blocks = this.#blocksOf(role);
    for (const [at, item] of arrayAt(member(content, 'parts'), `${path}.parts`).entries()) {
      const partPath = `${path}.parts[${at}]`;
      const part = objectAt(item, partPath);
      this.#extras.rest(part, known, hints, partPath);
      if (role === 'assistant') this.#modelPart(part, partPath, `call_${index}_${at}`, blocks);
      else this.#userPart(part, partPath, blocks);
    }
  }

  done(): readonly PivotMessage[] {
    this.#closeThought(this.#messages.at(-1)?.blocks ?? []);
    return this.#messages.filter(({ blocks }) => blocks.length > 0);
  }

  /** The model's turn goes on over several contents where a client keeps each chunk of a stream as one. */
  #blocksOf(role: PivotMessage['role']): Block[] {
    const last = this.#messages.at(-1);
    if (last?.role === role && role === 'assistant') return last.blocks;
    this.#closeThought(last?.blocks ?? []);
    if (role === 'assistant') this.#calls = [];
    const blocks: Block[] = [];
    this.#messages.push({ role, blocks });
    return blocks;
  }

  #userPart(part: JsonObject, path: string, blocks: Block[]): void {
    if (member(part, 'functionCall') !== undefined) refuse(`${path}.functionCall`, 'in a content of the role model');
    const response = member(part, 'functionResponse');
    if (response !== undefined) {
      blocks.push(
        readResponse(response, `${path}.functionResponse`, this.#extras, (id, name) => this.#answered(id, name, path)),
      );
      return;
    }
    const text = stringOrNull(member(part, 'text'), `${path}.text`) ?? '';
    if (text !== '') blocks.push({ kind: 'text', text });
    this.#media(part, path, blocks);
  }

  #modelPart(part: JsonObject, path: string, newId: string, blocks: Block[]): void {
    if (member(part, 'functionResponse') !== undefined)
      refuse(`${path}.functionResponse`, 'in a content of the role user');
    const text = stringOrNull(member(part, 'text'), `${path}.text`) ?? '';
    const said = stringOrNull(member(part, 'thoughtSignature'), `${path}.thoughtSignature`) ?? '';
    const signature = said === '' ? null : openThoughtSignature(said);
    if (booleanOrNull(member(part, 'thought'), `${path}.thought`) === true) {
      this.#thought += text;
      if (signature !== null) this.#signedThought(signature, blocks);
      return;
    }
    this.#closeThought(blocks);
    if (signature?.kind === 'thoughts') {
      for (const thought of signature.thoughts) blocks.push({ ...thought, kind: 'thinking', text: thought.text ?? '' });
    }
    const call = member(part, 'functionCall');
    if (call !== undefined) {
      blocks.push(this.#call(objectAt(call, `${path}.functionCall`), `${path}.functionCall`, newId, signature));
      return;
    }
    const last = blocks.at(-1);
    if (text !== '' && last?.kind === 'text') blocks.splice(-1, 1, { kind: 'text', text: last.text + text });
    else if (text !== '') blocks.push({ kind: 'text', text });
    if (signature?.kind === 'own')
      blocks.push({ kind: 'thinking', text: '', signature: signature.data, vendor: google });
    this.#media(part, path, blocks);
  }

  #signedThought(signature: OpenedSignature, blocks: Block[]): void {
    const text = this.#thought;
    this.#thought = '';
    if (signature.kind === 'own') blocks.push({ kind: 'thinking', text, signature: signature.data, vendor: google });
    if (signature.kind !== 'thoughts') return;
    for (const thought of signature.thoughts) blocks.push({ ...thought, kind: 'thinking', text: thought.text ?? text });
  }

  #closeThought(blocks: Block[]): void {
    if (this.#thought !== '') blocks.push({ kind: 'thinking', text: this.#thought, vendor: google });
    this.#thought = '';
  }

  #call(call: JsonObject, path: string, newId: string, signature: OpenedSignature | null): Block {
    this.#extras.rest(call, new Set(['id', 'name', 'args']), new Set(['willContinue']), path);
    const said = stringOrNull(member(call, 'id'), `${path}.id`) || null;
    const name = stringAt(member(call, 'name'), `${path}.name`);
    const args = member(call, 'args');
    const id = said ?? newId;
    this.#calls.push({ id, said, name });
    const signed =
      signature?.kind === 'own'
        ? { signature: { vendor: google, data: signature.data } }
        : signature?.kind === 'call'
          ? { signature: signature.signature }
          : {};
    const input = JSON.stringify(args === undefined ? {} : objectAt(args, `${path}.args`));
    return { kind: 'toolCall', id, name, input, ...signed, at: path };
  }

  /** The call that a result answers: that of its id, else the first of its name that waits. */
  #answered(id: string | null, name: string, path: string): string {
    const byId = id === null ? -1 : this.#calls.findIndex(({ said }) => said === id);
    const at =
      byId === -1 ? this.#calls.findIndex((call) => call.name === name && !(id !== null && call.said !== null)) : byId;
    const [call] = at === -1 ? [] : this.#calls.splice(at, 1);
    if (call !== undefined) return call.id;
    throw new LlmBadRequest(`${path} answers a call of "${name}" that no content before it made`, path);
  }

  #media(part: JsonObject, path: string, blocks: Block[]): void {
    const inline = member(part, 'inlineData');
    const file = member(part, 'fileData');
    const block =
      inline !== undefined
        ? readInlineData(inline, `${path}.inlineData`, this.#extras)
        : file !== undefined
          ? readFileData(file, `${path}.fileData`, this.#extras)
          : null;
    if (block !== null) blocks.push(block);
  }
}

function readRole(role: unknown, path: string): PivotMessage['role'] {
  if (role === undefined || role === '' || role === 'user' || role === 'function') return 'user';
  return role === 'model' ? 'assistant' : refuse(path, 'user or model');
}
