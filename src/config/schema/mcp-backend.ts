/** MCP servers behind Waygate. */

import { beyond, beyondDefault, row } from './beyond.ts';
import { document, type Document } from './common.ts';
import { helperPolicies, type HelperPolicies } from './connect.ts';
import { listOf, mapOf, literals, words } from './kit/collection.ts';
import { required, optional, omittable, defaulted, defaultedOrNull, own, type FieldsOf } from './kit/field.ts';
import type { Report } from './kit/issue.ts';
import { hostOrUrl } from './kit/net.ts';
import type { Schema } from './kit/node.ts';
import { object, oneOfKeys, type OneOf } from './kit/object.ts';
import { text, textLike, secretText, name, filePath, bool, integer, port, duration } from './kit/scalar.ts';
import { failureMode, type FailureMode } from './limits.ts';
import { mcpLimits, type McpLimits } from './mcp-limits.ts';
import { mcpVirtualServer, type McpVirtualServer } from './mcp-virtual.ts';

/** Whether a session lives across requests. */
type McpStatefulMode = 'stateless' | 'stateful';

const mcpStatefulMode: Schema<McpStatefulMode> = literals('stateless', 'stateful');

/** When tool and prompt names get a prefix; `onClash` is Waygate's own. */
type McpPrefixMode = 'conditional' | 'always' | 'never' | 'onClash';

const mcpPrefixMode: Schema<McpPrefixMode> = words(['conditional', 'always', 'never'], ['onClash']);

/** A program that speaks MCP. */
export interface McpStdio {
  readonly cmd: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly clear_env?: boolean;
  readonly cwd?: string;
  readonly sharing: McpSharing;
  readonly start: McpStart;
}

/** Who shares a process of a program. */
type McpSharing = 'auto' | 'session' | 'shared';

/** When a program is started. */
type McpStart = 'lazy' | 'eager';

const mcpStdio: Schema<McpStdio> = object<McpStdio>(
  'McpStdio',
  'A program that speaks MCP.',
  {
    cmd: required(name, 'The program.'),
    args: defaulted(listOf(text), [], 'Its arguments.'),
    env: defaulted(mapOf(secretText), {}, 'Its environment variables, beside PATH and HOME.'),
    clear_env: omittable(bool, "Whether the gateway's own environment is kept from it; it is unless this is false."),
    cwd: beyond('mcp.targets[].stdio.cwd', filePath),
    sharing: beyondDefault('mcp.targets[].stdio.sharing', literals<McpSharing>('auto', 'session', 'shared')),
    start: beyondDefault('mcp.targets[].stdio.start', literals<McpStart>('lazy', 'eager')),
  },
  { aliases: { clearEnv: 'clear_env' } },
);

const upstreamForms = {
  host: required(hostOrUrl, 'Host or URL of the server.'),
  backend: required(name, 'Name of a top-level backend.'),
};

const upstreamParts: FieldsOf<McpUpstreamParts> = {
  port: omittable(port, 'Port of the host.'),
  path: optional(text, 'Path of the endpoint.'),
};

const mcpUpstream: Schema<McpUpstream> = oneOfKeys<McpUpstreamForms, McpUpstreamParts>(
  'McpUpstream',
  'An MCP server over HTTP.',
  upstreamForms,
  upstreamParts,
  { rule: wholeAddress },
);

/** A REST service with its description. */
type McpOpenApi = OneOf<McpUpstreamForms, McpUpstreamParts & McpOpenApiSchema>;

const mcpOpenApi: Schema<McpOpenApi> = oneOfKeys<McpUpstreamForms, McpUpstreamParts & McpOpenApiSchema>(
  'McpOpenApi',
  'A REST service with its OpenAPI document.',
  upstreamForms,
  { ...upstreamParts, schema: required(document, 'The OpenAPI document.') },
  { rule: wholeAddress },
);

function wholeAddress(value: OneOf<McpUpstreamForms, McpUpstreamParts>, report: Report): void {
  if (value.backend !== undefined) {
    if (value.port !== undefined)
      report({ problem: 'conflict', why: 'port belongs to host, not to backend' }, ['port']);
  } else if ((value.port === undefined) !== (value.path === undefined)) {
    report({ problem: 'conflict', why: 'beside host, port and path go together; or write host as one URL' });
  }
}

/** The kinds of {@link McpTarget}. */
interface McpTargetKinds {
  readonly sse: McpUpstream;
  readonly mcp: McpUpstream;
  readonly stdio: McpStdio;
  readonly openapi: McpOpenApi;
}

/** What every {@link McpTarget} may have. */
interface McpTargetCommon {
  readonly name: string;
  readonly aliases?: Readonly<Record<string, string>>;
  readonly listTtl?: number;
  readonly forwardHeaders?: readonly string[];
  readonly policies?: HelperPolicies;
}

/** An MCP server. */
export type McpTarget = OneOf<McpTargetKinds, McpTargetCommon>;

const mcpTarget: Schema<McpTarget> = oneOfKeys<McpTargetKinds, McpTargetCommon>(
  'McpTarget',
  'An MCP server.',
  {
    sse: required(mcpUpstream, 'A server with the older SSE transport.'),
    mcp: required(mcpUpstream, 'A server with the streamable HTTP transport.'),
    stdio: required(mcpStdio, 'A program to start, spoken to over its standard input and output.'),
    openapi: required(mcpOpenApi, 'A REST service, its operations offered as tools.'),
  },
  {
    name: required(text, 'Name of the server; the prefix of its tools.'),
    policies: optional(helperPolicies, 'Policies of the requests to it.'),
    aliases: beyond('mcp.targets[].aliases', mapOf(name)),
    listTtl: beyond('mcp.targets[].listTtl', duration),
    forwardHeaders: beyond('mcp.targets[].forwardHeaders', listOf(name)),
  },
);

const origin: Schema<string> = textLike({
  label: 'an origin such as https://app.example.com',
  check: (value) =>
    /^(?:\*|null|[a-z][a-z0-9+.-]*:\/\/(?:\*\.)?[^\s/?#@*]+)$/i.test(value)
      ? undefined
      : 'it is no scheme with a host and maybe a port',
});

/** Several MCP servers as one. */
export interface McpBackend {
  readonly targets: readonly McpTarget[];
  readonly statefulMode: McpStatefulMode;
  readonly prefixMode: McpPrefixMode;
  readonly failureMode: FailureMode;
  readonly dnsRebindingProtection: boolean;
  readonly allowedOrigins: readonly string[];
  readonly forwardHeaders: readonly string[];
  readonly maxNameLength: number;
  readonly pageSize: number;
  readonly listTtl?: number;
  readonly limits: McpLimits;
  readonly virtualServers: readonly McpVirtualServer[];
}

export const mcpBackend: Schema<McpBackend> = object<McpBackend>('McpBackend', 'Several MCP servers as one.', {
  targets: required(listOf(mcpTarget), 'The servers.'),
  statefulMode: defaulted(mcpStatefulMode, 'stateful', 'Whether sessions are kept.'),
  prefixMode: defaultedOrNull(mcpPrefixMode, 'conditional', "When names get the server's name as prefix."),
  failureMode: defaultedOrNull(failureMode, 'failOpen', 'Whether one failing server fails the request.'),
  dnsRebindingProtection: defaulted(bool, false, 'Only local Host and Origin values are accepted.'),
  allowedOrigins: own(defaulted(listOf(origin), [], row('mcp.allowedOrigins').meaning)),
  forwardHeaders: own(defaulted(listOf(name), [], row('mcp.forwardHeaders').meaning)),
  maxNameLength: beyondDefault('mcp.maxNameLength', integer(16, 1024)),
  pageSize: beyondDefault('mcp.pageSize', integer(1)),
  listTtl: beyond('mcp.listTtl', duration),
  limits: own(defaulted(mcpLimits, {}, row('mcp.limits').meaning)),
  virtualServers: own(defaulted(listOf(mcpVirtualServer), [], row('mcp.virtualServers').meaning)),
});

/** An HTTP server: `host` (with port and path, or a URL), or a named `backend`. */
type McpUpstream = OneOf<McpUpstreamForms, McpUpstreamParts>;

/** The forms of an HTTP server's address. */
interface McpUpstreamForms {
  readonly host: string;
  readonly backend: string;
}

/** The parts of an address. */
interface McpUpstreamParts {
  readonly port?: number;
  readonly path?: string;
}

/** The description of a REST service. */
interface McpOpenApiSchema {
  readonly schema: Document;
}
