/** The fields of an access log line, in their order. Names are public API and are agentgateway's, but for `waygate.*`. */

/** What every request has, as far as it got. */
export const requestFields = [
  'gateway',
  'listener',
  'route_rule',
  'route',
  'endpoint',
  'src.addr',
  'src.identity',
  'http.method',
  'http.host',
  'http.path',
  'http.version',
  'http.status',
  'grpc.status',
  'jwt.sub',
  'agw.api_key.name',
  'protocol',
] as const;

/** What MCP requests have besides. */
export const mcpFields = [
  'mcp.method.name',
  'mcp.target',
  'mcp.resource.type',
  'mcp.resource.uri',
  'gen_ai.tool.name',
  'gen_ai.prompt.name',
  'mcp.session.id',
  'mcp.error.code',
  'mcp.error.message',
] as const;

/** What requests to agents have besides. */
export const a2aFields = [
  'a2a.method',
  'a2a.response.outcome',
  'a2a.response.error_code',
  'a2a.result.kind',
  'a2a.task.state',
  'a2a.context.id',
] as const;

/** What LLM requests have besides. */
export const llmFields = [
  'gen_ai.operation.name',
  'gen_ai.provider.name',
  'gen_ai.request.model',
  'gen_ai.response.model',
  'gen_ai.usage.input_tokens',
  'gen_ai.usage.cache_creation.input_tokens',
  'gen_ai.usage.cache_read.input_tokens',
  'gen_ai.usage.output_tokens',
  'gen_ai.usage.reasoning_tokens',
  'gen_ai.usage.input_audio_tokens',
  'gen_ai.usage.input_image_tokens',
  'gen_ai.usage.output_audio_tokens',
  'gen_ai.usage.output_image_tokens',
  'agw.ai.time_to_first_token',
  'agw.ai.time_per_output_token',
  'waygate.llm.estimated',
  'waygate.llm.tried',
  'waygate.llm.tried_tokens',
  'waygate.llm.dropped',
] as const;

/** What a connection of a TCP route has. */
export const connectionFields = [
  'gateway',
  'listener',
  'route_rule',
  'route',
  'endpoint',
  'src.addr',
  'src.identity',
  'tls.sni',
  'protocol',
  'waygate.bytes.received',
  'waygate.bytes.sent',
  'error',
  'reason',
  'duration',
] as const;

/** Who allowed it, what a tunnel carried, and how the exchange ended; last in every line but for configured additions. */
export const endFields = [
  'waygate.authorization.decision',
  'waygate.authorization.by',
  'waygate.authorization.hidden',
  'waygate.bytes.received',
  'waygate.bytes.sent',
  'retry.attempt',
  'error',
  'reason',
  'duration',
] as const;
