import { ExpressionContext } from './cel/environment.ts';
import { headersType } from './cel/headers.ts';
import { secretType } from './cel/secret.ts';
import * as t from './cel/types.ts';
import type { CelType, ObjectType } from './cel/types.ts';

/** An object whose fields beyond the declared ones are free-form. */
function open(name: string, fields: { readonly [field: string]: CelType } = {}): ObjectType {
  return t.object(name, fields, t.dyn);
}

const { string, int, bool, double, bytes, timestamp, duration, dyn, list } = t;
const named = { namespace: string, name: string };
const targeted = { target: string, name: string };

const request = t.object('request', {
  method: string,
  uri: string,
  host: string,
  scheme: string,
  path: string,
  pathAndQuery: string,
  version: string,
  headers: headersType,
  body: bytes,
  bodyPrefix: bytes,
  startTime: timestamp,
  endTime: timestamp,
});

const response = t.object('response', {
  code: int,
  grpcStatus: int,
  headers: headersType,
  body: bytes,
  bodyPrefix: bytes,
});

const proxy = t.object('proxy', {
  bind: string,
  gateway: t.object('proxy.gateway', named),
  listener: t.object('proxy.listener', { name: string }),
  route: t.object('proxy.route', { ...named, kind: string, rule: string }),
  requestProcessingDuration: duration,
  upstreamDuration: duration,
  responseProcessingDuration: duration,
});

const env = t.object('env', { podName: string, namespace: string, gateway: string });

const source = t.object('source', {
  address: string,
  port: int,
  rawAddress: string,
  rawPort: int,
  identity: t.object('source.identity', { trustDomain: string, namespace: string, serviceAccount: string }),
  spiffeId: string,
  subjectAltNames: list(string),
  issuer: string,
  subject: string,
  subjectCn: string,
  certificate: string,
  unverifiedWorkload: t.object('source.unverifiedWorkload', { ...named, serviceAccount: string }),
  connectHeaders: headersType,
});

const destination = t.object('destination', { address: string, port: int, hostname: string });

const prices = {
  input: double,
  output: double,
  cacheRead: double,
  cacheWrite: double,
  reasoning: double,
  inputAudio: double,
  outputAudio: double,
};

const llm = t.object('llm', {
  streaming: bool,
  requestModel: string,
  responseModel: string,
  provider: string,
  inputTokens: int,
  providerInputTokens: int,
  inputImageTokens: int,
  inputTextTokens: int,
  inputAudioTokens: int,
  cachedInputTokens: int,
  cacheCreationInputTokens: int,
  outputTokens: int,
  outputImageTokens: int,
  outputTextTokens: int,
  outputAudioTokens: int,
  reasoningTokens: int,
  totalTokens: int,
  providerTotalTokens: int,
  serviceTier: string,
  timeToFirstToken: duration,
  timePerOutputToken: duration,
  countTokens: int,
  prompt: list(t.object('llm.prompt[]', { role: string, content: string })),
  completion: list(string),
  toolCalls: list(t.object('llm.toolCalls[]', { id: string, name: string, arguments: dyn })),
  params: t.object('llm.params', {
    temperature: double,
    top_p: double,
    frequency_penalty: double,
    presence_penalty: double,
    seed: int,
    max_tokens: int,
    encoding_format: string,
    dimensions: int,
  }),
  cost: t.object('llm.cost', { total: double, ...prices }),
  costRates: t.object('llm.costRates', prices),
});

const mcp = t.object('mcp', {
  methodName: string,
  sessionId: string,
  tool: t.object('mcp.tool', { ...targeted, arguments: open('mcp.tool.arguments'), result: dyn, error: dyn }),
  prompt: t.object('mcp.prompt', targeted),
  resource: t.object('mcp.resource', targeted),
  task: t.object('mcp.task', targeted),
});

const a2a = t.object('a2a', {
  method: string,
  binding: string,
  version: string,
  streaming: bool,
  agent: string,
  tenant: string,
  taskId: string,
  contextId: string,
  messageId: string,
  role: string,
  resultKind: string,
  taskState: string,
});

/** The name of a variable. */
export type VariableName =
  | 'request'
  | 'response'
  | 'proxy'
  | 'env'
  | 'source'
  | 'destination'
  | 'jwt'
  | 'apiKey'
  | 'basicAuth'
  | 'llm'
  | 'llmRequest'
  | 'mcp'
  | 'a2a'
  | 'backend'
  | 'extauthz'
  | 'extproc'
  | 'mcpGuardrails'
  | 'metadata';

/** Every variable and its type, as agentgateway names them. */
export const variables: { readonly [name in VariableName]: CelType } = {
  request,
  response,
  proxy,
  env,
  source,
  destination,
  jwt: open('jwt', { rawToken: secretType }),
  apiKey: open('apiKey', { key: secretType }),
  basicAuth: t.object('basicAuth', { username: string }),
  llm,
  llmRequest: dyn,
  mcp,
  a2a,
  backend: t.object('backend', { name: string, type: string, protocol: string }),
  extauthz: open('extauthz'),
  extproc: open('extproc'),
  mcpGuardrails: open('mcpGuardrails'),
  metadata: open('metadata'),
};

/** Where an expression stands, which decides the variables that it may name. */
export type ContextName = 'connection' | 'request' | 'llmRequest' | 'mcp' | 'response' | 'log';

const ofConnection: readonly VariableName[] = ['source', 'destination', 'env', 'proxy'];
const ofRequest: readonly VariableName[] = [
  ...ofConnection,
  'request',
  'jwt',
  'apiKey',
  'basicAuth',
  'backend',
  'extauthz',
  'extproc',
  'metadata',
  'llm',
  'a2a',
];
const afterwards: readonly VariableName[] = [...ofRequest, 'response', 'mcp', 'mcpGuardrails'];

const names: { readonly [context in ContextName]: readonly VariableName[] } = {
  /** Network policies and the log of a TCP connection. */
  connection: ofConnection,
  /** Policies before the request is forwarded. */
  request: ofRequest,
  /** Policies on the parsed request of an LLM. */
  llmRequest: [...ofRequest, 'llmRequest'],
  /** Policies on an MCP message. */
  mcp: [...ofRequest, 'mcp', 'mcpGuardrails'],
  /** Policies on a response. */
  response: afterwards,
  /** Log fields, trace attributes and metrics, after everything. */
  log: afterwards,
};

function makeContext(context: ContextName): ExpressionContext {
  const here = names[context];
  const declared = here.map((name): [string, CelType] => [name, variables[name]]);
  const hints = (Object.keys(variables) as VariableName[])
    .filter((name) => !here.includes(name))
    .map((name): [string, string] => [name, `it exists in ${whereIs(name)} expressions, not in ${context} ones`]);
  return new ExpressionContext(Object.fromEntries(declared), Object.fromEntries(hints));
}

function whereIs(variable: VariableName): string {
  const places = Object.entries(names).filter(([, held]) => held.includes(variable));
  return places.map(([place]) => place).join(' and ');
}

/** What `compileCel` takes for an expression of each place. */
export const contexts: { readonly [context in ContextName]: ExpressionContext } = {
  connection: makeContext('connection'),
  request: makeContext('request'),
  llmRequest: makeContext('llmRequest'),
  mcp: makeContext('mcp'),
  response: makeContext('response'),
  log: makeContext('log'),
};

/** All variables together, which the bodies of custom functions are checked against. */
export const allVariables: ExpressionContext = new ExpressionContext(variables, {});
