import type { HeaderList } from '../net/http/headers.ts';
import type { McpAccess } from './access.ts';
import type { McpRecord } from './record.ts';

/** One HTTP request as the endpoint sees it. Ends in exactly one of `reply`, `openStream`, `relay` and `fail`. */
export interface McpHttpRequest {
  readonly method: string;
  /** Host with port, as the client named it. */
  readonly authority: string;
  readonly headers: HeaderList;
  /** Who sends it, '' for nobody in particular; another worker that passes it on says so, too. */
  readonly principal: string;
  /** What its sender may see and use; null: everything. */
  readonly access: McpAccess | null;
  /** IP address that it came from. */
  readonly clientAddress: string;
  /** It came from another worker because this one owns its session. */
  readonly fromPeer: boolean;
  /** The whole body; rejects with GatewayError when it is too large or the client went away. */
  readBody(maxBytes: number): Promise<Buffer>;
  reply(status: number, headers: HeaderList, body: Uint8Array | string): void;
  openStream(status: number, headers: HeaderList): McpSink;
  /** The gateway's own error answer. */
  fail(error: unknown): void;
  /** Hands the request over to the worker that owns its session. */
  relay(worker: number): void;
  /** The client went away or the response ended. */
  onClose(fn: () => void): void;
  /** What logs and metrics will say; may still change until the response ends. */
  setRecord(record: McpRecord): void;
}

/** A response body that is written as it comes. */
export interface McpSink {
  /** False: wait for `onDrained` before writing more. */
  write(chunk: Uint8Array | string): boolean;
  end(): void;
  abort(): void;
  onDrained: (() => void) | null;
}
