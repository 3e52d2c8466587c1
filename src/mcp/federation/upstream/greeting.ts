import { after, cancelTimer } from '../../../base/clock.ts';
import { mcpLimits } from '../../limits.ts';
import { TargetError, type Transport } from '../../transports/transport.ts';
import { readServerHello, type ServerHello } from '../../wire/2025-11-25/handshake.ts';
import { readHints, uncacheable } from '../../wire/2026-07-28/cache-hints.ts';
import { modernCodes } from '../../wire/2026-07-28/errors.ts';
import { requestFields } from '../../wire/2026-07-28/headers.ts';
import { readDiscovery } from '../../wire/2026-07-28/results.ts';
import { codes, isObject, type Message } from '../../wire/jsonrpc.ts';
import { modernRevision } from '../../wire/versions.ts';
import type { TargetEra } from './target-era.ts';

/** A connection to a target on which nothing was agreed yet. */
export interface GreetingLine {
  /** A new connection, in place of the one before. */
  open(): Promise<Transport>;
  /** Sends a request as it is; `fields`: header fields of its own. */
  ask(method: string, params: string, fields: readonly string[], timeoutMs: number): Promise<Message>;
}

/** What is said to a target first. */
export interface GreetingTexts {
  /** Params of `initialize`. */
  readonly initialize: string;
  /** Params of `server/discover`. */
  readonly discover: string;
  /** Whether the client has no session: a server of both eras is greeted in its client's own. */
  readonly modernFirst: boolean;
}

/** How the greeting ended. */
export interface Greeting {
  readonly transport: Transport;
  readonly hello: ServerHello;
}

/** One way to greet; rejects with {@link Refusal} when the target does not know it. */
type Attempt = () => Promise<ServerHello>;

/** The target answered, but not to what it was asked; `ended`: and is gone. */
class Refusal extends TargetError {
  /** It does not know the method. */
  unknownMethod = false;
}

/** A server of 2026-07-28 that does not say what it has: it is asked for everything, and may refuse. */
const reticent: ServerHello = {
  revision: modernRevision,
  instructions: '',
  tools: true,
  prompts: true,
  resources: true,
  toolsListChanged: false,
  promptsListChanged: false,
  resourcesListChanged: false,
  subscribe: false,
  completions: false,
  logging: false,
  coreTasks: null,
  extensions: {},
};

/**
 * Greets a target in the era of its client, or else in the other (2026-07-28, versioning, backward compatibility). What
 * is known from the last time is not tried again. Only an answer that shows a misunderstanding leads to the other era:
 * a refused credential, a failure or a time-out over HTTP says nothing of it.
 * @throws TargetError
 */
export async function greet(line: GreetingLine, era: TargetEra, texts: GreetingTexts): Promise<Greeting> {
  const discovery: Attempt = () => discover(line, era, texts.discover);
  const handshake: Attempt = () => initialize(line, era, texts.initialize);
  const sure = texts.modernFirst ? era.modern : era.handshake;
  const other = texts.modernFirst ? era.handshake : era.modern;
  const [first, second] = texts.modernFirst ? [discovery, handshake] : [handshake, discovery];
  const transport = await line.open();
  if (sure === false && other === true) {
    try {
      return { transport, hello: await second() };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      era.forget();
      return { transport: error.ended ? await line.open() : transport, hello: await first() };
    }
  }
  return sure === true || transport.ownStreams
    ? inTurn(line, transport, first(), second)
    : atOnce(line, transport, first(), second);
}

async function inTurn(
  line: GreetingLine,
  transport: Transport,
  first: Promise<ServerHello>,
  second: Attempt,
): Promise<Greeting> {
  try {
    return { transport, hello: await first };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // A process that ends at what it does not know may still know the other.
    const next = error.ended ? await line.open() : transport;
    return { transport: next, hello: await second().catch((other: unknown) => neither(transport, error, other)) };
  }
}

/** Silence is an answer on stdio: some servers ignore what they do not know. */
async function atOnce(
  line: GreetingLine,
  transport: Transport,
  first: Promise<ServerHello>,
  second: Attempt,
): Promise<Greeting> {
  if (await settlesWithin(first, mcpLimits.silenceMs)) return inTurn(line, transport, first, second);
  const late = second();
  const hello = await Promise.any([first, late]).catch(() => late);
  return { transport, hello };
}

async function discover(line: GreetingLine, era: TargetEra, params: string): Promise<ServerHello> {
  const known = era.discovered;
  if (known !== null) return known;
  const fields = requestFields('server/discover', params);
  const ask = (): Promise<Message> =>
    understood(era, false, line.ask('server/discover', params, fields, mcpLimits.initializeTimeoutMs));
  let reply = await ask();
  // A server may refuse the version at first and name it among those that it takes.
  if (namesOurVersion(reply)) reply = await ask();
  const found = reply.kind === 'result' ? readDiscovery(reply.outcome) : null;
  if (found === null || !found.versions.includes(modernRevision)) {
    era.foundModern(null, uncacheable);
    throw refusal(`does not speak ${modernRevision}: ${messageOf(reply)}`, reply);
  }
  era.foundModern(found.hello, readHints(reply.outcome));
  return found.hello;
}

async function initialize(line: GreetingLine, era: TargetEra, params: string): Promise<ServerHello> {
  const reply = await understood(era, true, line.ask('initialize', params, [], mcpLimits.initializeTimeoutMs));
  if (reply.kind === 'error') {
    era.foundHandshake(null);
    throw refusal(`refused to initialize: ${messageOf(reply)}`, reply);
  }
  if (isObject(reply.outcome) && reply.outcome['protocolVersion'] === modernRevision) {
    // Some servers answer a handshake that they have no use for.
    const found = readDiscovery({ ...reply.outcome, supportedVersions: [modernRevision] });
    era.foundModern(found?.hello ?? reticent, uncacheable);
    return found?.hello ?? reticent;
  }
  const hello = readServerHello(reply.outcome);
  if (typeof hello === 'string') throw new TargetError(hello);
  era.foundHandshake(hello);
  return hello;
}

/** The reply; rejects with Refusal when its absence means that the request was not understood. */
async function understood(era: TargetEra, handshake: boolean, reply: Promise<Message>): Promise<Message> {
  try {
    return await reply;
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    if (!error.ended && !saysEra(error.status)) throw error;
    if (handshake) era.foundHandshake(null);
    else era.foundModern(null, uncacheable);
    throw new Refusal(error.message, { cause: error, ended: error.ended, status: error.status });
  }
}

/** Whether an HTTP status can mean that a request was not understood. */
function saysEra(status: number): boolean {
  return status >= 400 && status < 500 && status !== 401 && status !== 403 && status !== 408 && status !== 429;
}

/**
 * What both attempts came to. Over HTTP a server that knows neither method speaks the revision that has fewer of them;
 * otherwise the handshake's refusal says more.
 */
function neither(transport: Transport, first: Refusal, second: unknown): ServerHello {
  if (!(second instanceof Refusal)) throw second;
  if (transport.ownStreams && first.unknownMethod && second.unknownMethod) return reticent;
  const [other, handshake] = first.message.startsWith('does not speak') ? [first, second] : [second, first];
  throw new TargetError(handshake.message, { cause: other, ended: second.ended, status: second.status });
}

/** Whether an error says that the version is not supported, and names it among those that are. */
function namesOurVersion({ kind, outcome }: Message): boolean {
  if (kind !== 'error' || !isObject(outcome) || outcome['code'] !== modernCodes.unsupportedVersion) return false;
  const { data } = outcome;
  const supported = isObject(data) ? data['supported'] : null;
  return Array.isArray(supported) && supported.includes(modernRevision);
}

function refusal(message: string, reply: Message): Refusal {
  const error = new Refusal(message);
  error.unknownMethod = isObject(reply.outcome) && reply.outcome['code'] === codes.methodNotFound;
  return error;
}

/** Whether a promise settles within `ms` milliseconds. */
export async function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = after(ms, () => resolve(false));
  const settled = promise.then(
    () => true,
    () => true,
  );
  const inTime = await Promise.race([settled, late]);
  cancelTimer(timer);
  return inTime;
}

function messageOf(reply: Message): string {
  const message = isObject(reply.outcome) ? reply.outcome['message'] : undefined;
  return typeof message === 'string' ? message.slice(0, 500) : 'no message';
}
