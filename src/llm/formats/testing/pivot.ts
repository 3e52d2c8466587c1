import { modelFacts } from '../../models/table.ts';
import { Drops, type UnsupportedMode } from '../../pivot/drops.ts';
import type { AnswerContext, RequestContext, RequestLine } from '../../pivot/format.ts';
import type { Block, PivotRequest } from '../../pivot/request.ts';
import { ToolNames } from '../../pivot/tool-names.ts';

/** A request that says nothing but its model. */
const emptyRequest: PivotRequest = {
  model: 'm',
  stream: false,
  includeUsage: false,
  system: [],
  messages: [],
  tools: [],
  toolChoice: null,
  parallelTools: null,
  sampling: { temperature: null, topP: null, topK: null, seed: null, frequencyPenalty: null, presencePenalty: null },
  maxTokens: null,
  stop: [],
  output: null,
  reasoning: null,
  user: null,
  extras: [],
};

/** What a golden case may say of a request; the rest says nothing. */
export type PartialRequest = Omit<Partial<PivotRequest>, 'sampling'> & {
  readonly sampling?: Partial<PivotRequest['sampling']>;
};

/** A request that says nothing but what is given. */
export function pivotRequest(given: PartialRequest): PivotRequest {
  return { ...emptyRequest, ...given, sampling: { ...emptyRequest.sampling, ...given.sampling } };
}

/** The request without the places that its pieces have in the client's body. */
export function placeless(request: PivotRequest): PivotRequest {
  const block = (one: Block): Block => {
    const { at: _at, ...rest } = one;
    return rest.kind === 'toolResult' ? { ...rest, blocks: rest.blocks.map(block) } : rest;
  };
  return {
    ...request,
    messages: request.messages.map((message) => ({ ...message, blocks: message.blocks.map(block) })),
    tools: request.tools.map(({ at: _at, ...tool }) => tool),
  };
}

/** A body that says its model and whether it streams itself. */
export const bodyOnly: RequestLine = { model: null, stream: null };

/** For the writing of a request to `model`. */
export function requestContext(model: string, mode: UnsupportedMode): RequestContext {
  return { drops: new Drops(mode), facts: modelFacts(model), names: new ToolNames() };
}

/** For the writing of an answer. */
export function answerContext(given: Partial<AnswerContext> = {}): AnswerContext {
  return {
    model: 'asked',
    now: 1_800_000_000,
    includeUsage: false,
    request: emptyRequest,
    body: {},
    query: '',
    ...given,
  };
}
