import type { Duplex } from 'node:stream';

/** What a relay carried, in bytes. */
export interface RelayCounts {
  /** From the first stream to the second. */
  forward: number;
  /** From the second stream to the first. */
  backward: number;
}

/**
 * Copies bytes both ways between two streams given up by their connections, with back-pressure. The end of one direction
 * is passed on while the other goes on; an error or a close on either side closes both. `onClosed` is called once, when
 * both are closed. The counts are live.
 */
export function joinStreams(first: Duplex, second: Duplex, onClosed?: (counts: RelayCounts) => void): RelayCounts {
  const counts: RelayCounts = { forward: 0, backward: 0 };
  let open = 2;
  const closed = (other: Duplex) => (): void => {
    if (!other.destroyed) other.destroy();
    open -= 1;
    if (open === 0) onClosed?.(counts);
  };
  copy(first, second, (bytes) => (counts.forward += bytes));
  copy(second, first, (bytes) => (counts.backward += bytes));
  watch(first, closed(second));
  watch(second, closed(first));
  first.resume();
  second.resume();
  return counts;
}

function copy(from: Duplex, to: Duplex, count: (bytes: number) => void): void {
  from.on('data', (chunk: Buffer) => {
    count(chunk.length);
    if (!to.write(chunk)) from.pause();
  });
  from.on('end', () => to.end());
  to.on('drain', () => from.resume());
}

function watch(stream: Duplex, closed: () => void): void {
  stream.on('error', ignoreError);
  if (stream.closed) process.nextTick(closed);
  else stream.once('close', closed);
}

/** `close` follows. */
function ignoreError(): void {}
