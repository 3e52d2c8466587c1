import type { ResponseHead } from '../../net/http/message.ts';
import type { Exchange } from '../exchange.ts';
import type { ExtAuthzPolicy } from '../policies/ext-authz/ext-authz.ts';
import type { LocalReply } from '../policies/policy.ts';
import type { ResponseStage } from '../policies/stage.ts';
import type { CompiledBackend } from './backend.ts';

/** `backend` behind a service that is asked about each of its requests, after the policies of their route. */
export function guarded(backend: CompiledBackend, guard: ExtAuthzPolicy, readsBody: boolean): CompiledBackend {
  const go = (x: Exchange, reply: LocalReply | undefined): void | Promise<void> => {
    if (reply !== undefined) return x.answer(reply);
    if (guard.changesResponse(x)) {
      x.interpose([{ kind: 'extAuthz', request: null, response: null, stage: () => new HeadChange(guard, x) }]);
    }
    return backend.handle(x);
  };
  const ask = (x: Exchange): void | Promise<void> => {
    const verdict = guard.policy.request?.(x);
    if (!(verdict instanceof Promise)) return go(x, verdict);
    return verdict.then((reply) => (x.state === 'open' ? go(x, reply) : undefined));
  };
  return {
    key: backend.key,
    name: backend.name,
    protocol: backend.protocol,
    ...(backend.takesTunnels === true ? { takesTunnels: true } : {}),
    ...(backend.errorShape === undefined ? {} : { errorShape: backend.errorShape }),
    ...(backend.errorBody === undefined ? {} : { errorBody: (x: Exchange) => backend.errorBody?.(x) ?? null }),
    handle(x) {
      // The worker that the request came to has asked.
      if (x.fromPeer) return backend.handle(x);
      if (readsBody && x.request.bodyLength !== 0) return x.readBody().then(() => ask(x));
      return ask(x);
    },
    drain: () => backend.drain?.(),
    close: () => backend.close(),
  };
}

/** Changes a response's head; its body passes. */
class HeadChange implements ResponseStage {
  readonly #guard: ExtAuthzPolicy;
  readonly #x: Exchange;

  constructor(guard: ExtAuthzPolicy, x: Exchange) {
    this.#guard = guard;
    this.#x = x;
  }

  head(head: ResponseHead): undefined {
    this.#guard.policy.response?.(this.#x, head);
  }

  chunk(bytes: Buffer): Buffer {
    return bytes;
  }

  end(): null {
    return null;
  }

  abort(): void {}
}
