import type { Socket } from 'node:net';
import { latin1Write } from './latin1.ts';

/** Below this many bytes, parts are copied into one buffer; above, they go out as they are with one `writev`. */
const JOIN_BYTES = 16_384;

/** At this many bytes, parts go out without waiting for the end of the tick. */
const FLUSH_BYTES = 65_536;

/** Collects what is written within one tick and hands it to the socket in one system call. */
export class SocketWriter {
  /** Bytes accepted since the connection began. */
  total = 0;
  readonly #socket: Socket;
  #parts: (string | Uint8Array)[] = [];
  #bytes = 0;
  #scheduled = false;
  readonly #onTick = (): void => {
    this.#scheduled = false;
    this.flush();
  };

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Adds text of one byte per code unit. */
  text(text: string): void {
    this.#add(text);
  }

  /** Sends text that nothing follows, together with what was added before. */
  last(text: string): void {
    if (this.#parts.length > 0) {
      this.#add(text);
      this.flush();
      return;
    }
    this.total += text.length;
    if (this.#socket.writable) this.#socket.write(text, 'latin1');
  }

  /** Adds bytes, which must not change afterwards. False: the socket is full; it emits `drain`. */
  bytes(bytes: Uint8Array): boolean {
    this.#add(bytes);
    return !this.#socket.writableNeedDrain;
  }

  /** False while the socket is full. */
  get accepting(): boolean {
    return !this.#socket.writableNeedDrain;
  }

  /** Gives everything to the socket now. */
  flush(): void {
    const parts = this.#parts;
    const count = parts.length;
    if (count === 0) return;
    const socket = this.#socket;
    const bytes = this.#bytes;
    this.#bytes = 0;
    if (!socket.writable) {
      parts.length = 0;
      return;
    }
    if (count === 1) {
      const part = parts[0] as string | Uint8Array;
      parts.length = 0;
      if (typeof part === 'string') socket.write(part, 'latin1');
      else socket.write(part);
      return;
    }
    if (bytes <= JOIN_BYTES) {
      socket.write(join(parts, bytes));
      parts.length = 0;
      return;
    }
    this.#parts = [];
    socket.cork();
    for (const part of parts) {
      if (typeof part === 'string') socket.write(part, 'latin1');
      else socket.write(part);
    }
    socket.uncork();
  }

  #add(part: string | Uint8Array): void {
    this.#parts.push(part);
    this.#bytes += part.length;
    this.total += part.length;
    if (this.#bytes >= FLUSH_BYTES) {
      this.flush();
    } else if (!this.#scheduled) {
      this.#scheduled = true;
      process.nextTick(this.#onTick);
    }
  }
}

function join(parts: readonly (string | Uint8Array)[], bytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(bytes);
  let offset = 0;
  for (const part of parts) {
    if (typeof part === 'string') latin1Write(buffer, part, offset);
    else buffer.set(part, offset);
    offset += part.length;
  }
  return buffer;
}
