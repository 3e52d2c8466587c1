import type { Socket } from 'node:net';
import { GatewayError } from '../../base/errors.ts';
import { ResponseParser } from '../http1/response-parser.ts';

/** Largest answer of a proxy that is read. */
const limits = { maxHeadSize: 16_384, maxHeaders: 100, maxTargetLength: 0 };

/** What a CONNECT request says besides its target. */
export interface TunnelRequest {
  /** `host:port` to be reached. */
  readonly target: string;
  /** Further field lines: name, value, name, value … */
  readonly fields: readonly string[];
}

/**
 * Asks the proxy at the other end of `socket` for a tunnel (RFC 9110 §9.3.6). One of the callbacks is called, later: with
 * the socket paused and everything in it from the target, or with connectFailed, the socket left to the caller. The result
 * gives up; then none is called.
 */
export function openTunnel(
  socket: Socket,
  { target, fields }: TunnelRequest,
  onOpen: () => void,
  onError: (error: GatewayError) => void,
): () => void {
  const parser = new ResponseParser();
  let held = Buffer.alloc(0);
  const leave = (): void => {
    socket.off('data', onData);
    socket.off('error', broken);
    socket.off('close', closed);
    socket.off('end', closed);
  };
  const fail = (why: string, cause?: unknown): void => {
    leave();
    onError(tunnelFailed(`${why} (CONNECT ${target})`, cause));
  };
  const closed = (): void => fail('the proxy closed the connection');
  const broken = (error: Error): void => fail(`the connection to the proxy broke: ${error.message}`);
  const onData = (chunk: Buffer): void => {
    held = Buffer.concat([held, chunk]);
    try {
      let at = 0;
      for (;;) {
        const head = parser.parse(held, at, 'CONNECT', limits, false);
        if (head === null) {
          held = held.subarray(at);
          return;
        }
        at = parser.end;
        if (head.status < 200 && head.status !== 101) continue;
        if (head.status >= 300 || head.status === 101) {
          fail(`the proxy answered with ${head.status}${head.status === 407 ? ', it wants other credentials' : ''}`);
          return;
        }
        leave();
        socket.pause();
        if (at < held.length) socket.unshift(held.subarray(at));
        onOpen();
        return;
      }
    } catch (error) {
      fail(`the proxy sent an invalid answer: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  socket.on('data', onData);
  socket.on('error', broken);
  socket.on('close', closed);
  socket.on('end', closed);
  let text = `CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n`;
  for (let i = 0; i < fields.length; i += 2) text += `${fields[i]}: ${fields[i + 1]}\r\n`;
  socket.write(`${text}\r\n`, 'latin1');
  return leave;
}

/** No tunnel was made: the upstream has seen nothing. `why` is for the log. */
export function tunnelFailed(why: string, cause?: unknown): GatewayError {
  return new GatewayError('connectFailed', 'no tunnel to the upstream could be made', {
    cause: new Error(why, cause === undefined ? undefined : { cause }),
    retry: 'safe',
  });
}
