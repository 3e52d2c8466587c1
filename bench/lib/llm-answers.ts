/** The answers of the upstream's models: whole, and as a stream of a hundred events. */

/** A whole answer and the events of a streamed one. */
export interface LlmAnswers {
  readonly whole: string;
  readonly events: readonly string[];
}

const eventCount = 100;
const text = 'x'.repeat(1700);

const chunk = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'bench' };
const chatUsage = { prompt_tokens: 12, completion_tokens: 99, total_tokens: 111 };

/** OpenAI Chat Completions. */
export const chatAnswers: LlmAnswers = {
  whole: JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'bench',
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage: chatUsage,
  }),
  events: Array.from({ length: eventCount }, (_, i) => {
    if (i === eventCount - 1)
      return `data: ${JSON.stringify({ ...chunk, choices: [], usage: chatUsage })}\n\ndata: [DONE]\n\n`;
    const finish_reason = i === eventCount - 2 ? 'stop' : null;
    return `data: ${JSON.stringify({ ...chunk, choices: [{ index: 0, delta: { content: `word${i} ` }, finish_reason }] })}\n\n`;
  }),
};

const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'bench' };
const usage = { input_tokens: 12, output_tokens: 99 };
const named = (event: { readonly type: string }): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

function messageEvent(i: number): string {
  if (i === 0) {
    const start = { ...message, content: [], stop_reason: null, stop_sequence: null, usage };
    const block = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
    return named({ type: 'message_start', message: start } as { type: string }) + named(block);
  }
  if (i < eventCount - 1) {
    const delta = { type: 'text_delta', text: `word${i} ` };
    return named({ type: 'content_block_delta', index: 0, delta } as { type: string });
  }
  const delta = { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage };
  const stop = { type: 'content_block_stop', index: 0 };
  return named(stop) + named(delta) + named({ type: 'message_stop' });
}

/** Anthropic Messages. */
export const messageAnswers: LlmAnswers = {
  whole: JSON.stringify({
    ...message,
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage,
  }),
  events: Array.from({ length: eventCount }, (_, i) => messageEvent(i)),
};
