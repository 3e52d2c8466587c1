import { cancelTimer, every, type Timer } from '../../../base/clock.ts';
import type { DnsFamily } from '../../../net/upstream/endpoint-spec.ts';
import type { Resolver } from '../../../net/upstream/resolver.ts';
import type { Member } from './member.ts';
import type { MemberSource } from './member-source.ts';

/** One endpoint for each address that a name has now; an address that comes back finds what was known of it. */
export class ResolvedMembers implements MemberSource {
  readonly #resolver: Resolver;
  readonly #host: string;
  readonly #family: DnsFamily;
  readonly #open: (ip: string, others: readonly string[]) => Member;
  /** What `#members` was made for. */
  #resolved: readonly string[] | null = null;
  #members: readonly Member[] = [];
  #closed = false;

  readonly #timer: Timer | null;

  /**
   * @param open Makes the member of an address; `others` are all that the name has.
   * @param refreshMs How often to ask for the addresses when no request does; 0: never.
   */
  constructor(
    resolver: Resolver,
    host: string,
    family: DnsFamily,
    open: (ip: string, others: readonly string[]) => Member,
    refreshMs: number,
  ) {
    this.#resolver = resolver;
    this.#host = host;
    this.#family = family;
    this.#open = open;
    this.#timer = refreshMs === 0 ? null : every(refreshMs, () => this.#refresh());
    if (refreshMs > 0) this.#refresh();
  }

  current(): readonly Member[] | null {
    const addresses = this.#resolver.current(this.#host, this.#family);
    return addresses === null ? null : this.#membersFor(addresses);
  }

  async resolve(): Promise<readonly Member[]> {
    return this.#membersFor(await this.#resolver.resolve(this.#host, this.#family));
  }

  close(): void {
    this.#closed = true;
    cancelTimer(this.#timer);
    for (const member of this.#members) member.close();
    this.#members = [];
    this.#resolver.forget(this.#host, this.#family);
  }

  #refresh(): void {
    if (this.current() === null) this.resolve().catch(leaveToRequests);
  }

  #membersFor(addresses: readonly string[]): readonly Member[] {
    if (this.#resolved === addresses || this.#closed) return this.#members;
    const before = this.#members;
    const after = addresses.map((ip) => before.find(({ name }) => name === ip) ?? this.#open(ip, addresses));
    for (const member of before) if (!after.includes(member)) member.close();
    this.#resolved = addresses;
    this.#members = after;
    return after;
  }
}

/** The next request asks again, and hears of the failure. */
function leaveToRequests(): void {}
