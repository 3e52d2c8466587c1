import { logs, mostVerbose } from '../federation/upstream/log-level.ts';

/** The log levels that the users of one upstream session want: the server has the most verbose of them. */
export class LogWishes<User> {
  readonly #wishes = new Map<User, string>();
  #told = '';

  /** The level that the server must be told now because of `user`'s wish; '' when it logs enough already. */
  wish(user: User, level: string): string {
    this.#wishes.set(user, level);
    return this.#untold();
  }

  /** The same after a user left. */
  leave(user: User): string {
    return this.#wishes.delete(user) ? this.#untold() : '';
  }

  /** The server took the level, or did not. */
  told(level: string, taken: boolean): void {
    if (taken) this.#told = level;
  }

  /** Whether `user` gets a message of `level`. Those who asked for nothing get what others cause only if it is `info`. */
  wants(user: User, level: unknown): boolean {
    const wish = this.#wishes.get(user);
    if (wish !== undefined) return logs(wish, level);
    return this.#told === '' || logs('info', level);
  }

  #untold(): string {
    const wanted = mostVerbose([...this.#wishes.values()]);
    return wanted === this.#told ? '' : wanted;
  }
}
