/** What a client is told of all targets together when it asks what the gateway is. */
import { mcpLimits } from '../limits.ts';
import { TargetError } from '../transports/transport.ts';
import { helloOf, mergedCapabilities, mergedInstructions, type ServerHello } from '../wire/2025-11-25/handshake.ts';
import { strictest, uncacheable, type CacheHints } from '../wire/2026-07-28/cache-hints.ts';
import { metaKeys } from '../wire/2026-07-28/envelope.ts';
import { codes, RpcError } from '../wire/jsonrpc.ts';
import { modernRevision, supportedRevisions } from '../wire/versions.ts';
import type { Federation } from './federation.ts';
import { settlesWithin } from './upstream/greeting.ts';

interface Greeted {
  readonly name: string;
  readonly hello: ServerHello;
}

/**
 * Greets all targets at once; the text of the `initialize` result for `revision`.
 * @throws RpcError when a target fails that may not be missed, or all do.
 */
export async function initializeText(federation: Federation, revision: string): Promise<string> {
  const { serverInfo, stateful } = federation.settings;
  const live = await greetAll(federation);
  const instructions = instructionsOf(federation, live);
  return JSON.stringify({
    protocolVersion: revision,
    capabilities: mergedCapabilities(capableOf(federation, live), { revision, stateful }),
    serverInfo,
    ...(instructions === '' ? {} : { instructions }),
  });
}

/**
 * The text of the `server/discover` result (2026-07-28, discovery); greets as {@link initializeText}, but waits less: a
 * client can ask again any time.
 * @throws RpcError
 */
export async function discoverText(federation: Federation): Promise<string> {
  const live = await greetAll(federation, mcpLimits.discoverMs);
  const instructions = instructionsOf(federation, live);
  const hints = discoveryHints(federation);
  return JSON.stringify({
    resultType: 'complete',
    ttlMs: hints.ttlMs,
    cacheScope: hints.isPublic ? 'public' : 'private',
    supportedVersions: supportedRevisions,
    capabilities: mergedCapabilities(capableOf(federation, live), { revision: modernRevision, stateful: true }),
    ...(instructions === '' ? {} : { instructions }),
    _meta: { [metaKeys.serverInfo]: federation.settings.serverInfo },
  });
}

/** As strict as the strictest server; one that is away, or has sessions, may say something else any time. */
function discoveryHints({ upstreams, settings }: Federation): CacheHints {
  const each = upstreams.map((upstream) => (upstream.modern ? upstream.discovery : uncacheable));
  return each.reduce(strictest, { ttlMs: Infinity, isPublic: !settings.perCaller });
}

const everything = helloOf('', {
  capabilities: { tools: {}, prompts: {}, resources: {}, completions: {}, logging: {} },
});

/**
 * What has capabilities. A client learns of them once, so that a target which is away counts as having everything: it
 * may come back with items, and `list_changed` then says so; nothing is lost where it has no more.
 */
function capableOf({ upstreams }: Federation, live: readonly Greeted[]): ServerHello[] {
  const known = live.map(({ hello }) => hello);
  return live.length === upstreams.length ? known : [...known, everything];
}

/** @param waitMs How long the others wait for a target that may be missed. */
async function greetAll({ settings, upstreams }: Federation, waitMs: number = Infinity): Promise<Greeted[]> {
  const { failOpen, limits } = settings;
  const patienceMs = Math.min(waitMs, limits.slowTargetMs);
  const failures: { readonly name: string; readonly message: string }[] = [];
  let limit = '';
  const greetings = upstreams.map((upstream) => upstream.connect());
  const all = Promise.all(
    greetings.map((greeting, i) =>
      greeting.catch((error: unknown) => {
        if (error instanceof TargetError) limit ||= error.limit;
        failures.push({ name: upstreams[i]?.name ?? '', message: (error as Error).message });
      }),
    ),
  );
  // Nobody waits long for a target that may be missed, as long as there is another.
  if (!failOpen) await all;
  else if (!(await settlesWithin(all, patienceMs)) && upstreams.every(({ hello }) => hello === null)) {
    await Promise.any([...greetings, all]);
  }
  if (failures.length > 0 && (!failOpen || failures.length === upstreams.length)) {
    const reasons = failures.map(({ name, message }) => `"${name}" ${message}`);
    throw new RpcError(codes.internalError, `MCP server ${reasons.join('; ')}`, limit);
  }
  const dead = new Set(failures.map(({ name }) => name));
  return upstreams.flatMap(({ name, hello }, i) => {
    // One that is only slow is as it was the last time.
    const known = hello ?? (dead.has(name) ? null : (settings.eras[i]?.said ?? null));
    return known === null ? [] : [{ name, hello: known }];
  });
}

function instructionsOf({ several, settings }: Federation, live: readonly Greeted[]): string {
  if (settings.instructions !== null) return settings.instructions;
  return mergedInstructions(
    live.map(({ name, hello }) => ({ name, instructions: hello.instructions })),
    several,
    mcpLimits.maxInstructionsChars,
  );
}
