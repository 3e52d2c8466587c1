/** The two generations of the official TypeScript client behind one interface. */
import { Client as NewClient, StreamableHTTPClientTransport as NewTransport } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

/** What the conversation of the tests needs of a client. */
export interface OfficialClient {
  listTools(): Promise<{ readonly tools: readonly { readonly name: string }[] }>;
  listPrompts(): Promise<{ readonly prompts: readonly { readonly name: string }[] }>;
  listResources(): Promise<{ readonly resources: readonly { readonly uri: string }[] }>;
  listResourceTemplates(): Promise<{ readonly resourceTemplates: readonly unknown[] }>;
  getPrompt(params: { name: string; arguments: Record<string, string> }): Promise<unknown>;
  readResource(params: { uri: string }): Promise<{ readonly contents: readonly { readonly uri: string }[] }>;
  subscribeResource(params: { uri: string }): Promise<unknown>;
  complete(params: {
    ref: { type: 'ref/prompt'; name: string };
    argument: { name: string; value: string };
  }): Promise<{ readonly completion: { readonly values: readonly string[] } }>;
  setLoggingLevel(level: 'debug'): Promise<unknown>;
  close(): Promise<void>;
}

/** Choices of a call. */
export interface CallOptions {
  readonly onprogress?: (step: { readonly progress: number }) => void;
  readonly signal?: AbortSignal;
}

/** A message that a server sent on its own. */
export interface SentNotification {
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown>> | undefined;
}

/** A client with an open session. */
export interface OpenSession {
  readonly client: OfficialClient;
  /** Notifications that came, but progress. */
  readonly notifications: readonly SentNotification[];
  /** Text of a tool's answer. */
  call(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<string>;
  terminate(): Promise<void>;
}

const identity = { name: 'e2e', version: '1' };
const capabilities = { sampling: {}, elicitation: {}, roots: {} };

/** Answers to what servers ask of a client. */
const answers: Readonly<Record<string, Record<string, unknown>>> = {
  'sampling/createMessage': { role: 'assistant', model: 'e2e-model', content: { type: 'text', text: 'sampled words' } },
  'elicitation/create': { action: 'accept', content: { name: 'Ada', check: true } },
  'roots/list': { roots: [{ uri: 'file:///e2e', name: 'e2e' }] },
};

async function answer({ method }: { method: string }): Promise<Record<string, unknown>> {
  const result = answers[method];
  if (result === undefined) throw new Error(`nobody asks a client for ${method}`);
  return result;
}

/** How to open a session with each client. */
export const officialClients: Readonly<Record<string, (url: URL, fetcher: typeof fetch) => Promise<OpenSession>>> = {
  async 'SDK 1.x'(url, fetcher) {
    const client = new Client(identity, { capabilities });
    const notifications: SentNotification[] = [];
    client.fallbackRequestHandler = answer;
    client.fallbackNotificationHandler = async ({ method, params }) => void notifications.push({ method, params });
    const transport = new StreamableHTTPClientTransport(url, { fetch: fetcher });
    await client.connect(transport);
    const call: OpenSession['call'] = async (name, args = {}, options = {}) =>
      textOf(await client.callTool({ name, arguments: args }, undefined, options));
    return { client, notifications, call, terminate: () => transport.terminateSession() };
  },
  async 'client 2.x, legacy'(url, fetcher) {
    const client = new NewClient(identity, { capabilities, versionNegotiation: { mode: 'legacy' } });
    const notifications: SentNotification[] = [];
    client.fallbackRequestHandler = answer;
    client.fallbackNotificationHandler = async ({ method, params }) => void notifications.push({ method, params });
    const transport = new NewTransport(url, { fetch: fetcher });
    await client.connect(transport);
    const call: OpenSession['call'] = async (name, args = {}, options = {}) =>
      textOf(await client.callTool({ name, arguments: args }, options));
    return { client, notifications, call, terminate: () => transport.terminateSession() };
  },
};

function textOf(result: unknown): string {
  const { content } = result as { readonly content: readonly { readonly text?: string }[] };
  return content.map((part) => part.text ?? '').join('\n');
}
