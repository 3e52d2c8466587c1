import { parentPort } from 'node:worker_threads';
import { Logger } from '../../base/logger.ts';
import type { MetricEvent } from '../../telemetry/metrics/events.ts';
import type { TraceSink } from '../trace/watch.ts';
import { compactHeap } from './compact-heap.ts';
import type { DataPlaneLike } from './link.ts';
import type { Order, Report, WorkerSeed } from './messages.ts';
import { SlotTable, type SlotSource } from './shared-slots.ts';
import { PlaneDriver } from './plane-driver.ts';

/** What the maker of a data plane gets, in a thread or without one. */
export interface PlanePorts {
  readonly seed: WorkerSeed;
  readonly log: Logger;
  readonly slots: SlotSource;
  /** Takes every event of the worker's metric registry. */
  onMetric(event: MetricEvent): void;
  /** A client ended an MCP session: see `SessionPorts.deleted`. */
  onSessionDeleted(mark: bigint, expires: number): void;
  /** Takes what happens to requests that somebody watches. */
  readonly onTraced: TraceSink;
}

/**
 * The thread's side of a worker: makes a data plane and follows the supervisor's orders until the thread is ended. What
 * is thrown without being caught ends this thread, and the supervisor says so and starts another.
 */
export async function serveThread<Prepared>(
  seed: WorkerSeed,
  make: (ports: PlanePorts) => DataPlaneLike<Prepared> | Promise<DataPlaneLike<Prepared>>,
): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('a worker runs in a thread of its own');
  const report = (message: Report): void => port.postMessage(message);
  const log = new Logger((line) => report({ kind: 'line', line }), seed.log.level, seed.log.format);
  const slots = new SlotTable();
  const onMetric = (event: MetricEvent): void => report({ kind: 'metric', event });
  const onSessionDeleted = (mark: bigint, expires: number): void => report({ kind: 'sessionDeleted', mark, expires });
  const onTraced: TraceSink = (watch, event) => report({ kind: 'traced', watch, event });
  const driver = new PlaneDriver(await make({ seed, log, slots, onMetric, onSessionDeleted, onTraced }));

  const follow = (order: Order): void => {
    switch (order.kind) {
      case 'prepare':
        slots.adopt(order.slots);
        void driver.prepare(order.version, order.model).then(
          () => report({ kind: 'prepared', version: order.version }),
          (error: unknown) => report({ kind: 'refused', version: order.version, message: messageOf(error) }),
        );
        return;
      case 'commit':
        return report({ kind: 'committed', version: order.version, bound: driver.commit(order.version) });
      case 'sockets':
        return report({ kind: 'sockets', sockets: driver.plane.sockets() });
      case 'discard':
        return driver.discard(order.version);
      case 'drain':
        void driver.plane.drain(order.minimumMs, order.deadlineMs).then(() => {
          driver.plane.close();
          report({ kind: 'drained' });
        });
        return;
      case 'logLevel':
        return log.setLevel(order.level);
      case 'trace':
        return driver.plane.trace(order.watches);
      case 'fault':
        throw new Error('fault injected by a test');
    }
  };
  compactHeap();
  port.on('message', follow);
  report({ kind: 'ready' });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
