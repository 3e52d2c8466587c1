import { TextMember } from './text-member.ts';
import type { JsonObject } from './format.ts';
import type { Block, PivotMessage, PivotRequest, PivotTool, ToolCallBlock } from './request.ts';
import type { PivotEvent, PivotResponse } from './response.ts';

/** The one member that holds the text of a freeform tool where the target only knows functions. */
const member = 'input';
const schema: JsonObject = {
  type: 'object',
  properties: { [member]: { type: 'string' } },
  required: [member],
  additionalProperties: false,
};

/** The request with functions of one string in place of its freeform tools, for targets that have none. */
export function lowerFreeform(request: PivotRequest): PivotRequest {
  const names = freeformNames(request);
  const isText = (block: Block): boolean =>
    block.kind === 'toolCall' && (block.freeform === true || names.has(block.name));
  if (names.size === 0 && !request.messages.some(({ blocks }) => blocks.some(isText))) return request;
  const lowered = (block: Block): Block => (block.kind === 'toolCall' && isText(block) ? lowerCall(block) : block);
  return {
    ...request,
    tools: request.tools.map(lowerTool),
    messages: request.messages.map((message): PivotMessage => ({ ...message, blocks: message.blocks.map(lowered) })),
  };
}

function lowerCall(call: ToolCallBlock): ToolCallBlock {
  const { freeform: _freeform, ...lowered } = call;
  return { ...lowered, input: JSON.stringify({ [member]: call.input }) };
}

function lowerTool(tool: PivotTool): PivotTool {
  if (tool.freeform === undefined) return tool;
  const { freeform, ...rest } = tool;
  const definition = freeform?.['definition'];
  const format = typeof definition === 'string' ? `\nIts input is text in this format:\n${definition}` : '';
  return { ...rest, description: `${tool.description ?? ''}${format}`.trim() || null, schema, strict: null };
}

const noNames: ReadonlySet<string> = new Set();

/** Names of a request's freeform tools. */
export function freeformNames({ tools }: PivotRequest): ReadonlySet<string> {
  if (tools.length === 0) return noNames;
  return new Set(tools.filter((tool) => tool.freeform !== undefined).map((tool) => tool.name));
}

/** Turns the calls of lowered tools back into text: of one answer, whole or streamed. */
export class FreeformAnswer {
  readonly #names: ReadonlySet<string>;
  readonly #open = new Map<number, TextMember>();

  constructor(request: PivotRequest) {
    this.#names = freeformNames(request);
  }

  /** @param event Names of tools as the client knows them. */
  event(event: PivotEvent): PivotEvent | null {
    // An upstream that has freeform tools itself gives the text.
    const isFunction = event.kind === 'toolStart' && event.freeform !== true;
    if (isFunction && this.#names.has(event.name)) this.#open.set(event.block, new TextMember(member));
    if (event.kind !== 'toolInput') return event;
    const text = this.#open.get(event.block);
    if (text === undefined) return event;
    const decoded = text.push(event.text);
    return decoded === '' ? null : { ...event, text: decoded };
  }

  response(response: PivotResponse): PivotResponse {
    if (this.#names.size === 0) return response;
    const blocks = response.blocks.map((block): Block => {
      if (block.kind !== 'toolCall' || block.freeform === true || !this.#names.has(block.name)) return block;
      return { ...block, input: new TextMember(member).push(block.input) };
    });
    return { ...response, blocks };
  }
}
