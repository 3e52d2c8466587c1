/** A declaration of the schema, with the names that it declares. */
export interface SchemaDeclaration {
  readonly names: readonly string[];
  readonly text: string;
}

/** A method of HTTP with an action of its own. */
type HttpMethod = 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'CONNECT' | 'TRACE';

/** The methods of HTTP that have an action of their own. */
export const httpMethods: readonly HttpMethod[] = [
  'GET',
  'HEAD',
  'OPTIONS',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'CONNECT',
  'TRACE',
];

const reading: readonly string[] = ['http:GET', 'http:HEAD', 'http:OPTIONS'];

/** What may be asked of LLM providers, as `gen_ai.operation.name` of the access log calls it. */
const llmOperations: readonly string[] = [
  'chat',
  'generate_content',
  'text_completion',
  'embeddings',
  'rerank',
  'count_tokens',
  'realtime',
  'passthrough',
  'detect',
  'models',
];

const mcpMethods: Readonly<Record<string, readonly string[]>> = {
  tools: ['tools/list', 'tools/call'],
  prompts: ['prompts/list', 'prompts/get'],
  resources: [
    'resources/list',
    'resources/templates/list',
    'resources/read',
    'resources/subscribe',
    'resources/unsubscribe',
  ],
};

const a2aMethods: readonly string[] = [
  'SendMessage',
  'SendStreamingMessage',
  'GetTask',
  'ListTasks',
  'CancelTask',
  'SubscribeToTask',
  'GetExtendedAgentCard',
  'GetAgentCard',
  'CreateTaskPushNotificationConfig',
  'GetTaskPushNotificationConfig',
  'ListTaskPushNotificationConfigs',
  'DeleteTaskPushNotificationConfig',
];

const principals = '[User, ApiKey, Certificate, Anonymous]';

/** An action of this protocol, or the group of all of them. */
function action(id: string, memberOf: readonly string[], appliesTo?: string): SchemaDeclaration {
  const groups = memberOf.length === 0 ? '' : ` in [${memberOf.map((group) => JSON.stringify(group)).join(', ')}]`;
  const scope = appliesTo === undefined ? '' : ` appliesTo {\n  principal: ${principals},\n  ${appliesTo}\n}`;
  return { names: [id], text: `action ${JSON.stringify(id)}${groups}${scope};` };
}

function declare(name: string, text: string): SchemaDeclaration {
  return { names: [name], text };
}

const mcpTypes: Readonly<Record<string, { readonly type: string; readonly context: string }>> = {
  tools: { type: 'Tool', context: 'McpToolContext' },
  prompts: { type: 'Prompt', context: 'McpContext' },
  resources: { type: 'Resource', context: 'McpContext' },
};

/** The entities, actions and contexts of decisions; a configuration may declare any of the names anew. */
export const waygateSchema: readonly SchemaDeclaration[] = [
  declare(
    'Claims',
    '// What tokens say. Declare it anew with the claims that policies read: `type Claims = { department?: String };`\ntype Claims = {};',
  ),
  declare('KeyMetadata', '// The metadata of API keys.\ntype KeyMetadata = {};'),
  declare('Headers', '// Header fields of requests, by their lower-case names.\ntype Headers = {};'),
  declare('ToolArguments', '// The arguments of MCP tools.\ntype ToolArguments = {};'),
  declare('Metadata', '// What transformations and external services found out.\ntype Metadata = {};'),

  declare('Group', '// Who asks\n\nentity Group in [Group];'),
  declare('Role', 'entity Role in [Role, Group];'),
  declare(
    'User',
    [
      '// By a token, a sign-in or a password. Every claim that is text, a number, a bool or a list of those is a tag, too.',
      'entity User in [Group, Role] {',
      '  kind: String,',
      '  subject: String,',
      '  issuer?: String,',
      '  email?: String,',
      '  name?: String,',
      '  groups: Set<String>,',
      '  roles: Set<String>,',
      '  scopes: Set<String>,',
      '  claims: Claims,',
      '} tags Set<String>;',
    ].join('\n'),
  ),
  declare(
    'ApiKey',
    [
      'entity ApiKey in [Group, Role] {',
      '  kind: String,',
      '  groups: Set<String>,',
      '  roles: Set<String>,',
      '  scopes: Set<String>,',
      '  metadata: KeyMetadata,',
      '} tags Set<String>;',
    ].join('\n'),
  ),
  declare(
    'Certificate',
    [
      'entity Certificate in [Group, Role] {',
      '  kind: String,',
      '  subject: String,',
      '  issuer: String,',
      '  spiffeId?: String,',
      '  subjectAltNames: Set<String>,',
      '  groups: Set<String>,',
      '  roles: Set<String>,',
      '  scopes: Set<String>,',
      '} tags Set<String>;',
    ].join('\n'),
  ),
  declare(
    'Anonymous',
    [
      '// Who has proved nothing.',
      'entity Anonymous {',
      '  kind: String,',
      '  groups: Set<String>,',
      '  roles: Set<String>,',
      '  scopes: Set<String>,',
      '} tags Set<String>;',
    ].join('\n'),
  ),

  declare('Gateway', '// What is asked for\n\nentity Gateway { name: String, namespace: String, listener: String };'),
  declare(
    'Route',
    'entity Route in [Gateway] { name: String, namespace: String, rule: String, gateway: String, listener: String };',
  ),
  declare('Provider', 'entity Provider in [Route];'),
  declare(
    'ModelGroup',
    '// Groups for the entities of a configuration to put models, tools and agents into.\nentity ModelGroup in [ModelGroup];',
  ),
  declare('ToolGroup', 'entity ToolGroup in [ToolGroup];'),
  declare('AgentGroup', 'entity AgentGroup in [AgentGroup];'),
  declare(
    'Model',
    '// `name` is what clients call it, `target` what the provider reads.\nentity Model in [Provider, Route, ModelGroup] { name: String, provider: String, target: String };',
  ),
  declare('Server', '// An MCP server behind a route.\nentity Server in [Route];'),
  declare('Tool', 'entity Tool in [Server, Route, ToolGroup] { name: String, target: String };'),
  declare('Prompt', 'entity Prompt in [Server, Route] { name: String, target: String };'),
  declare('Resource', 'entity Resource in [Server, Route] { uri: String, target: String };'),
  declare('Agent', 'entity Agent in [Route, AgentGroup] { name: String };'),
  declare('Task', 'entity Task in [Agent, Route] { id: String };'),

  declare(
    'Request',
    [
      '// What else is known',
      '',
      'type Request = {',
      '  method: String,',
      '  scheme: String,',
      '  host: String,',
      '  path: String,',
      '  pathAndQuery: String,',
      '  version: String,',
      '  headers: Headers,',
      '};',
    ].join('\n'),
  ),
  declare(
    'Source',
    [
      'type Source = {',
      '  address: ipaddr,',
      '  port: Long,',
      '  rawAddress: ipaddr,',
      '  subject?: String,',
      '  issuer?: String,',
      '  spiffeId?: String,',
      '};',
    ].join('\n'),
  ),
  declare('HttpContext', 'type HttpContext = { request: Request, source: Source, metadata: Metadata, now: datetime };'),
  declare('Mcp', 'type Mcp = { methodName: String };'),
  declare('McpTool', 'type McpTool = { name: String, target: String, arguments?: ToolArguments };'),
  declare(
    'McpContext',
    'type McpContext = { request: Request, source: Source, metadata: Metadata, now: datetime, mcp: Mcp };',
  ),
  declare(
    'McpToolContext',
    'type McpToolContext = {\n  request: Request,\n  source: Source,\n  metadata: Metadata,\n  now: datetime,\n  mcp: { methodName: String, tool: McpTool },\n};',
  ),
  declare(
    'A2a',
    [
      'type A2a = {',
      '  method: String,',
      '  binding: String,',
      '  version: String,',
      '  streaming: Bool,',
      '  tenant?: String,',
      '  taskId?: String,',
      '  contextId?: String,',
      '  messageId?: String,',
      '  role?: String,',
      '};',
    ].join('\n'),
  ),
  declare(
    'A2aContext',
    'type A2aContext = { request: Request, source: Source, metadata: Metadata, now: datetime, a2a: A2a };',
  ),

  ...['http', 'http:read', 'http:write'].map((id) => action(id, id === 'http' ? [] : ['http'])),
  ...[...httpMethods, 'other'].map((method) => {
    const id = `http:${method}`;
    return action(
      id,
      [reading.includes(id) ? 'http:read' : 'http:write'],
      'resource: [Route, Gateway],\n  context: HttpContext,',
    );
  }),
  action('llm', []),
  ...llmOperations.map((name) => action(`llm:${name}`, ['llm'], 'resource: Model,\n  context: HttpContext,')),
  action('mcp', []),
  ...Object.keys(mcpMethods).map((kind) => action(`mcp:${kind}`, ['mcp'])),
  ...Object.entries(mcpMethods).flatMap(([kind, methods]) =>
    methods.map((method) =>
      action(
        `mcp:${method}`,
        [`mcp:${kind}`],
        `resource: ${mcpTypes[kind]?.type ?? ''},\n  context: ${mcpTypes[kind]?.context ?? ''},`,
      ),
    ),
  ),
  action('mcp:completion/complete', ['mcp'], 'resource: [Prompt, Resource],\n  context: McpContext,'),
  action('a2a', []),
  ...a2aMethods.map((method) => action(`a2a:${method}`, ['a2a'], 'resource: [Agent, Task],\n  context: A2aContext,')),
];
