import type { McpLimits } from '../model/mcp.ts';

/** Bounds of the MCP gateway, in milliseconds, bytes and counts. */
export const mcpLimits = {
  /** Handshake with one target; long enough for a server that is downloaded on first use. */
  initializeTimeoutMs: 30_000,
  listTimeoutMs: 30_000,
  /** How long what one session saw of names tells another where a name leads; lists are not made of it. */
  namesFreshMs: 5000,
  /** How long a target that failed is left alone: doubling from the first to the last. */
  firstRetryMs: 1000,
  lastRetryMs: 30_000,
  /** When a target that is missing from a list is asked again: doubling from the first to the last. */
  firstProbeMs: 2000,
  lastProbeMs: 60_000,
  maxInstructionsChars: 32_768,
  maxSessions: 10_000,
  /** Sessions when every one of them runs processes. */
  maxStdioSessions: 512,
  /** A session that did nothing for so long may give way to a new one when there are too many. */
  evictAfterMs: 60_000,
  /** How long another worker is waited for whose sessions might give way. */
  yieldMs: 250,
  maxRequestsInFlight: 1024,
  /** Before a request is made again whose server was lost: a little longer than the server is left alone at first. */
  repeatPauseMs: 1100,
  /** How long a session id is good for going on after the loss of its worker, from the session's beginning. */
  sessionIdMs: 604_800_000,
  keepAliveMs: 15_000,
  /** Events kept per session so that a client may resume a stream; the last of each also beyond these bytes. */
  maxReplayEvents: 256,
  maxReplayBytes: 524_288,
  replayMs: 60_000,
  /** Messages kept for a client that has no stream open. */
  maxQueuedMessages: 64,
  maxQueuedBytes: 65_536,
  /** What a client may leave unread on a stream before the stream is cut. */
  maxUnreadBytes: 4_194_304,
  /** How long what a server without handshakes said of itself is good at least. */
  discoveredMs: 60_000,
  /** How long a server is taken to speak as it last did. */
  lastVerdictMs: 3_600_000,
  /** How long a process may be silent before it is greeted in the older way, too. */
  silenceMs: 3000,
  /** No limit: what a timer can hold. */
  listenTimeoutMs: 2_147_000_000,
  /** How often a server may ask the client again before a call is given up. */
  maxInputRounds: 8,
  /** Before a request is repeated whose server asked for nothing but that. */
  inputPauseMs: 500,
  /** How long a client that asks what there is waits for the slower targets. */
  discoverMs: 500,
  /** How long further questions of a server are waited for before the first is asked. */
  gatherMs: 20,
  /** Calls of clients without sessions that wait for the client's answers. */
  parkedMs: 600_000,
  /** How long a client waits for the streams of servers before its own is acknowledged without them. */
  hearMs: 500,
  /** How far apart workers may bring the notifications of one change. */
  echoMs: 100,
  /** Sets of capabilities, and of forwarded header fields, of clients without sessions that are told apart. */
  maxProfiles: 1000,
  /** Streams of one backend that clients without sessions listen on. */
  maxListeners: 1000,
  /** Resources that one session is subscribed to, and resources and tasks of one listening stream. */
  maxSubscriptions: 1000,
  /** Further sessions with one server for calls whose questions must reach the right client. */
  maxLanes: 16,
  laneIdleMs: 60_000,
  /** Ids of a process's own that are remembered, so that what it says of them reaches the right client. */
  maxOwnedIds: 10_000,
} as const;

/** What holds where a file says nothing else. */
export const usualLimits: McpLimits = {
  maxMessageBytes: 4_194_304,
  maxDepth: 64,
  maxServerMessageBytes: 67_108_864,
  maxServerDepth: 1000,
  maxPages: 100,
  maxItems: 10_000,
  slowTargetMs: 10_000,
  callsPerSession: 64,
  callsPerTarget: 256,
  callIdleMs: 60_000,
  callMaxMs: 1_800_000,
  parkedCalls: 1000,
  listenStreams: 8,
  maxProcesses: 64,
};
