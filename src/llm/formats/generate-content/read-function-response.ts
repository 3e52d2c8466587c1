import type { JsonObject } from '../../pivot/format.ts';
import type { Block, ToolResultBlock } from '../../pivot/request.ts';
import type { Extras } from './extras.ts';
import { arrayAt, member, objectAt, optionalObject, stringAt, stringOrNull } from './members.ts';
import { readFileData, readInlineData } from './read-media.ts';

const known: ReadonlySet<string> = new Set(['id', 'name', 'response', 'parts']);
const hints: ReadonlySet<string> = new Set(['willContinue', 'scheduling']);

/**
 * Reads a `functionResponse`: what `output` or `error` hold where one of them is all, else the whole object, as text.
 *
 * @param callOf Gives the pivot's id of the call that it answers.
 */
export function readResponse(
  value: unknown,
  path: string,
  extras: Extras,
  callOf: (id: string | null, name: string) => string,
): ToolResultBlock {
  const result = objectAt(value, path);
  extras.rest(result, known, hints, path);
  const id = stringOrNull(member(result, 'id'), `${path}.id`);
  const name = stringAt(member(result, 'name'), `${path}.name`);
  const response = optionalObject(member(result, 'response'), `${path}.response`) ?? {};
  const blocks: Block[] = [];
  const text = textOf(response);
  if (text !== '') blocks.push({ kind: 'text', text });
  for (const [index, item] of arrayAt(member(result, 'parts'), `${path}.parts`).entries()) {
    const at = `${path}.parts[${index}]`;
    const block = readPart(objectAt(item, at), at, extras);
    if (block !== null) blocks.push(block);
  }
  return {
    kind: 'toolResult',
    callId: callOf(id === '' ? null : id, name),
    blocks,
    isError: isError(response),
    at: path,
  };
}

function readPart(part: JsonObject, path: string, extras: Extras): Block | null {
  const inline = member(part, 'inlineData');
  if (inline !== undefined) return readInlineData(inline, `${path}.inlineData`, extras);
  return readFileData(member(part, 'fileData'), `${path}.fileData`, extras);
}

function textOf(response: JsonObject): string {
  const [name, ...others] = Object.keys(response);
  if (name === undefined) return '';
  const said = others.length === 0 && (name === 'output' || name === 'error') ? response[name] : response;
  return typeof said === 'string' ? said : JSON.stringify(said);
}

function isError(response: JsonObject): boolean {
  const { error } = response;
  return error !== undefined && error !== null && response['output'] === undefined;
}
