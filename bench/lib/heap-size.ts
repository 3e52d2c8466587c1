import { collectGarbage } from './collect-garbage.ts';

/**
 * What the live objects of the main thread of a process take that runs with `--inspect=127.0.0.1:port`, with the memory of their
 * buffers, which is not on V8's heap, in bytes. Rejects where none listens.
 */
export async function heapBytes(port: number): Promise<number> {
  await collectGarbage(port);
  // Once more for what finalizers let go of.
  await collectGarbage(port);
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as { webSocketDebuggerUrl: string }[];
  const socket = new WebSocket(targets[0]?.webSocketDebuggerUrl ?? '');
  const answer = await new Promise<string>((resolve, reject) => {
    socket.addEventListener('error', () => reject(new Error(`the inspector at ${port} failed`)));
    socket.addEventListener('open', () => socket.send('{"id":1,"method":"Runtime.getHeapUsage"}'));
    socket.addEventListener('message', ({ data }) => resolve(String(data)));
  });
  socket.close();
  const { result } = JSON.parse(answer) as { result: { usedSize: number; backingStorageSize: number } };
  return result.usedSize + result.backingStorageSize;
}
