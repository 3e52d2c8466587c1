import type { Logger } from '../../../base/logger.ts';
import type { McpStdioTarget } from '../../../model/mcp.ts';
import { singleLine } from '../../wire/json-text.ts';
import { parseMessages, RpcError, type Message } from '../../wire/jsonrpc.ts';
import type { TargetError } from '../transport.ts';
import { StdioChild, type ChildPorts } from './child.ts';

/** What a server's process reports. Never called from within {@link StartServer}. */
export interface ServerEvents {
  message(message: Message): void;
  /** It ended, or cannot be used any more. At most once, and not after `close`. */
  lost(error: TargetError): void;
  /** Nothing of it is left. Once, whoever ended it. */
  gone(): void;
}

/** A server's process. */
export interface ServerProcess {
  /**
   * Sends one message.
   * @throws TargetError when it is gone or does not read.
   */
  write(text: string): void;
  /** Ends it. */
  close(): void;
}

/**
 * Starts the process of a server.
 * @throws TargetError
 */
export type StartServer = (events: ServerEvents) => ServerProcess;

/** Starts a target's program: one JSON-RPC message per line each way (2025-11-25, transports, stdio). */
export function stdioServer(target: McpStdioTarget, ports: ChildPorts): StartServer {
  return (events) => {
    const child = new StdioChild(target, ports, {
      line: (line) => {
        for (const message of read(line, target.name, ports.log)) events.message(message);
      },
      lost: (error) => events.lost(error),
      gone: () => events.gone(),
    });
    return { write: (text) => child.write(singleLine(text)), close: () => child.close() };
  };
}

/** The messages of a line. Servers print banners and stray logs there, too; that must not end the session. */
function read(line: string, target: string, log: Logger): readonly Message[] {
  if (line === '' || line === '\r') return [];
  try {
    return [parseMessages(line)].flat();
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    log.debug('mcp: a target printed something that is no message', { target, line: line.slice(0, 300) });
    return [];
  }
}
