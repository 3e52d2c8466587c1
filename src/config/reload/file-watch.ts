import { watch, readlinkSync, statSync, type FSWatcher } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { after, cancelTimer, every, type Timer } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';

/** How a {@link FileWatch} waits. Times in milliseconds. */
export interface FileWatchTimes {
  /** Quiet time after an event before it is reported. */
  readonly quietMs: number;
  /** A steady stream of events is reported at least this often. */
  readonly longestMs: number;
  /** Where a directory cannot be watched: how often to look instead. */
  readonly pollMs: number;
}

const defaultTimes: FileWatchTimes = { quietMs: 100, longestMs: 1000, pollMs: 5000 };
const mostLinks = 40;

/**
 * Reports, debounced, that something happened near a set of files. It watches directories: those of the files, of every
 * link on their way, and, while one does not exist, its nearest existing parent. A report means "look", not "changed".
 */
export class FileWatch {
  readonly #report: () => void;
  readonly #log: Logger;
  readonly #times: FileWatchTimes;
  #files: readonly string[] = [];
  /** By directory; the inode tells a directory that was replaced under the same name. */
  readonly #watchers = new Map<string, { watcher: FSWatcher; inode: number }>();
  #quiet: Timer | null = null;
  #longest: Timer | null = null;
  #poll: Timer | null = null;
  #closed = false;

  constructor(report: () => void, log: Logger, times: FileWatchTimes = defaultTimes) {
    this.#report = report;
    this.#log = log;
    this.#times = times;
  }

  /** Watches these absolute paths from now on, and no others. */
  watch(files: readonly string[]): void {
    this.#files = files;
    this.#arm();
  }

  /** Ends every watch; nothing is reported afterwards. */
  close(): void {
    this.#closed = true;
    for (const { watcher } of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    this.#calm();
    cancelTimer(this.#poll);
  }

  #arm(): void {
    const wanted = watchedDirectories(this.#files);
    for (const [directory, { watcher, inode }] of this.#watchers) {
      if (wanted.get(directory) === inode) continue;
      watcher.close();
      this.#watchers.delete(directory);
    }
    for (const [directory, inode] of wanted) {
      if (!this.#watchers.has(directory)) this.#open(directory, inode);
    }
  }

  #open(directory: string, inode: number): void {
    try {
      const watcher = watch(directory, { persistent: false }, () => this.#noticed());
      watcher.on('error', (error) => this.#fallBack(directory, error));
      this.#watchers.set(directory, { watcher, inode });
    } catch (error) {
      this.#fallBack(directory, error as Error);
    }
  }

  #fallBack(directory: string, error: Error): void {
    if (this.#closed || this.#poll !== null) return;
    this.#log.warn('cannot watch a directory of the configuration; looking at it from time to time instead', {
      directory,
      error: error.message,
    });
    this.#poll = every(this.#times.pollMs, () => this.#noticed());
  }

  #noticed(): void {
    if (this.#closed) return;
    cancelTimer(this.#quiet);
    this.#quiet = after(this.#times.quietMs, () => this.#fire());
    this.#longest ??= after(this.#times.longestMs, () => this.#fire());
  }

  #fire(): void {
    this.#calm();
    this.#arm();
    this.#report();
  }

  #calm(): void {
    cancelTimer(this.#quiet);
    cancelTimer(this.#longest);
    this.#quiet = null;
    this.#longest = null;
  }
}

/** The existing directories in which a change of one of `files` shows, with their inodes; a folder among them is one. */
function watchedDirectories(files: readonly string[]): Map<string, number> {
  const directories = new Map<string, number>();
  for (const file of files) {
    for (const path of linkChain(file)) {
      const [directory, inode] = nearestDirectory(dirname(path));
      directories.set(directory, inode);
      const own = statSync(path, { throwIfNoEntry: false });
      if (own?.isDirectory() === true) directories.set(path, own.ino);
    }
  }
  return directories;
}

/**
 * Every path at which following `file` passes a link, and where it ends. Parents count too: in a ConfigMap volume
 * `config.yaml` leads to `..data/config.yaml`, and `..data` is the link that is swapped.
 */
function linkChain(file: string): string[] {
  const passed: string[] = [file];
  const pending = [file];
  for (let path = pending.pop(); path !== undefined && passed.length < mostLinks; path = pending.pop()) {
    for (let prefix = path; prefix !== dirname(prefix); prefix = dirname(prefix)) {
      const target = linkTarget(prefix);
      if (target === undefined) continue;
      const next = resolve(dirname(prefix), target) + path.slice(prefix.length);
      passed.push(prefix, next);
      pending.push(next);
      break;
    }
  }
  return passed;
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // not a link, or not there: either way nothing to follow
  }
}

function nearestDirectory(path: string): [string, number] {
  for (let directory = path; ; directory = dirname(directory)) {
    const stat = statSync(directory, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true || directory === dirname(directory)) return [directory, stat?.ino ?? 0];
  }
}
