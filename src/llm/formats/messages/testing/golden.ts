import { GatewayError } from '../../../../base/errors.ts';
import { Drops, LlmBadRequest } from '../../../pivot/drops.ts';
import type { JsonObject } from '../../../pivot/format.ts';
import type { PivotRequest } from '../../../pivot/request.ts';
import type { PivotResponse } from '../../../pivot/response.ts';
import { messagesFormat } from '../messages.ts';

/** What a golden case expects: an output with the paths left out, or an error. */
export interface GoldenResult {
  readonly out?: unknown;
  readonly drops?: readonly string[];
  readonly error?: { readonly message: string; readonly param?: string | null };
}

const emptySampling = {
  temperature: null,
  topP: null,
  topK: null,
  seed: null,
  frequencyPenalty: null,
  presencePenalty: null,
};

const emptyRequest = {
  model: 'claude-sonnet-4-6',
  stream: false,
  includeUsage: true,
  system: [],
  messages: [],
  tools: [],
  toolChoice: null,
  parallelTools: null,
  maxTokens: null,
  stop: [],
  output: null,
  reasoning: null,
  user: null,
  extras: [],
};

/** A request that says nothing but what is given, for tests. */
export function pivotRequest(members: JsonObject): PivotRequest {
  const { sampling, ...others } = members;
  const request = { ...emptyRequest, ...others, sampling: { ...emptySampling, ...(sampling as object | undefined) } };
  return request as unknown as PivotRequest;
}

/** Runs one golden case; `kind` is the name of its folder. */
export function run(kind: string, input: JsonObject): GoldenResult {
  try {
    const drops = new Drops(input['mode'] === 'drop' ? 'drop' : 'reject');
    const out: unknown = JSON.parse(JSON.stringify(convert(kind, input, drops)));
    return drops.paths.length === 0 ? { out } : { out, drops: drops.paths };
  } catch (error) {
    if (error instanceof LlmBadRequest) return { error: { message: error.message, param: error.param } };
    if (error instanceof GatewayError) return { error: { message: error.message } };
    throw error;
  }
}

function convert(kind: string, input: JsonObject, drops: Drops): unknown {
  const { mode: _, ...members } = input;
  switch (kind) {
    case 'write-request':
      return messagesFormat.writeRequest(pivotRequest(members), drops);
    case 'read-request':
      return messagesFormat.readRequest(input);
    case 'read-response':
      return messagesFormat.readResponse(input);
    case 'write-response':
      return messagesFormat.writeResponse(input as unknown as PivotResponse, context);
    default:
      throw new TypeError(`there is no golden kind ${kind}`);
  }
}

/** What writers of answers are given in tests. */
export const context = { model: 'alias', now: 1_700_000_000, includeUsage: true } as const;
