/** The reference upstream on a real port, for clients of both eras or of one. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import {
  createMcpHandler,
  isInitializeRequest,
  isLegacyRequest,
  WebStandardStreamableHTTPServerTransport as SessionTransport,
  type McpServer,
} from '@modelcontextprotocol/server';
import type { Eras } from './eras.ts';
import { eventStore } from './events.ts';
import { makeServer } from './everything.ts';
import type { ListNotifier } from './streaming-tools.ts';

const retryMs = 5_000;

/** A running reference. */
export interface Reference {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts it on a loopback port; 0 is any that is free. */
export async function startReference(eras: Eras, port = 0): Promise<Reference> {
  const { answer, close } = answering(eras);
  const http = createServer((request, response) => void serve(request, response, answer));
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    async close() {
      await close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

type Answer = (request: Request) => Promise<Response>;

function answering(eras: Eras): { readonly answer: Answer; close(): Promise<void> } {
  const sessions = new Map<string, { readonly transport: SessionTransport; readonly server: McpServer }>();
  const notifier: ListNotifier = {
    toolsChanged() {
      modern.notify.toolsChanged();
      for (const { server } of sessions.values()) server.sendToolListChanged();
    },
    promptsChanged() {
      modern.notify.promptsChanged();
      for (const { server } of sessions.values()) server.sendPromptListChanged();
    },
  };
  const modern = createMcpHandler(() => makeServer(notifier), { legacy: 'reject' });
  const inSession: Answer = async (request) => {
    const id = request.headers.get('mcp-session-id');
    const known = sessions.get(id ?? '');
    if (known !== undefined) return known.transport.handleRequest(request);
    if (id !== null) return new Response('no such session', { status: 404 });
    const body =
      request.method === 'POST'
        ? await request
            .clone()
            .json()
            .catch(() => null)
        : null;
    if (!isInitializeRequest(body)) return new Response('no session', { status: 400 });
    const server = makeServer(notifier);
    const transport = new SessionTransport({
      sessionIdGenerator: randomUUID,
      eventStore: eventStore(),
      retryInterval: retryMs,
      onsessioninitialized: (made) => void sessions.set(made, { transport, server }),
      onsessionclosed: (closed) => void sessions.delete(closed),
    });
    await server.connect(transport);
    return transport.handleRequest(request);
  };
  const both: Answer = async (request) =>
    (await isLegacyRequest(request.clone())) ? inSession(request) : modern.fetch(request);
  return {
    answer: { both, older: inSession, newer: (request: Request) => modern.fetch(request) }[eras],
    async close() {
      for (const { server } of sessions.values()) await server.close();
      await modern.close();
    },
  };
}

async function serve(incoming: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const reply = await answer(
    new Request(`http://localhost${incoming.url ?? '/'}`, {
      method: incoming.method ?? 'GET',
      headers: Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]),
      signal: gone.signal,
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    }),
  );
  response.writeHead(reply.status, Object.fromEntries(reply.headers));
  if (reply.body === null) response.end();
  else
    Readable.fromWeb(reply.body as Parameters<typeof Readable.fromWeb>[0])
      .on('error', () => response.destroy())
      .pipe(response);
}
