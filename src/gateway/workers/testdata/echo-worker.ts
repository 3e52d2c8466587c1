/** A worker whose data plane answers each connection with its number and the name of the model that it serves. */
import { createServer, type Server } from 'node:net';
import { workerData } from 'node:worker_threads';
import type { Model } from '../../../model/model.ts';
import { limitNames } from '../../limits.ts';
import type { WorkerSeed } from '../messages.ts';
import { serveThread } from '../serve-thread.ts';

interface Echo {
  readonly name: string;
  readonly server: Server;
}

const seed = workerData as WorkerSeed;
let current: Echo | null = null;

await serveThread<Echo>(seed, ({ log, slots, onMetric }) => {
  onMetric({ kind: 'slab', slab: seed.workerId, buffer: new SharedArrayBuffer(8) });
  return {
    prepare: async (model: Model) => {
      const name = String([...model.backends.keys()][0]);
      if (name === 'refused') throw new Error(`worker ${seed.workerId} cannot serve this`);
      if (name === 'deadly') setImmediate(() => Promise.reject(new Error('dies of the model')));
      if (name === 'deadly') await new Promise(() => undefined);
      for (const limit of limitNames(model)) slots.slot(limit);
      const server = createServer((socket) => socket.end(`${seed.workerId}:${name}`));
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      server.on('error', reject);
      const bind = model.binds[0];
      server.listen({ port: bind?.port ?? 0, host: '127.0.0.1', reusePort: seed.reusePort }, resolve);
      await promise;
      return { name, server };
    },
    commit: (prepared) => {
      log.info(`serves ${prepared.name}`);
      current?.server.close();
      current = prepared;
    },
    discard: (prepared) => prepared.server.close(),
    drain: async () => void current?.server.close(),
    close: () => undefined,
    trace: () => undefined,
    sockets: () => [],
    boundAddresses: () => {
      const address = current?.server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      return [{ bind: 'only', address: '127.0.0.1', port }];
    },
  };
});
