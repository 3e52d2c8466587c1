import type { HealthSpec } from '../../model/health.ts';
import { defaultStreamLimits, type ProviderServing, type StreamLimits } from '../../model/llm-routing.ts';
import type { Health } from '../schema/backend-policies.ts';
import type { LlmStreams } from '../schema/llm-streams.ts';
import type { Context, Path } from './context.ts';
import { condition } from './expressions.ts';

/** The first eviction lasts as long where the file does not say (agentgateway §2.7). */
const usualEvictionMs = 3000;

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
    ...(health === undefined ? {} : { health: healthSpec(context, health) }),
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

function healthSpec(context: Context, { path, config }: HealthConfig): HealthSpec {
  const { unhealthyExpression: source, eviction } = config;
  const at: Path = [...path, 'unhealthyExpression'];
  return {
    ...(source === undefined ? {} : { unhealthyExpression: condition(context, at, source, 'response') }),
    ...(eviction === undefined ? {} : { eviction: evictionSpec(eviction) }),
  };
}

function evictionSpec({
  duration,
  restoreHealth,
  consecutiveFailures,
  healthThreshold,
}: NonNullable<Health['eviction']>): NonNullable<HealthSpec['eviction']> {
  return {
    durationMs: duration ?? usualEvictionMs,
    ...(restoreHealth === undefined ? {} : { restoreHealth: Math.min(1, restoreHealth) }),
    ...(consecutiveFailures === undefined ? {} : { consecutiveFailures }),
    ...(healthThreshold === undefined ? {} : { healthThreshold }),
  };
}
