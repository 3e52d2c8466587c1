import { randomBytes } from 'node:crypto';
import { cancelTimer, every, wallMs, type Timer } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { modelBackends, modelLevels } from '../../gateway/limits.ts';
import type { Model } from '../../model/model.ts';
import type { ProcessSettings } from '../../model/process.ts';
import { SessionKeyFile } from './session-key-file.ts';

/** How often the file of keys is looked at. */
const refreshMs = 3_600_000;

/** What {@link SessionKeys} needs. */
export interface SessionKeysPorts {
  /** Where keys that Waygate makes are kept. */
  readonly folder: string;
  readonly log: Logger;
}

/**
 * The keys that seal what MCP clients and browsers carry: those of the configuration, else those of the state folder, else one of
 * this process alone. The folder is touched only once a model needs them.
 */
export class SessionKeys {
  readonly #ports: SessionKeysPorts;
  readonly #file: SessionKeyFile;
  #keys: readonly Uint8Array[];
  #timer: Timer | null = null;
  #settled: boolean;

  /** @param settings Those that the process started with. */
  constructor({ sessionKey, previousSessionKeys = [] }: ProcessSettings, ports: SessionKeysPorts) {
    this.#ports = ports;
    this.#file = new SessionKeyFile(ports.folder);
    this.#settled = sessionKey !== undefined;
    this.#keys =
      sessionKey === undefined
        ? [randomBytes(32)]
        : [sessionKey, ...previousSessionKeys].map((hex) => Buffer.from(hex, 'hex'));
  }

  /** The keys to use now; the first seals. */
  get current(): readonly Uint8Array[] {
    return this.#keys;
  }

  /**
   * A model is about to be served: if it is the first with sessions, the state folder comes in.
   * @param rotate Takes other keys than before, now and whenever they change.
   */
  use(model: Model, rotate: (keys: readonly Uint8Array[]) => void): void {
    if (this.#settled || !hasSessions(model)) return;
    this.#settled = true;
    if (!this.#refresh(rotate)) return;
    this.#timer = every(refreshMs, () => void this.#refresh(rotate));
  }

  /** The process ends. */
  close(): void {
    cancelTimer(this.#timer);
  }

  #refresh(rotate: (keys: readonly Uint8Array[]) => void): boolean {
    try {
      const found = this.#file.keys(wallMs()).map(({ key }) => key);
      // What this process has sealed with stays good here, whatever another made of the file.
      const others = this.#keys.filter((key) => !found.some((each) => each.equals(key)));
      this.#keys = [...found, ...others];
      rotate(this.#keys);
      return true;
    } catch (error) {
      this.#ports.log.warn('sessions will not outlive this process: their keys cannot be kept', {
        folder: this.#ports.folder,
        error: (error as Error).message,
        fix: 'make the folder writable, name another in WAYGATE_STATE_DIR, or set config.session.key',
      });
      return false;
    }
  }
}

/** True when clients get something sealed: sessions of MCP, or of browsers without a key of their own. */
function hasSessions(model: Model): boolean {
  if (modelBackends(model).some(({ kind }) => kind === 'mcp')) return true;
  return modelLevels(model).some(({ oidc }) => oidc !== undefined && oidc.cookieKey === undefined);
}
