import type { TaskAddress, TaskIds } from './task-ids.ts';

/** Tasks of a session that are remembered; the oldest are forgotten first. */
const MAX_TASKS = 10_000;

/** The tasks of one client: the ids that it sees, and, of a session, which tasks it began. */
export class TaskBook {
  readonly #ids: TaskIds;
  readonly #owner: string;
  /** Shown id by target and own id. An idle session holds no empty table. */
  #begun: Map<string, string> | null = null;
  /** Progress tokens of calls that became tasks: the client's text by target and our token. */
  #tokens: Map<string, string> | null = null;

  /** @param owner Whom the ids are good for. */
  constructor(ids: TaskIds, owner: string) {
    this.#ids = ids;
    this.#owner = owner;
  }

  /** The id that the client sees; null for one that is too long to be passed on. */
  show(task: TaskAddress): string | null {
    return this.#begun?.get(keyOf(task)) ?? this.#ids.seal(this.#owner, task);
  }

  /** The task that the client names; null when it is none of its. */
  find(shown: unknown): TaskAddress | null {
    return this.#ids.open(this.#owner, shown);
  }

  /** The client's session began a task. */
  begin(task: TaskAddress, shown: string): void {
    keep((this.#begun ??= new Map()), keyOf(task), shown);
  }

  /** The id of a task that the client's session began, or null. */
  begun(task: TaskAddress): string | null {
    return this.#begun?.get(keyOf(task)) ?? null;
  }

  /** Progress of a task goes on under the token of the call that began it (2025-11-25, tasks). */
  keepToken(target: string, token: number, clients: string): void {
    keep((this.#tokens ??= new Map()), `${token} ${target}`, clients);
  }

  /** Text of the client's token for one of ours, or ''. */
  tokenOf(target: string, token: unknown): string {
    return (typeof token === 'number' ? this.#tokens?.get(`${token} ${target}`) : undefined) ?? '';
  }
}

function keyOf({ target, id }: TaskAddress): string {
  return `${target} ${id}`;
}

function keep(table: Map<string, string>, key: string, value: string): void {
  table.set(key, value);
  const [oldest] = table.keys();
  if (table.size > MAX_TASKS && oldest !== undefined) table.delete(oldest);
}
