import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { resetStream, wasReset } from './http2/stream-reset.ts';

/** What a relay carried, in bytes. */
export interface RelayCounts {
  /** From the first stream to the second. */
  forward: number;
  /** From the second stream to the first. */
  backward: number;
}

/** The stream that broke, and so ended the relay before both directions had ended. */
export interface RelayFailure {
  readonly side: 'first' | 'second';
  readonly error: Error;
}

/**
 * Copies bytes both ways between two streams given up by their connections, with back-pressure. The end of one direction
 * is passed on while the other goes on; when a stream breaks, the other is cut off as well. `onClosed` is called once, when
 * both are closed; without a failure both directions ended. The counts are live.
 */
export function joinStreams(
  first: Duplex,
  second: Duplex,
  onClosed?: (counts: RelayCounts, failure: RelayFailure | null) => void,
): RelayCounts {
  const counts: RelayCounts = { forward: 0, backward: 0 };
  let failure: RelayFailure | null = null;
  let open = 2;
  const watch = (stream: Duplex, other: Duplex, side: RelayFailure['side']): void => {
    const closed = (): void => {
      // After an orderly end the other may still be sending what it got.
      const ended = stream.readableEnded && stream.writableFinished && stream.errored === null;
      const whole = ended && !wasReset(stream);
      if (!whole) {
        failure ??= { side, error: stream.errored ?? new Error('closed') };
        cutOff(other);
      }
      open -= 1;
      if (open === 0) onClosed?.(counts, failure);
    };
    stream.on('error', ignoreError);
    if (stream.closed) process.nextTick(closed);
    else stream.once('close', closed);
  };
  copy(first, second, (bytes) => (counts.forward += bytes));
  copy(second, first, (bytes) => (counts.backward += bytes));
  watch(first, second, 'first');
  watch(second, first, 'second');
  first.resume();
  second.resume();
  return counts;
}

/** Closes at once, by a reset where there is one: the other side must not take it for an orderly end. */
export function cutOff(stream: Duplex): void {
  if (stream.destroyed || resetStream(stream)) return;
  // Node resets TCP sockets only, which have a family as long as they are connected.
  const tcp = stream instanceof Socket && !(stream instanceof TLSSocket) && stream.remoteFamily !== undefined;
  // While its end is being sent, a reset fails, and the socket would never close.
  const ending = stream.writableEnded && !stream.writableFinished;
  if (tcp && !ending) stream.resetAndDestroy();
  else stream.destroy();
}

function copy(from: Duplex, to: Duplex, count: (bytes: number) => void): void {
  // Other streams may still need what they have taken, though nothing waits.
  const sockets = from instanceof Socket && to instanceof Socket;
  from.on('data', (chunk: Buffer) => {
    count(chunk.length);
    if (!to.write(chunk)) from.pause();
    // With nothing waiting the system has it all; before that, who frees it sends what is not its own.
    else if (sockets && to.writableLength === 0) free(chunk);
  });
  from.on('end', () => to.end());
  to.on('drain', () => from.resume());
}

/** From so many bytes on it pays to free them one by one. */
const MANY = 4096;

/**
 * Gives back the memory of a chunk that the system has taken. V8 frees it no sooner than it has looked through its whole
 * heap, which, at the rate at which a relay reads, is more work than the relay.
 */
function free(chunk: Buffer): void {
  const { length, buffer } = chunk;
  if (length >= MANY && hasOwnMemory(chunk) && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** True for what a socket read, which Node cuts to size unless it is nearly full, and for no part of a pool or of a view. */
function hasOwnMemory({ byteOffset, length, buffer }: Buffer): boolean {
  return length === buffer.byteLength || (byteOffset === 0 && length > Buffer.poolSize >>> 1);
}

/** `close` follows. */
function ignoreError(): void {}
