import type { McpStdioTarget } from '../../../model/mcp.ts';
import { singleLine } from '../../wire/json-text.ts';
import { parseMessages, RpcError } from '../../wire/jsonrpc.ts';
import { TargetError, type Transport, type TransportEvents, type TransportFactory } from '../transport.ts';
import { StdioChild, type ChildPorts } from './child.ts';

/** Transports to a process of their own each: one JSON-RPC message per line (2025-11-25, transports, stdio). */
export function stdioTransport(target: McpStdioTarget, ports: ChildPorts): TransportFactory {
  return (events) => new StdioTransport(target, ports, events);
}

class StdioTransport implements Transport {
  readonly #target: McpStdioTarget;
  readonly #ports: ChildPorts;
  readonly #events: TransportEvents;
  #child: StdioChild | null = null;
  readonly ownStreams = false;
  readonly deaf = false;
  hears = false;

  constructor(target: McpStdioTarget, ports: ChildPorts, events: TransportEvents) {
    this.#target = target;
    this.#ports = ports;
    this.#events = events;
  }

  async open(): Promise<void> {
    this.#child = new StdioChild(
      this.#target,
      this.#ports,
      (line) => this.#line(line),
      (error) => {
        this.hears = false;
        this.#events.lost(error);
      },
    );
    this.hears = true;
  }

  request(id: number, text: string): void {
    try {
      this.#write(text);
    } catch (error) {
      queueMicrotask(() => this.#events.failed(id, error as TargetError));
    }
  }

  async post(text: string): Promise<void> {
    this.#write(text);
  }

  established(): void {}

  abandon(): void {}

  listen(): void {}

  close(): void {
    this.hears = false;
    this.#child?.close();
  }

  #write(text: string): void {
    if (this.#child === null) throw new TargetError('is not running');
    this.#child.write(singleLine(text));
  }

  #line(line: string): void {
    if (line === '' || line === '\r') return;
    let messages;
    try {
      messages = parseMessages(line);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      // Servers print banners and stray logs there; that must not end the session.
      this.#ports.log.debug('mcp: a target printed something that is no message', {
        target: this.#target.name,
        line: line.slice(0, 300),
      });
      return;
    }
    if (!Array.isArray(messages)) this.#events.message(messages, null);
    else for (const message of messages) this.#events.message(message, null);
  }
}
