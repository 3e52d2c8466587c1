import type { Exchange } from '../exchange.ts';
import type { CompiledBackend } from './backend.ts';

/** `backend`, with all that others know of it, which serves or closes in another way. */
export function wrapped(
  backend: CompiledBackend,
  { handle, close }: Partial<Pick<CompiledBackend, 'handle' | 'close'>>,
): CompiledBackend {
  return {
    key: backend.key,
    name: backend.name,
    protocol: backend.protocol,
    ...(backend.takesTunnels === true ? { takesTunnels: true } : {}),
    ...(backend.authorizes === true ? { authorizes: true } : {}),
    ...(backend.routePolicies === undefined ? {} : { routePolicies: backend.routePolicies }),
    ...(backend.errorShape === undefined ? {} : { errorShape: backend.errorShape }),
    ...(backend.errorBody === undefined ? {} : { errorBody: (x: Exchange) => backend.errorBody?.(x) ?? null }),
    handle: handle ?? ((x) => backend.handle(x)),
    drain: () => backend.drain?.(),
    close: close ?? (() => backend.close()),
  };
}
