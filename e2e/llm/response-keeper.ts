import type { TestContext } from 'node:test';
import { startUpstream, type Upstream } from '../../testkit/upstream.ts';

/** A provider that keeps responses under one id each and says what it was asked. */
export async function keeper(t: TestContext, id: string): Promise<Upstream> {
  const started = await startUpstream((request, response) => {
    const url = new URL(request.url, 'http://up');
    if (/\/responses\/resp/.test(url.pathname) && !url.pathname.includes(id)) {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: `no ${url.pathname}`, type: 'invalid_request_error' } }));
      return;
    }
    const asked = JSON.parse(request.body.toString() || '{}') as { stream?: boolean; previous_response_id?: string };
    const body = {
      id,
      object: 'response',
      status: 'completed',
      model: 'm',
      previous_response_id: asked.previous_response_id ?? null,
      output: [
        {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'hi', annotations: [] }],
        },
      ],
      usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
    };
    if (asked.stream === true) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const event = (type: string, data: object): string =>
        `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: 0, ...data })}\n\n`;
      response.write(event('response.created', { response: { ...body, status: 'in_progress', output: [] } }));
      response.write(
        event('response.output_item.added', { output_index: 0, item: { ...body.output[0], content: [] } }),
      );
      response.write(
        event('response.output_text.delta', { item_id: 'msg_1', output_index: 0, content_index: 0, delta: 'hi' }),
      );
      response.end(event('response.completed', { response: body }));
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(url.pathname.endsWith('/input_items') ? { object: 'list', data: [] } : body));
  });
  t.after(() => started.close());
  return started;
}
