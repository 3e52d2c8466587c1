import type { ResponseHead } from '../../net/http/message.ts';
import type { Exchange } from '../exchange.ts';
import type { LocalReply, Policy } from '../policies/policy.ts';
import type { ResponseStage } from '../policies/stage.ts';
import type { StagePolicy } from '../snapshot/compiled-policies.ts';
import type { CompiledBackend } from './backend.ts';
import { wrapped } from './wrapped.ts';

/** A policy of one backend; the policies of the route have run before it. */
export interface BackendGuard {
  readonly policy: Policy;
  /** Whether the policy's `response` has something to say to this request; absent: it always has. */
  changesResponse?(x: Exchange): boolean;
}

/** `backend` behind `guards`, which see its requests in order and its responses before the route's policies do. */
export function guarded(
  backend: CompiledBackend,
  guards: readonly BackendGuard[],
  readsBody: boolean,
): CompiledBackend {
  const go = (x: Exchange): void | Promise<void> => {
    const stages = guards.flatMap((guard) => stageOf(guard, x));
    if (stages.length > 0) x.interpose(stages);
    return backend.handle(x);
  };
  const run = (x: Exchange, from: number): void | Promise<void> => {
    for (let i = from; i < guards.length; i++) {
      const verdict = guards[i]?.policy.request?.(x);
      if (verdict === undefined) continue;
      if (!(verdict instanceof Promise)) return x.answer(verdict);
      return verdict.then((reply) => resume(x, reply, i + 1));
    }
    return go(x);
  };
  const resume = (x: Exchange, reply: LocalReply | undefined, from: number): void | Promise<void> => {
    if (x.state !== 'open') return undefined;
    return reply === undefined ? run(x, from) : x.answer(reply);
  };
  return wrapped(backend, {
    handle(x) {
      // The worker that the request came to has asked.
      if (x.fromPeer) return backend.handle(x);
      if (readsBody && x.request.bodyLength !== 0) return x.readBody().then(() => run(x, 0));
      return run(x, 0);
    },
  });
}

function stageOf({ policy, changesResponse }: BackendGuard, x: Exchange): readonly StagePolicy[] {
  const { kind, response, stage } = policy;
  const of = (make: StagePolicy['stage']): StagePolicy => ({ kind, request: null, response: null, stage: make });
  if (stage !== undefined) return [of(stage)];
  if (response === null || changesResponse?.(x) === false) return [];
  return [of(() => new HeadChange(response, x))];
}

/** Changes a response's head; its body passes. */
class HeadChange implements ResponseStage {
  readonly #change: NonNullable<Policy['response']>;
  readonly #x: Exchange;

  constructor(change: NonNullable<Policy['response']>, x: Exchange) {
    this.#change = change;
    this.#x = x;
  }

  head(head: ResponseHead): undefined {
    this.#change(this.#x, head);
  }

  chunk(bytes: Buffer): Buffer {
    return bytes;
  }

  end(): null {
    return null;
  }

  abort(): void {}
}
