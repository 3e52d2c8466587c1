/** Who wants to hear of which resources of one upstream session: the server is told of the first and of the last. */
export class Subscribers<User> {
  readonly #byUri = new Map<string, Set<User>>();

  /** Whether somebody is subscribed already. */
  has(uri: string): boolean {
    return this.#byUri.has(uri);
  }

  add(uri: string, user: User): void {
    const users = this.#byUri.get(uri);
    if (users === undefined) this.#byUri.set(uri, new Set([user]));
    else users.add(user);
  }

  /** True when others are left. */
  delete(uri: string, user: User): boolean {
    const users = this.#byUri.get(uri);
    users?.delete(user);
    if (users !== undefined && users.size > 0) return true;
    this.#byUri.delete(uri);
    return false;
  }

  /** Takes a user out of everything; the URIs that nobody wants any more. */
  leave(user: User): string[] {
    const former = [...this.#byUri].flatMap(([uri, users]) => (users.has(user) ? [uri] : []));
    return former.filter((uri) => !this.delete(uri, user));
  }

  /** Who is told of an update: it may be of a resource below the one subscribed to (2025-11-25, resources). */
  of(uri: string): ReadonlySet<User> {
    const exact = this.#byUri.get(uri);
    if (exact !== undefined) return exact;
    return new Set([...this.#byUri].flatMap(([above, users]) => (uri.startsWith(above) ? [...users] : [])));
  }
}
