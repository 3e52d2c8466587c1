import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A sealing key that Waygate made itself. */
export interface SessionKey {
  /** Milliseconds since the epoch. */
  readonly created: number;
  /** 32 bytes. */
  readonly key: Buffer;
}

/** How old a key is when another takes its place, and how long it still opens then: longer than any id is good. */
export const rotationMs: number = 30 * 24 * 3_600_000;

const fileName = 'session-keys.json';

/** The keys of a state folder, newest first; made, and rotated, where that is due. Several processes may share them. */
export class SessionKeyFile {
  readonly #folder: string;
  readonly #path: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(folder, fileName);
  }

  /**
   * @param now Milliseconds since the epoch.
   * @throws Error with one line when the file cannot be read or made.
   */
  keys(now: number): readonly SessionKey[] {
    const found = this.#read();
    if (found === null) return this.#make(now);
    const newest = found[0];
    if (newest !== undefined && now - newest.created < rotationMs) return found;
    const kept = found.filter((_, i) => i === 0 || now - (found[i - 1]?.created ?? 0) < rotationMs);
    const temporary = this.#write([newKey(now), ...kept]);
    renameSync(temporary, this.#path);
    return this.#read() ?? [];
  }

  /** Null: there is none yet. */
  #read(): SessionKey[] | null {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    return parse(text, this.#path);
  }

  /** The first keys; those of another process if that was faster. */
  #make(now: number): readonly SessionKey[] {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const temporary = this.#write([newKey(now)]);
    try {
      linkSync(temporary, this.#path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
    return this.#read() ?? [];
  }

  /** Writes a file beside the one in use, for its owner only; its path. */
  #write(keys: readonly SessionKey[]): string {
    const temporary = `${this.#path}.${randomBytes(6).toString('hex')}`;
    const shown = keys.map(({ created, key }) => ({
      created: new Date(created).toISOString(),
      key: key.toString('hex'),
    }));
    writeFileSync(temporary, `${JSON.stringify({ keys: shown }, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    return temporary;
  }
}

function newKey(now: number): SessionKey {
  return { created: now, key: randomBytes(32) };
}

function parse(text: string, path: string): SessionKey[] {
  let keys: unknown;
  try {
    keys = (JSON.parse(text) as { readonly keys?: unknown } | null)?.keys;
  } catch (error) {
    throw new Error(`${path} is not JSON`, { cause: error });
  }
  if (!Array.isArray(keys) || keys.length === 0) throw new Error(`${path} holds no keys`);
  return keys.map((entry: unknown) => {
    const { created, key } = entry as { readonly created?: unknown; readonly key?: unknown };
    const time = typeof created === 'string' ? Date.parse(created) : Number.NaN;
    if (typeof key !== 'string' || !/^[0-9a-f]{64}$/i.test(key) || Number.isNaN(time)) {
      throw new Error(`${path} holds something that is no key`);
    }
    return { created: time, key: Buffer.from(key, 'hex') };
  });
}
