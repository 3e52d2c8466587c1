import { GatewayError } from '../../../base/errors.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Block } from '../../pivot/request.ts';
import type { PivotResponse } from '../../pivot/response.ts';
import { callId, readParts, type AnswerPart } from './answer-parts.ts';
import { blockReason, firstCandidate } from './candidates.ts';
import { failedAnswer, readStreamError } from './errors.ts';
import { isFailure, readFinishReason } from './finish-reason.ts';
import { textOf } from './members.ts';
import { google } from './signature.ts';
import { readUsage } from './usage.ts';

/**
 * Reads a GenerateContentResponse. Throws GatewayError `upstreamProtocol` for a body that is none, and for an answer
 * that failed.
 */
export function readResponse(body: JsonObject): PivotResponse {
  const candidate = firstCandidate(body);
  const isBlocked = blockReason(body) !== null;
  if (candidate === null && !isBlocked) {
    const said = body['error'] === undefined ? '' : `: ${readStreamError(body['error']).message}`;
    throw new GatewayError('upstreamProtocol', `the upstream answered without a candidate${said}`);
  }
  const reason = textOf(candidate?.['finishReason']);
  if (isFailure(reason)) {
    throw new GatewayError('upstreamProtocol', failedAnswer(reason, candidate?.['finishMessage']).message);
  }
  const id = textOf(body['responseId']);
  const blocks: Block[] = [];
  for (const part of readParts(candidate?.['content'])) addPart(blocks, part, id);
  // Clients take what comes last for the answer itself.
  const last = blocks.at(-1);
  if (last?.kind === 'thinking' && last.text === '') blocks.pop();
  const hasCalls = blocks.some((block) => block.kind === 'toolCall');
  return {
    id,
    model: textOf(body['modelVersion']),
    created: 0,
    blocks,
    stop: candidate === null ? 'filtered' : readFinishReason(reason, hasCalls),
    stopSequence: null,
    usage: readUsage(body['usageMetadata']),
  };
}

/** Neighbouring texts are one, as clients of this API read them; a signature ends a block. */
function addPart(blocks: Block[], part: AnswerPart, answerId: string): void {
  const { signature } = part;
  if (part.kind === 'call') {
    const place = blocks.filter((block) => block.kind === 'toolCall').length;
    const signed = signature === '' ? {} : { signature: { vendor: google, data: signature } };
    const id = callId(part.id, answerId, place);
    blocks.push({ kind: 'toolCall', id, name: part.name, input: part.input, ...signed });
    return;
  }
  const last = blocks.at(-1);
  if (part.kind === 'thought') {
    const goesOn = last?.kind === 'thinking' && last.signature === undefined;
    const text = `${goesOn ? last.text : ''}${part.text}`;
    if (text === '' && signature === '') return;
    const block: Block = { kind: 'thinking', text, vendor: google, ...(signature === '' ? {} : { signature }) };
    blocks.splice(goesOn ? -1 : blocks.length, 1, block);
    return;
  }
  if (part.text !== '') {
    if (last?.kind === 'text') blocks.splice(-1, 1, { kind: 'text', text: last.text + part.text });
    else blocks.push({ kind: 'text', text: part.text });
  }
  if (signature === '') return;
  // The signature of text stands before it, as a thought that says nothing.
  const at = blocks.at(-1)?.kind === 'text' ? blocks.length - 1 : blocks.length;
  blocks.splice(at, 0, { kind: 'thinking', text: '', signature, vendor: google });
}
