import { parseListenAddress } from '../../config/translate/address.ts';
import type { ProcessSettings } from '../../model/process.ts';
import { InheritedSockets, type ListeningSocket } from '../../net/inherited-sockets.ts';
import { takeoverVariable, type HandoverMessage, type ReadyMessage } from './handover.ts';
import { listenFds } from './listen-fds.ts';

/** Whose place this process takes. */
export interface Predecessor {
  /** From which the keys of TLS session tickets follow: 32 bytes. */
  readonly ticketSecret: Uint8Array;
  /** Tells it that it may go. */
  release(): void;
}

/** What was there before this process began. */
export interface Inheritance {
  readonly sockets: readonly ListeningSocket[];
  /** Null: nobody serves on them. */
  readonly predecessor: Predecessor | null;
}

/**
 * What this process was given: by the process that it succeeds, or by systemd.
 *
 * @throws Error with one line for a descriptor that cannot be used.
 */
export async function inheritance(env: NodeJS.ProcessEnv): Promise<Inheritance> {
  const takesOver = env[takeoverVariable] !== undefined && process.channel !== undefined;
  // Children of this process have nothing to take over.
  delete env[takeoverVariable];
  const given = listenFds(env, process.pid);
  if (!takesOver) return { sockets: given, predecessor: null };
  const { sockets, ticketSecret } = await message();
  const ready: ReadyMessage = { kind: 'ready' };
  const release = (): void => {
    // If it is gone already, all the better.
    if (process.connected) process.send?.(ready, () => process.disconnect?.());
  };
  return { sockets, predecessor: { ticketSecret: Buffer.from(ticketSecret, 'hex'), release } };
}

function message(): Promise<HandoverMessage> {
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(new Error('the process to be succeeded ended'));
    process.once('disconnect', gone);
    process.once('message', (received) => {
      // A start that fails must not be held up by the channel.
      process.off('disconnect', gone);
      process.channel?.unref();
      resolve(received as HandoverMessage);
    });
  });
}

/** The part of `sockets` for the servers of the main thread, and that for workers. */
export function share(
  sockets: readonly ListeningSocket[],
  settings: ProcessSettings,
): { readonly servers: InheritedSockets; readonly workers: readonly ListeningSocket[] } {
  const { adminAddress, statsAddress, readinessAddress } = settings;
  const ports = [adminAddress, statsAddress, readinessAddress].map((text) => parseListenAddress(text)?.port);
  const own = sockets.filter(({ port }) => ports.includes(port));
  return {
    servers: new InheritedSockets({ sockets: own, covered: own }),
    workers: sockets.filter((socket) => !own.includes(socket)),
  };
}
