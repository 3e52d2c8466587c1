/** An MCP session by plain requests, each on its own connection. */
import assert from 'node:assert/strict';

const headers = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  connection: 'close',
};

/** A session whose HTTP statuses a test sees. */
export interface RawSession {
  readonly id: string;
  /** Calls a tool without arguments: the HTTP status, and the text of its result if there is one. */
  call(name: string): Promise<{ readonly status: number; readonly text: string }>;
  /** Sends a request. */
  send(method: string, params: object): Promise<Response>;
  /** Opens the stream for what servers send on their own, or resumes it after an event. */
  listen(signal: AbortSignal, lastEventId?: string): Promise<Response>;
  /** Ends the session; the HTTP status. */
  delete(): Promise<number>;
}

/** Opens a session at `url`. @param fields Header fields of all its requests. */
export async function openRawSession(
  url: URL,
  capabilities: object = {},
  fields: Readonly<Record<string, string>> = {},
): Promise<RawSession> {
  const clientInfo = { name: 'raw', version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities, clientInfo };
  const all = { ...headers, ...fields };
  const greeting = await fetch(url, { method: 'POST', headers: all, body: message('initialize', params) });
  const body = await greeting.text();
  assert.equal(greeting.status, 200, body);
  const id = greeting.headers.get('mcp-session-id') ?? assert.fail(body);
  const own = { ...all, 'mcp-session-id': id };
  const send = (method: string, params: object): Promise<Response> =>
    fetch(url, { method: 'POST', headers: own, body: message(method, params) });
  return {
    id,
    send,
    async call(name) {
      const reply = await send('tools/call', { name });
      return { status: reply.status, text: /"text":"([^"]*)"/.exec(await reply.text())?.[1] ?? '' };
    },
    listen(signal, lastEventId) {
      // It would be kept alive, but aborting closes it, so it is a new one as well.
      const resumed = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
      return fetch(url, { headers: { ...own, connection: 'keep-alive', ...resumed }, signal });
    },
    delete: async () => (await fetch(url, { method: 'DELETE', headers: own })).status,
  };
}

/** An event of a stream; the ids of comments and of events without data are left out. */
export interface StreamEvent {
  readonly id: string;
  readonly data: string;
}

/** The events of a response that have data, as they come. */
export async function* eventsOf(response: Response): AsyncGenerator<StreamEvent> {
  let text = '';
  for await (const part of (response.body ?? assert.fail('no body')).pipeThrough(new TextDecoderStream())) {
    const events = (text + part).split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const field = (name: string): string => new RegExp(`^${name}: ?(.*)$`, 'm').exec(event)?.[1] ?? '';
      if (field('data') !== '') yield { id: field('id'), data: field('data') };
    }
  }
}

function message(method: string, params: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
}
