import type http from 'node:http';
import { oneRoute } from '../../testkit/configurations.ts';
import { send, type Reply } from '../../testkit/client.ts';
import type { Answer } from '../../testkit/upstream.ts';

/** A provider of an `ai` backend. */
export interface TestProvider {
  readonly host: string;
  /** Absent: `completions`. */
  readonly format?: string;
  /** More keys of the provider as YAML flow text, with a leading comma. */
  readonly more?: string;
}

/**
 * One gateway with one `ai` backend for `/v1/chat/completions` and `/v1/messages`.
 *
 * @param groups Providers by priority; they are named `p0`, `p1` … in order.
 * @param ai More keys of the backend's `ai` policy, @param backend further policies of the backend; each as YAML flow text
 *   with a leading comma.
 */
export function aiRoute(groups: readonly (readonly TestProvider[])[], policies = '', ai = '', backend = ''): string {
  let number = 0;
  const listed = groups.map((group) => {
    const providers = group.map(({ host, format = 'completions', more = '' }) => {
      const provider = `provider: { custom: { formats: [{ type: ${format} }] } }`;
      return `{ name: p${number++}, ${provider}, hostOverride: "http://${host}"${more} }`;
    });
    return `{ providers: [${providers.join(', ')}] }`;
  });
  const entry = `{ ai: { groups: [${listed.join(', ')}] }, policies: { ai: { routes: { /v1/chat/completions: completions, /v1/messages: messages }${ai} }${backend} } }`;
  return oneRoute(policies === '' ? '' : `{ ${policies} }`, [entry]);
}

/** Sends a chat request. */
export function chat(port: number, body: object = {}, headers: http.OutgoingHttpHeaders = {}): Promise<Reply> {
  return send(port, {
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...body }),
  });
}

/** Sends a Messages request. */
export function messages(port: number, body: object = {}): Promise<Reply> {
  return send(port, {
    method: 'POST',
    path: '/v1/messages',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }], ...body }),
  });
}

/** A chunk of a chat stream, as an event. */
export function chunk(delta: object, finish: string | null = null, more: object = {}): string {
  const body = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'up', ...more };
  return `data: ${JSON.stringify({ ...body, choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
}

export const roleChunk: string = chunk({ role: 'assistant', content: '' });
export const done = 'data: [DONE]\n\n';

/** A whole stream that says `text`. */
export function chatStream(text: string): string {
  return roleChunk + chunk({ content: text }) + chunk({}, 'stop') + done;
}

/** A named event, as the Messages API has them. */
export function named(type: string, data: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}

export const messageStart: string = named('message_start', {
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 5, cache_read_input_tokens: 3, output_tokens: 1 },
  },
});

/** What a Messages upstream says after {@link messageStart}: `text`, and the end. */
export function messageRest(text: string): string {
  return (
    named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
    named('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }) +
    named('content_block_stop', { index: 0 }) +
    named('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 4 } }) +
    named('message_stop')
  );
}

/** Answers with an event stream of these texts, and ends it; with `cut` the connection breaks instead. */
export function streams(texts: readonly string[], end: 'end' | 'cut' | 'open' = 'end'): Answer {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const text of texts) response.write(text);
    if (end === 'end') response.end();
    else if (end === 'cut') setTimeout(() => response.destroy(), 20);
  };
}

/** Answers with a status and a JSON body. */
export function says(status: number, body: object, headers: http.OutgoingHttpHeaders = {}): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

/** A whole chat answer that says `text`. */
export function chatAnswer(text: string): object {
  return {
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'up',
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 },
  };
}
