/** Bounds of an MCP backend. */

import { defaulted } from './kit/field.ts';
import type { Schema } from './kit/node.ts';
import { object } from './kit/object.ts';
import { duration, integer } from './kit/scalar.ts';

/** Bounds of an MCP backend, in bytes, counts and milliseconds. */
export interface McpLimits {
  readonly maxMessageSize: number;
  readonly maxDepth: number;
  readonly maxServerMessageSize: number;
  readonly maxServerDepth: number;
  readonly maxPages: number;
  readonly maxItems: number;
  readonly slowTarget: number;
  readonly callsPerSession: number;
  readonly callsPerTarget: number;
  readonly callIdle: number;
  readonly callTimeout: number;
  readonly parkedCalls: number;
  readonly listenStreams: number;
  readonly maxProcesses: number;
}

export const mcpLimits: Schema<McpLimits> = object<McpLimits>('McpLimits', 'Bounds of an MCP backend.', {
  maxMessageSize: defaulted(integer(1024), 4_194_304, 'Largest message of a client, in bytes.'),
  maxDepth: defaulted(integer(4, 10_000), 64, 'Deepest message of a client: objects and lists inside of each other.'),
  maxServerMessageSize: defaulted(integer(1024), 67_108_864, 'Largest message of a server, in bytes.'),
  maxServerDepth: defaulted(integer(64, 10_000), 1000, 'Deepest message of a server.'),
  maxPages: defaulted(integer(1), 100, 'Most pages that are read of one list of one server.'),
  maxItems: defaulted(integer(1), 10_000, 'Most items that are kept of one list of one server.'),
  slowTarget: defaulted(duration, '10s', 'How long lists wait for a server; with failOpen it is left out then.'),
  callsPerSession: defaulted(
    integer(1),
    64,
    'Most requests of one session in flight; calls of one client without a session that wait for its answers.',
  ),
  callsPerTarget: defaulted(integer(1), 256, 'Most requests to one server in flight.'),
  callIdle: defaulted(duration, '60s', 'How long a call may go without progress.'),
  callTimeout: defaulted(
    duration,
    '30m',
    'How long a call may take, with all that the client is asked, whatever its progress.',
  ),
  parkedCalls: defaulted(integer(0), 1000, 'Most calls that wait for answers of clients without sessions.'),
  listenStreams: defaulted(integer(1), 8, 'Most listening streams of one client without a session.'),
  maxProcesses: defaulted(integer(1), 64, 'Most processes of stdio servers.'),
});
