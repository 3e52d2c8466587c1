import { after, cancelTimer, monotonicMs, type Timer } from '../../base/clock.ts';
import type { Logger, LogLevel } from '../../base/logger.ts';
import type { Bind } from '../../model/bind.ts';
import type { Model } from '../../model/model.ts';
import type { TraceWatch } from '../trace/watch.ts';
import { WorkerLost, type WorkerLink } from './link.ts';
import type { ListeningSocket } from '../../net/inherited-sockets.ts';
import type { BoundAddress } from './messages.ts';
import { RestartBackoff } from './restart-backoff.ts';

/** What a {@link Supervisor} needs from around it. */
export interface SupervisorPorts {
  readonly workers: number;
  /** Starts worker `workerId`; resolves when it takes orders. */
  startWorker(workerId: number): Promise<WorkerLink>;
  /** Rejects when one of the binds, none of which is served yet, cannot be had. */
  probe(binds: readonly Bind[]): Promise<void>;
  /** A worker died: what it held in shared places can be given back. Called before its replacement starts. */
  workerLost(workerId: number): void;
  readonly log: Logger;
}

/** A worker's place; the number stays when its worker is replaced. */
interface Slot {
  readonly id: number;
  readonly backoff: RestartBackoff;
  link: WorkerLink | null;
  startedMs: number;
  restart: Timer | null;
}

/** How a worker is doing, for the admin API. */
export interface WorkerStatus {
  readonly id: number;
  readonly running: boolean;
}

/**
 * Keeps every worker on the same model. Changes of the model and replacements of workers happen one after the other, so
 * that none sees another half done.
 */
export class Supervisor {
  readonly #ports: SupervisorPorts;
  readonly #slots: readonly Slot[];
  #model: Model | null = null;
  #version = 0;
  #watches: readonly TraceWatch[] = [];
  #bound: readonly BoundAddress[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #stopping = false;

  constructor(ports: SupervisorPorts) {
    this.#ports = ports;
    this.#slots = Array.from({ length: ports.workers }, (_, id) => ({
      id,
      backoff: new RestartBackoff(),
      link: null,
      startedMs: 0,
      restart: null,
    }));
  }

  /**
   * Starts all workers on `model`. Rejects, with nothing left running, when a port is taken, a worker refuses, or `before`
   * rejects, which is called when all workers could serve and none does yet.
   */
  start(model: Model, before: () => Promise<void> = async () => undefined): Promise<void> {
    return this.#inTurn(async () => {
      try {
        await this.#ports.probe(model.binds);
        await Promise.all(this.#slots.map((slot) => this.#launch(slot)));
        await this.#switchTo(model, before);
      } catch (error) {
        await this.stop();
        throw error;
      }
    });
  }

  /** Makes all workers serve `model`; rejects with a readable Error when one cannot, and then none does. */
  apply(model: Model): Promise<void> {
    return this.#inTurn(async () => {
      const served = new Set(this.#model?.binds.map((bind) => bind.key));
      await this.#ports.probe(model.binds.filter((bind) => !served.has(bind.key)));
      await this.#switchTo(model);
    });
  }

  /** The model that all workers serve; undefined before the first. */
  get model(): Model | undefined {
    return this.#model ?? undefined;
  }

  /** What the workers listen on; each listens on all of it. */
  boundAddresses(): readonly BoundAddress[] {
    return this.#bound;
  }

  /** The sockets of all workers, by their descriptors. Nothing else happens meanwhile. */
  sockets(): Promise<readonly ListeningSocket[]> {
    return this.#inTurn(async () => {
      const answers = await Promise.allSettled(this.#running().map(({ link }) => link.sockets()));
      return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    });
  }

  /** One entry per worker, in the order of their numbers. */
  status(): WorkerStatus[] {
    return this.#slots.map(({ id, link }) => ({ id, running: link !== null }));
  }

  /** Changes the level of the workers' diagnostic logs. */
  setLogLevel(level: LogLevel): void {
    for (const { link } of this.#slots) link?.setLogLevel(level);
  }

  /** From now on these watch requests in all workers, also in those to come. */
  trace(watches: readonly TraceWatch[]): void {
    this.#watches = watches;
    for (const { link } of this.#slots) link?.trace(watches);
  }

  /** Makes the first running worker die; for tests of exactly that. */
  fault(): void {
    this.#slots.find(({ link }) => link !== null)?.link?.fault();
  }

  /**
   * Stops accepting on all workers and resolves when nothing is in flight, at the latest after `deadlineMs`. Workers that
   * die from now on are not replaced.
   */
  async drain(minimumMs: number, deadlineMs: number): Promise<void> {
    this.#stopping = true;
    const drained = this.#running().map(({ link }) => link.drain(minimumMs, deadlineMs));
    for (const result of await Promise.allSettled(drained)) {
      if (result.status === 'rejected')
        this.#ports.log.warn('a worker did not drain', { error: String(result.reason) });
    }
  }

  /** Ends all workers now. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const slot of this.#slots) cancelTimer(slot.restart);
    const links = this.#running().map(({ link }) => link);
    for (const slot of this.#slots) slot.link = null;
    await Promise.all(links.map((link) => link.stop()));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #running(): { id: number; link: WorkerLink }[] {
    return this.#slots.flatMap(({ id, link }) => (link === null ? [] : [{ id, link }]));
  }

  /** Both phases. Workers that die meanwhile do not count unless none is left: replacements get what is current. */
  async #switchTo(model: Model, before: () => Promise<void> = async () => undefined): Promise<void> {
    const version = ++this.#version;
    const links = this.#running().map(({ link }) => link);
    const results = await Promise.allSettled(links.map((link) => link.prepare(version, model)));
    const ready = links.filter((_, i) => results[i]?.status === 'fulfilled');
    const refusal = results.find((result) => result.status === 'rejected' && !(result.reason instanceof WorkerLost));
    if (refusal?.status === 'rejected' || ready.length === 0 || this.#stopping) {
      for (const link of ready) link.discard(version);
      if (refusal?.status === 'rejected') throw refusal.reason;
      throw new Error(this.#stopping ? 'the gateway is stopping' : 'every worker ended while it prepared the model');
    }
    try {
      await before();
    } catch (error) {
      for (const link of ready) link.discard(version);
      throw error;
    }
    this.#model = model;
    const committed = await Promise.allSettled(ready.map((link) => link.commit(version)));
    for (const result of committed) if (result.status === 'fulfilled') this.#bound = result.value;
  }

  /** Starts a worker in `slot`; null when the gateway stops meanwhile. */
  async #launch(slot: Slot): Promise<WorkerLink | null> {
    const link = await this.#ports.startWorker(slot.id);
    if (this.#stopping) {
      await link.stop();
      return null;
    }
    slot.link = link;
    slot.startedMs = monotonicMs();
    if (this.#watches.length > 0) link.trace(this.#watches);
    void link.died.then((cause) => this.#lost(slot, link, cause));
    return link;
  }

  #lost(slot: Slot, link: WorkerLink, cause: Error): void {
    if (slot.link !== link) return;
    slot.link = null;
    this.#ports.log.error('a worker died', { worker: slot.id, error: cause.stack ?? cause.message });
    this.#ports.workerLost(slot.id);
    this.#restartLater(slot, monotonicMs() - slot.startedMs);
  }

  #restartLater(slot: Slot, livedMs: number): void {
    if (this.#stopping) return;
    slot.restart = after(slot.backoff.delayAfter(livedMs), () => {
      void this.#inTurn(() => this.#replace(slot));
    });
  }

  async #replace(slot: Slot): Promise<void> {
    if (this.#stopping || this.#model === null) return;
    let link: WorkerLink | null = null;
    try {
      link = await this.#launch(slot);
      if (link === null) return;
      const version = ++this.#version;
      await link.prepare(version, this.#model);
      await link.commit(version);
      this.#ports.log.info('a worker was replaced', { worker: slot.id });
    } catch (error) {
      // The death of a worker that had started is told and followed up by #lost.
      if (error instanceof WorkerLost && link !== null) return;
      this.#ports.log.error('a worker could not be replaced', { worker: slot.id, error: (error as Error).message });
      slot.link = null;
      await link?.stop();
      this.#restartLater(slot, 0);
    }
  }
}
