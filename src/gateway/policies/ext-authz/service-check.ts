import type { Exchange } from '../../exchange.ts';
import type { LocalReply } from '../policy.ts';
import type { Decision } from './decision.ts';

/** Asks the service about a request. Rejects with {@link ServiceFailed} when it cannot be asked or cannot decide. */
export type Check = (x: Exchange) => Promise<Decision>;

/** The service could not be asked, or could not decide: the policy's failure mode applies. */
export class ServiceFailed extends Error {
  override name = 'ServiceFailed';
  /** What the service wants the client to be told; null: nothing. */
  readonly reply: LocalReply | null;

  constructor(problem: unknown, reply: LocalReply | null = null) {
    super(problem instanceof Error ? problem.message : String(problem), { cause: problem });
    this.reply = reply;
  }
}
