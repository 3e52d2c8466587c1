import { isJsonRecord, parseJsonObject } from '../../json/parse.ts';
import { LlmRecord } from '../../record.ts';
import { applyUsage } from '../../usage/counts.ts';

/** Quoted names that an event of interest holds; those with audio, which are most, hold none. */
const DONE = Buffer.from('"response.done"');
const CREATED = Buffer.from('"session.created"');
const TRANSCRIBED = Buffer.from('"conversation.item.input_audio_transcription.completed"');

/** Tokens that a session adds up, by their names in the record. */
const counted = [
  'inputTokens',
  'outputTokens',
  'totalTokens',
  'cachedInputTokens',
  'cacheCreationInputTokens',
  'inputAudioTokens',
  'inputImageTokens',
  'reasoningTokens',
  'outputAudioTokens',
  'outputImageTokens',
] as const satisfies readonly (keyof LlmRecord)[];

/**
 * Reads one event of a Realtime session (OpenAI API reference: Realtime server events): `response.done` adds its usage to
 * the record, and so does the transcript of what the client said, which is billed beside it; `session.created` names the
 * model.
 */
export function readSessionEvent(message: Buffer, record: LlmRecord): void {
  if (!message.includes(DONE) && !message.includes(TRANSCRIBED) && !message.includes(CREATED)) return;
  const event = parseJsonObject(message);
  if (typeof event === 'string') return;
  const { type, response, session, usage } = event;
  if (type === 'session.created' && isJsonRecord(session) && typeof session['model'] === 'string') {
    record.responseModel = session['model'];
  }
  if (type === 'response.done' && isJsonRecord(response)) addUsage(response['usage'], record);
  if (type === 'conversation.item.input_audio_transcription.completed') addUsage(usage, record);
}

function addUsage(usage: unknown, record: LlmRecord): void {
  const turn = new LlmRecord(record.operation, null, null, true);
  if (!applyUsage(usage, turn)) return;
  for (const name of counted) {
    const tokens = turn[name];
    if (tokens !== null) record[name] = (record[name] ?? 0) + tokens;
  }
}
