/** What a worker thread runs. */
import { workerData } from 'node:worker_threads';
import type { WorkerSeed } from './messages.ts';
import { serveThread } from './serve-thread.ts';
import { makeWorkerPlane } from './worker-plane.ts';

await serveThread(workerData as WorkerSeed, makeWorkerPlane);
