import { authRows } from './beyond-auth.ts';
import { authorizationRows } from './beyond-authorization.ts';
import { balancingRows } from './beyond-balancing.ts';
import { extRows } from './beyond-ext.ts';
import { frontendRows } from './beyond-frontend.ts';
import { limitRows } from './beyond-limits.ts';
import { oidcRows } from './beyond-oidc.ts';
import { defaulted, optional, own, type Field } from './kit/field.ts';
import type { Schema } from './kit/node.ts';

/** A key, value or alias that Waygate has beyond agentgateway. */
export interface BeyondRow {
  /** Where it stands; `*` is any name, `[]` any place in a list. */
  readonly path: string;
  readonly type: string;
  /** The default as a file would write it, or what its absence means. */
  readonly initial: string | number;
  readonly meaning: string;
}

/** Providers that an `ai` backend knows by their name. */
export type PresetName =
  | 'cohere'
  | 'mistral'
  | 'groq'
  | 'togetherai'
  | 'fireworks'
  | 'ollama'
  | 'lmstudio'
  | 'vllm'
  | 'llamacpp'
  | 'openrouter'
  | 'deepseek'
  | 'xai'
  | 'deepinfra'
  | 'cerebras'
  | 'huggingface'
  | 'baseten';

export const presetNames: readonly PresetName[] = [
  'cohere',
  'mistral',
  'groq',
  'togetherai',
  'fireworks',
  'ollama',
  'lmstudio',
  'vllm',
  'llamacpp',
  'openrouter',
  'deepseek',
  'xai',
  'deepinfra',
  'cerebras',
  'huggingface',
  'baseten',
];

/** Everything that a configuration file may say to Waygate only; `docs/beyond-agentgateway.md` is made from it. */
export const beyondRows: readonly BeyondRow[] = [
  {
    path: 'config.session.previousKeys',
    type: 'list of 64 hex digits each',
    initial: '[]',
    meaning: 'Keys that session.key had before: what they sealed is still taken.',
  },
  {
    path: 'config.session.store',
    type: 'URL redis:// or rediss://',
    initial: 'absent',
    meaning: 'A Redis or Valkey through which all replicas learn which MCP sessions clients have ended.',
  },
  {
    path: 'binds[].address',
    type: 'list of IP addresses',
    initial: 'all addresses',
    meaning: 'Addresses to listen on.',
  },
  {
    path: 'binds[].allowedHosts',
    type: 'any | loopback',
    initial: 'any',
    meaning: 'With loopback, requests whose Host or Origin is not a loopback name or address are refused.',
  },
  {
    path: 'gateways.*.address',
    type: 'list of IP addresses',
    initial: 'all addresses',
    meaning: 'Addresses to listen on.',
  },
  {
    path: 'gateways.*.allowedHosts',
    type: 'any | loopback',
    initial: 'any',
    meaning: 'With loopback, requests whose Host or Origin is not a loopback name or address are refused.',
  },
  {
    path: 'gateways.*.tls.clientCertificate',
    type: 'required | optional',
    initial: 'required',
    meaning:
      'With root: whether a client may come without a certificate. One that it does send must come from root either way.',
  },
  ...frontendRows,
  {
    path: 'mcp.targets[].stdio.cwd',
    type: 'path',
    initial: 'the gateway’s own folder',
    meaning: 'Folder that the program is started in; in MCP backends, too.',
  },
  {
    path: 'mcp.targets[].stdio.sharing',
    type: 'auto | session | shared',
    initial: 'auto',
    meaning:
      'Who shares a process: with auto everybody, or, where the server has sessions, the clients that it cannot ask anything; with session nobody; with shared everybody. In MCP backends, too.',
  },
  {
    path: 'mcp.targets[].stdio.start',
    type: 'lazy | eager',
    initial: 'lazy',
    meaning:
      'With eager the program runs before the first client comes, and always; not with sharing: session. In MCP backends, too.',
  },
  {
    path: 'mcp.targets[].stdio.clearEnv',
    type: 'boolean',
    initial: 'true',
    meaning: 'Another spelling of clear_env; in MCP backends, too.',
  },
  {
    path: 'mcp.prefixMode',
    type: 'onClash',
    initial: 'conditional',
    meaning: 'A further value: only names that two targets share get a prefix; in MCP backends, too.',
  },
  {
    path: 'mcp.failureMode',
    type: 'failClosed | failOpen',
    initial: 'failOpen',
    meaning:
      'The key is agentgateway’s; its default there is failClosed. A target that fails takes only its own items with it; in MCP backends, too.',
  },
  {
    path: 'mcp.maxNameLength',
    type: 'number',
    initial: 64,
    meaning:
      'Longest name of a tool or prompt that clients see, in every prefixMode; a longer one ends in a hash and stays callable whole. Also in MCP backends.',
  },
  {
    path: 'mcp.pageSize',
    type: 'number',
    initial: 1000,
    meaning: 'Most items in one page of a list; in MCP backends, too.',
  },
  {
    path: 'mcp.listTtl',
    type: 'duration',
    initial: '0s',
    meaning:
      'How long lists of servers with sessions are good without a stream that tells of changes; in MCP backends, too.',
  },
  {
    path: 'mcp.targets[].listTtl',
    type: 'duration',
    initial: 'that of the backend',
    meaning: 'The same for one target; in MCP backends, too.',
  },
  {
    path: 'mcp.limits',
    type: 'object',
    initial: '{}',
    meaning: 'Bounds of messages, lists, calls and processes, each with a default; in MCP backends, too.',
  },
  {
    path: 'mcp.virtualServers',
    type: 'list of objects',
    initial: '[]',
    meaning:
      'Further MCP endpoints, each with a path of its own and a selection of targets, tools, prompts and resources; in MCP backends, too.',
  },
  {
    path: 'mcp.allowedOrigins',
    type: 'list of origins',
    initial: '[]',
    meaning:
      'Origins of web pages that may use the endpoint, besides its own: as a browser names them, https://*.example.com, or *; in MCP backends, too.',
  },
  {
    path: 'mcp.forwardHeaders',
    type: 'list of header names',
    initial: '[]',
    meaning: 'Request headers of clients that the targets over HTTP get; in MCP backends, too.',
  },
  {
    path: 'mcp.targets[].forwardHeaders',
    type: 'list of header names',
    initial: 'those of the backend',
    meaning: 'Request headers of clients that this target gets, in place of those of the backend.',
  },
  {
    path: 'mcp.targets[].aliases',
    type: 'map of names',
    initial: '{}',
    meaning: 'Names that tools of the target are to have, by the target’s own; in MCP backends, too.',
  },
  {
    path: 'backends[].ai.provider.custom.formats[].type',
    type: 'legacyCompletions',
    initial: 'required',
    meaning:
      'A further value, of routes, too: OpenAI’s legacy completions, whose bytes pass; without it they are translated to a chat.',
  },
  {
    path: 'llm.models[].provider',
    type: 'demo',
    initial: 'required',
    meaning: 'A further value: a built-in provider that answers deterministically, without a key or a network.',
  },
  {
    path: 'llm.models[].provider',
    type: 'lmstudio',
    initial: 'required',
    meaning: 'A further value: LM Studio at http://localhost:1234/v1, or where params.baseUrl says.',
  },
  {
    path: 'llm.models[].provider',
    type: 'vllm',
    initial: 'required',
    meaning: 'A further value: vLLM at http://localhost:8000/v1, or where params.baseUrl says.',
  },
  {
    path: 'llm.models[].provider',
    type: 'llamacpp',
    initial: 'required',
    meaning: 'A further value: llama.cpp’s server at http://localhost:8080/v1, or where params.baseUrl says.',
  },
  {
    path: 'llm.models[].formats',
    type: 'list of formats',
    initial: 'those of the provider',
    meaning:
      'The formats that the provider speaks for this model, preferred first; each with a path of its own if need be.',
  },
  {
    path: 'llm.providers[].formats',
    type: 'list of formats',
    initial: 'those of its kind',
    meaning: 'The formats that the provider speaks, preferred first.',
  },
  {
    path: 'llm.models[].facts',
    type: 'object',
    initial: 'the table of known models',
    meaning:
      'What is known of the model better than Waygate knows it: its maximum output, how it reasons, what it takes.',
  },
  {
    path: 'llm.models[].unsupported',
    type: 'reject | drop',
    initial: 'reject',
    meaning:
      'Members of a request that mean something and that the provider’s format cannot express: 400, or left out. What is left out is named in x-waygate-dropped.',
  },
  {
    path: 'routes[].policies.ai.unsupported',
    type: 'reject | drop',
    initial: 'reject',
    meaning: 'The same for the requests of a route or a backend.',
  },
  {
    path: 'llm.models[].answerModel',
    type: 'provider | asked',
    initial: 'provider',
    meaning:
      'With asked, answers and their events name the model as the client asked for it, an alias or a virtual model, and not as the provider knows it.',
  },
  {
    path: 'routes[].policies.ai.answerModel',
    type: 'provider | asked',
    initial: 'provider',
    meaning: 'The same for the answers of a route or a backend.',
  },
  {
    path: 'llm.models[].streams',
    type: 'object',
    initial: 'keepAlive: 15s',
    meaning:
      'How long a streamed answer may take to begin (firstToken) and be silent (idle), and after which silence its client is sent something to ignore (keepAlive).',
  },
  {
    path: 'routes[].policies.ai.streams',
    type: 'object',
    initial: 'keepAlive: 15s',
    meaning: 'The same for the answers of a route or a backend.',
  },
  {
    path: 'llm.models[].media',
    type: 'object',
    initial: 'nothing is fetched',
    meaning:
      'Pictures and documents that a request names by URL are fetched for providers that take only bytes (fetch), from the hosts named, with limits, and never from private addresses unless told to.',
  },
  {
    path: 'routes[].policies.ai.media',
    type: 'object',
    initial: 'nothing is fetched',
    meaning: 'The same for the requests of a route or a backend.',
  },
  {
    path: 'backends[].ai.formats',
    type: 'list of formats',
    initial: 'those of its kind',
    meaning: 'The formats that a provider of an ai backend speaks, preferred first.',
  },
  {
    path: 'config.locality',
    type: 'object',
    initial: 'unknown',
    meaning:
      'Where this process runs (region, zone, subzone, node), for services whose loadBalancer prefers endpoints nearby.',
  },
  ...balancingRows,
  {
    path: 'routes[].policies.ipAccess',
    type: 'object',
    initial: 'everybody is served',
    meaning:
      'Which addresses of clients are served: allow and deny are lists of addresses and CIDR blocks, deny wins. It is the address of the connection, or what the PROXY protocol says.',
  },
  {
    path: 'routes[].policies.securityHeaders',
    type: 'object',
    initial: 'none are set',
    meaning:
      'Sets Strict-Transport-Security (over HTTPS), X-Content-Type-Options, X-Frame-Options and Referrer-Policy where an answer has none, and others that are named; off for none.',
  },
  {
    path: 'routes[].policies.compression',
    type: 'object',
    initial: 'bodies pass as they come',
    meaning: 'Compresses responses with zstd, br or gzip, as the client’s Accept-Encoding says.',
  },
  {
    path: 'routes[].policies.retry.budget',
    type: 'object',
    initial: 'no limit',
    meaning:
      'How many retries may be under way at once in the whole process: percent (20) of the requests in flight, at least minimum (3).',
  },
  ...authRows,
  ...authorizationRows,
  ...oidcRows,
  ...extRows,
  ...limitRows,
  ...presetNames.map((name) => ({
    path: `backends[].ai.provider.${name}`,
    type: 'object',
    initial: 'one of the kinds',
    meaning: `The provider that the llm section calls ${name}, in an ai backend.`,
  })),
];

/** Waygate's own field, optional; its description comes from {@link beyondRows}. */
export function beyond<T>(path: string, schema: Schema<T>): Field<T, 'optional'> {
  return own(optional(schema, row(path).meaning));
}

/** Waygate's own field with the default of {@link beyondRows}. */
export function beyondDefault<T>(path: string, schema: Schema<T>): Field<T, 'default'> {
  const { initial, meaning } = row(path);
  return own(defaulted(schema, initial, meaning));
}

/** The row of a path. Throws Error where there is none. */
export function row(path: string): BeyondRow {
  const found = beyondRows.find((candidate) => candidate.path === path);
  if (found === undefined) throw new Error(`no row for ${path}`);
  return found;
}
