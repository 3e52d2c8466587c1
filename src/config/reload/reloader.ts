import { wallMs } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Model } from '../../model/model.ts';
import type { LoadedModel } from '../source.ts';
import { changedSince, digestFiles } from './digest.ts';
import { FileWatch, type FileWatchTimes } from './file-watch.ts';
import { changedProcessKeys } from './process-changes.ts';

/** What a {@link Reloader} needs from around it. */
export interface ReloaderPorts {
  /** The path that is watched whatever else a load names. */
  readonly file: string;
  load(): Promise<LoadedModel>;
  /** Makes the process serve `model`, or rejects with a readable Error and leaves everything as it was. */
  apply(model: Model): Promise<void>;
  /** Called after each attempt; `true`: what is served is what the files say. */
  synchronized(yes: boolean): void;
  readonly log: Logger;
  readonly times?: FileWatchTimes;
}

/**
 * Keeps a running process in step with its files: one attempt at a time, and another one after it when something
 * changed meanwhile. Settings under `config:` stay those of the start.
 */
export class Reloader {
  readonly #ports: ReloaderPorts;
  readonly #running: Model['process'];
  readonly #watch: FileWatch;
  #files: readonly string[] = [];
  #digest = '';
  #busy: Promise<void> | null = null;
  #again = false;
  #closed = false;

  /** @param first The model that the process serves at the moment. */
  constructor(ports: ReloaderPorts, first: Model) {
    this.#ports = ports;
    this.#running = first.process;
    this.#watch = new FileWatch(() => this.#look(), ports.log, ports.times);
  }

  /** Starts watching what a load that began at `loadedAtMs` (Unix epoch) read. */
  async start(files: readonly string[], loadedAtMs: number): Promise<void> {
    await this.#adopt(files, loadedAtMs);
    if (this.#digest === '') this.#look();
  }

  /** Ends watching; resolves when a running attempt has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#watch.close();
    await this.#busy;
  }

  /** Watches `files`, whose contents were read by a load that began at `loadedAtMs`. */
  async #adopt(files: readonly string[], loadedAtMs: number): Promise<void> {
    this.#files = [...new Set([this.#ports.file, ...files])].toSorted();
    this.#watch.watch(this.#files);
    const digest = await digestFiles(this.#files);
    // A change between the load and the watch raised no event.
    this.#digest = (await changedSince(this.#files, loadedAtMs)) ? '' : digest;
  }

  #look(): void {
    if (this.#closed) return;
    this.#again = true;
    this.#busy ??= this.#loop().finally(() => {
      this.#busy = null;
    });
  }

  async #loop(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      const digest = await digestFiles(this.#files);
      if (digest !== this.#digest) await this.#reload(digest);
    }
  }

  async #reload(digest: string): Promise<void> {
    const { log } = this.#ports;
    const startedMs = wallMs();
    const loaded = await this.#ports.load();
    const files = new Set([this.#ports.file, ...loaded.files]);
    if (files.size === this.#files.length && this.#files.every((file) => files.has(file))) {
      // Taken before the load: a change during it shows as one more difference.
      this.#digest = digest;
    } else {
      await this.#adopt([...files], startedMs);
      this.#again = true;
    }
    if (this.#closed) return;
    if (!loaded.ok) {
      log.error('the configuration changed but has errors; the previous one stays in force');
      for (const line of loaded.errors.trimEnd().split('\n')) log.error(line);
      this.#ports.synchronized(false);
      return;
    }
    if (loaded.blank) {
      // Nobody ends all service by an empty file; `gateways: {}` does it on purpose.
      log.error('the configuration file is empty; the previous configuration stays in force');
      this.#ports.synchronized(false);
      return;
    }
    for (const warning of loaded.warnings) log.warn(warning.split('\n', 1)[0] ?? '');
    const fixed = changedProcessKeys(this.#running, loaded.model.process);
    if (fixed.length > 0)
      log.warn('changed settings that take effect after a restart only', { keys: fixed.join(', ') });
    try {
      await this.#ports.apply({ ...loaded.model, process: this.#running });
    } catch (error) {
      log.error('the new configuration cannot be served; the previous one stays in force', {
        error: (error as Error).message,
      });
      this.#ports.synchronized(false);
      return;
    }
    log.info('the new configuration is in force');
    this.#ports.synchronized(true);
  }
}
