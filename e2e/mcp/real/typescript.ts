/** The conversation with the four servers, by both generations of the official TypeScript client. */
import { Client as NewClient, StreamableHTTPClientTransport as NewTransport } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { eventually } from '../../../testkit/client.ts';
import {
  calls,
  completions,
  endless,
  graph,
  prompts,
  reads,
  type Outcome,
  type Report,
  type Surroundings,
  type ToolResult,
} from './report.ts';

type Page<Items extends string, Item> = Readonly<Record<Items, readonly Item[]>> & { readonly nextCursor?: string };
type Cursor = { readonly cursor?: string };

/** What both generations have, in the words of both. */
interface CommonClient {
  getServerCapabilities(): Readonly<Record<string, unknown>> | undefined;
  getInstructions(): string | undefined;
  listTools(params: Cursor): Promise<Page<'tools', { readonly name: string }>>;
  listPrompts(params: Cursor): Promise<Page<'prompts', { readonly name: string }>>;
  listResources(params: Cursor): Promise<Page<'resources', { readonly uri: string }>>;
  listResourceTemplates(params: Cursor): Promise<Page<'resourceTemplates', { readonly uriTemplate: string }>>;
  readResource(params: { uri: string }): Promise<unknown>;
  getPrompt(params: { name: string; arguments: Readonly<Record<string, string>> }): Promise<unknown>;
  complete(params: {
    ref: { type: 'ref/prompt'; name: string };
    argument: { name: string; value: string };
    context?: { arguments: Readonly<Record<string, string>> };
  }): Promise<unknown>;
  subscribeResource(params: { uri: string }): Promise<unknown>;
  setLoggingLevel(level: 'debug'): Promise<unknown>;
  close(): Promise<void>;
}

interface CallOptions {
  readonly onprogress?: (step: { readonly progress: number }) => void;
  readonly signal?: AbortSignal;
}

interface ToolCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly _meta?: Readonly<Record<string, unknown>>;
}

/** A connected client, and what differs between the generations. */
interface Connected {
  readonly client: CommonClient;
  readonly revision: string;
  callTool(call: ToolCall, options?: CallOptions): Promise<unknown>;
  /** Asks for updates, where that is not `resources/subscribe`. */
  readonly listen: ((uri: string) => Promise<unknown>) | null;
}

/** What servers asked and told the client. */
interface Heard {
  readonly asked: string[];
  readonly shown: string[];
  readonly logged: { level: string; logger?: string }[];
  readonly updated: string[];
}

interface Incoming {
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown>> | undefined;
}

/** What the clients of these tests say that they can do. */
export const abilities: {
  sampling: Record<string, never>;
  elicitation: { form: Record<string, never>; url: Record<string, never> };
  roots: Record<string, never>;
} = { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} };

const askable = ['sampling/createMessage', 'elicitation/create', 'roots/list'] as const;

const identity = { name: 'e2e', version: '1' };

function answering(root: string, heard: Heard) {
  return async ({ method, params = {} }: Incoming): Promise<Record<string, unknown>> => {
    if (method === 'roots/list') {
      heard.asked.push(method);
      return { roots: [{ uri: root, name: 'shared' }] };
    }
    if (method === 'sampling/createMessage') {
      heard.asked.push(method);
      return { role: 'assistant', model: 'm', content: { type: 'text', text: 'sampled words' } };
    }
    if (method !== 'elicitation/create') throw new Error(`nobody asks a client for ${method}`);
    const { mode = 'form', message, url } = params as Readonly<Record<'mode' | 'message' | 'url', string | undefined>>;
    heard.asked.push(`${method} ${mode}`);
    heard.shown.push(message ?? '');
    if (mode !== 'url') return { action: 'accept', content: { name: 'Ada', check: true } };
    heard.shown.push(url ?? '');
    return { action: 'accept' };
  };
}

function hearing(heard: Heard) {
  return async ({ method, params = {} }: Incoming): Promise<void> => {
    if (method === 'notifications/message') heard.logged.push(params as Heard['logged'][number]);
    if (method === 'notifications/resources/updated') heard.updated.push(String(params['uri']));
  };
}

type Open = (surroundings: Surroundings, heard: Heard) => Promise<Connected>;

function newClient(mode: 'legacy' | 'auto' | { pin: string }): Open {
  return async ({ url, root }, heard) => {
    const client = new NewClient(identity, { capabilities: abilities, versionNegotiation: { mode } });
    const answer = answering(root, heard);
    // Questions in results of 2026-07-28 need a handler for each method.
    for (const method of askable)
      client.setRequestHandler(method, ({ params }) => answer({ method, params }) as Promise<never>);
    client.fallbackNotificationHandler = hearing(heard);
    await client.connect(new NewTransport(url));
    return {
      client: client as unknown as CommonClient,
      revision: client.getNegotiatedProtocolVersion() ?? '',
      callTool: (call, options) => client.callTool(call, options),
      listen: mode === 'legacy' ? null : (uri) => client.listen({ resourceSubscriptions: [uri] }),
    };
  };
}

const oldClient: Open = async ({ url, root }, heard) => {
  const client = new Client(identity, { capabilities: abilities });
  client.fallbackRequestHandler = answering(root, heard);
  client.fallbackNotificationHandler = hearing(heard);
  const transport = new StreamableHTTPClientTransport(url);
  await client.connect(transport);
  return {
    client: client as unknown as CommonClient,
    revision: transport.protocolVersion ?? '',
    callTool: (call, options) => client.callTool({ ...call }, undefined, options),
    listen: null,
  };
};

/** How each client has the conversation. */
export const typescriptClients: Readonly<Record<string, (surroundings: Surroundings) => Promise<Report>>> = {
  'SDK 1.x': (surroundings) => converse(oldClient, surroundings),
  'client 2.x, legacy': (surroundings) => converse(newClient('legacy'), surroundings),
  'client 2.x, auto': (surroundings) => converse(newClient('auto'), surroundings),
  'client 2.x, pinned': (surroundings) => converse(newClient({ pin: '2026-07-28' }), surroundings),
};

async function converse(open: Open, surroundings: Surroundings): Promise<Report> {
  const heard: Heard = { asked: [], shown: [], logged: [], updated: [] };
  const { client, revision, callTool, listen } = await open(surroundings, heard);
  let meta: Record<string, unknown> = {};
  const call = (name: string, args: Readonly<Record<string, unknown>>, options?: CallOptions): Promise<unknown> =>
    callTool({ name, arguments: args, ...(Object.keys(meta).length === 0 ? {} : { _meta: meta }) }, options);
  const lists = {
    tools: await all(async (at) => page(await client.listTools(at), 'tools', 'name')),
    prompts: await all(async (at) => page(await client.listPrompts(at), 'prompts', 'name')),
    resources: await all(async (at) => page(await client.listResources(at), 'resources', 'uri')),
    templates: await all(async (at) =>
      page(await client.listResourceTemplates(at), 'resourceTemplates', 'uriTemplate'),
    ),
  };
  const results = await outcomes<ToolResult, (typeof calls)[string]>(calls, ([tool, args]) => call(tool, args));
  const report = {
    revision,
    capabilities: Object.keys(client.getServerCapabilities() ?? {}).toSorted(),
    instructions: client.getInstructions() ?? '',
    lists,
    reads: await outcomes<Report['reads'][string], string>(reads, (uri) => client.readResource({ uri })),
    prompts: await outcomes<Report['prompts'][string], (typeof prompts)[string]>(prompts, ([name, args]) =>
      client.getPrompt({ name, arguments: args }),
    ),
    completions: await outcomes<Report['completions'][string], (typeof completions)[string]>(
      completions,
      ([name, value, context]) =>
        client.complete({
          ref: { type: 'ref/prompt', name: 'completable-prompt' },
          argument: { name, value },
          ...(Object.keys(context).length === 0 ? {} : { context: { arguments: context } }),
        }),
    ),
  };

  const long = 'trigger-long-running-operation';
  const progress: number[] = [];
  await call(long, { duration: 0.3, steps: 3 }, { onprogress: (step) => void progress.push(step.progress) });

  const abort = new AbortController();
  const unfinished = call(long, endless, { onprogress: () => abort.abort('enough'), signal: abort.signal });
  const cancelled = await unfinished.then(
    () => false,
    () => abort.signal.aborted,
  );
  Object.assign(
    results,
    await outcomes<ToolResult, null>({ afterwards: null }, () => call('echo', { message: 'still here' })),
  );

  if (listen === null) await client.setLoggingLevel('debug');
  else meta = { 'io.modelcontextprotocol/logLevel': 'debug' };
  Object.assign(
    results,
    await outcomes<ToolResult, null>({ logging: null }, () => call('toggle-simulated-logging', {})),
  );
  await eventually(() => heard.logged.some(({ logger }) => logger === 'everything'), 'a log message');

  await (listen === null ? client.subscribeResource({ uri: graph }) : listen(graph));
  await call('add_observations', { observations: [{ entityName: 'Ada', contents: ['is told'] }] });
  await eventually(() => heard.updated.length > 0, 'an update');
  await client.close();
  return { ...report, calls: results, progress, cancelled, ...heard };
}

function page(
  list: { readonly nextCursor?: string },
  items: string,
  key: string,
): { found: string[]; nextCursor: string | undefined } {
  const found = (list as unknown as Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>)[items] ?? [];
  return { found: found.map((item) => item[key] ?? ''), nextCursor: list.nextCursor };
}

/** All pages. */
async function all(
  get: (params: Cursor) => Promise<{ readonly found: string[]; readonly nextCursor: string | undefined }>,
): Promise<string[]> {
  const whole: string[] = [];
  for (let cursor: string | undefined; ;) {
    const { found, nextCursor } = await get(cursor === undefined ? {} : { cursor });
    whole.push(...found);
    if (nextCursor === undefined) return whole;
    cursor = nextCursor;
  }
}

/** Each answer, or the error in its place. */
async function outcomes<T, In>(
  inputs: Readonly<Record<string, In>>,
  ask: (input: In) => Promise<unknown>,
): Promise<Record<string, Outcome<T>>> {
  const entries: [string, Outcome<T>][] = [];
  for (const [what, input] of Object.entries(inputs)) {
    entries.push([
      what,
      (await ask(input).catch((error: Error & { code?: number }) => ({
        error: error.message,
        code: error.code,
      }))) as Outcome<T>,
    ]);
  }
  return Object.fromEntries(entries);
}
