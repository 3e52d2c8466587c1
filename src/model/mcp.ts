import type { UpstreamAddress } from './backend.ts';
import type { Expression } from './model.ts';
import type { BackendPolicySpecs } from './policy.ts';

/** Several MCP servers behind one endpoint. */
export interface McpBackend {
  readonly kind: 'mcp';
  readonly name: string;
  readonly targets: readonly McpTarget[];
  readonly sessions: 'stateful' | 'stateless';
  /** When tool and prompt names carry their target's: `onClash` only where two targets share a name. */
  readonly prefixMode: 'conditional' | 'always' | 'never' | 'onClash';
  /** Longest name of a tool or prompt that clients see, in characters. */
  readonly maxNameLength: number;
  /** For each target the names that its tools are to have, by their own. */
  readonly aliases: readonly ReadonlyMap<string, string>[];
  /** Most items in one page of a list. */
  readonly pageSize: number;
  /** For each target how long lists of a server with sessions are good without a stream that tells of changes, in ms. */
  readonly listTtlMs: readonly number[];
  readonly limits: McpLimits;
  /** Further endpoints that show a part of the targets. */
  readonly virtualServers: readonly McpVirtualServer[];
  /** What a target that fails does to the rest. */
  readonly failureMode: 'failClosed' | 'failOpen';
  /** Only loopback Host and Origin. */
  readonly dnsRebindingProtection: boolean;
  /** Origins of browsers besides the requests' own; `*` for all, `https://*.example.com` for those below a name. */
  readonly allowedOrigins: readonly string[];
  readonly policies: BackendPolicySpecs;
}

/** Bounds that a file may set, in bytes, counts and milliseconds. */
export interface McpLimits {
  readonly maxMessageBytes: number;
  /** Objects and arrays inside of each other. */
  readonly maxDepth: number;
  /** Of servers. */
  readonly maxServerMessageBytes: number;
  readonly maxServerDepth: number;
  readonly maxPages: number;
  /** Of one list of one target. */
  readonly maxItems: number;
  /** How long others wait for a target that may fail. */
  readonly slowTargetMs: number;
  /** In flight; of a client without a session those that wait for its answers. */
  readonly callsPerSession: number;
  readonly callsPerTarget: number;
  /** How long a call may go without progress. */
  readonly callIdleMs: number;
  /** How long it may take in all, with its rounds and questions. */
  readonly callMaxMs: number;
  /** Calls of clients without sessions that wait for their clients' answers. */
  readonly parkedCalls: number;
  /** Of one client without a session. */
  readonly listenStreams: number;
  /** Processes of stdio targets. */
  readonly maxProcesses: number;
}

/** A selection of the targets' items, as an MCP server on a path of its own. */
export interface McpVirtualServer {
  readonly path: string;
  /** Absent: those of its targets. */
  readonly instructions?: string;
  /** What is absent is the gateway's. */
  readonly serverInfo: { readonly name?: string; readonly title?: string; readonly version?: string };
  /** Indexes of its targets. */
  readonly targets: readonly number[];
  /** Each absent: all. The first rule that fits an item decides. */
  readonly tools?: readonly McpItemRule[];
  readonly prompts?: readonly McpItemRule[];
  /** By URI or URI template. */
  readonly resources?: readonly McpItemRule[];
  /** Tools are found and called through two of ours. */
  readonly search: boolean;
}

/** What is selected, or kept out, and how it looks. */
export interface McpItemRule {
  /** Name, or pattern in which `*` stands for any text; of the name without the selection, or of `{target}_{name}`. */
  readonly match: string;
  /** What fits is not shown. */
  readonly exclude: boolean;
  /** For whom the rule is there; absent: for everyone. */
  readonly when?: Expression;
  readonly name?: string;
  readonly description?: string;
  /** Arguments that are always these; JSON texts by name. */
  readonly fixedArguments: ReadonlyMap<string, string>;
  /** Arguments that clients neither see nor set. */
  readonly hiddenArguments: readonly string[];
}

/** One MCP server. */
export type McpTarget = McpStdioTarget | McpHttpTarget;

/** A child process that speaks MCP on its standard input and output. */
export interface McpStdioTarget {
  readonly kind: 'stdio';
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Set for the child, over what it inherits. */
  readonly env: ReadonlyMap<string, string>;
  /** True: the child inherits the gateway's environment; false: PATH and HOME only. */
  readonly inheritEnv: boolean;
  readonly cwd?: string;
  /**
   * Who shares a process: everybody, or, where the server has sessions, clients that it cannot ask anything (`auto`);
   * nobody (`session`); everybody (`shared`).
   */
  readonly sharing: 'auto' | 'session' | 'shared';
  /** `eager`: it runs from the beginning, and always. */
  readonly start: 'lazy' | 'eager';
}

/** A server reached over Streamable HTTP, or (`sse`) over the older HTTP with SSE. */
export interface McpHttpTarget {
  readonly kind: 'http' | 'sse';
  readonly name: string;
  readonly address: UpstreamAddress;
  readonly path: string;
  /** Header fields of clients that it gets; lower case. */
  readonly forwardHeaders: readonly string[];
  readonly policies: BackendPolicySpecs;
}
