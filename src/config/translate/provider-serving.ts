import { defaultStreamLimits, type ProviderServing, type StreamLimits } from '../../model/llm-routing.ts';
import type { Health } from '../schema/backend-policies.ts';
import type { LlmStreams } from '../schema/llm-streams.ts';
import { healthSpec } from './balancing.ts';
import type { Context, Path } from './context.ts';

/** A health policy where it stands. */
interface HealthConfig {
  readonly path: Path;
  readonly config: Health;
}

/** How a provider is served through; undefined where the file says nothing of it. */
export function providerServing(
  context: Context,
  health: HealthConfig | undefined,
  streams: LlmStreams | undefined,
): ProviderServing | undefined {
  if (health === undefined && streams === undefined) return undefined;
  return {
    ...(health === undefined ? {} : { health: healthSpec(context, health.path, health.config) }),
    ...(streams === undefined ? {} : { limits: streamLimits(streams) }),
  };
}

/** Time limits of streams, with what is usual where the file does not say. */
export function streamLimits({ firstToken, idle, keepAlive }: LlmStreams): StreamLimits {
  return {
    firstTokenMs: firstToken ?? defaultStreamLimits.firstTokenMs,
    idleMs: idle ?? defaultStreamLimits.idleMs,
    keepAliveMs: keepAlive ?? defaultStreamLimits.keepAliveMs,
  };
}
