import type { Logger } from '../../../base/logger.ts';

/** Servers that list other names each time are no reason to fill memory and the log. */
const most = 10_000;

/** How many names a line of the log has. */
const inOneLine = 20;

/** What people should know of names, said once of each, however many clients it concerns. */
export class Remarks {
  readonly #log: Logger;
  readonly #said = new Set<string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  say(text: string, names: readonly string[]): void {
    if (names.length === 0) return;
    const fresh = names.filter((name) => !this.#said.has(`${text}: ${name}`));
    if (fresh.length === 0 || this.#said.size + fresh.length > most) return;
    for (const name of fresh) this.#said.add(`${text}: ${name}`);
    this.#log.warn(`mcp: ${text}`, { names: fresh.slice(0, inOneLine).join(', '), count: fresh.length });
  }
}
