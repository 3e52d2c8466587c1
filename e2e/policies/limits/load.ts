/** Clients that ask for all they can get, and what a limit owes them. Times are milliseconds of this process's clock. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** One request: it was decided somewhere between `sent` and `received`. */
export interface Outcome {
  /** Which of the clients. */
  readonly client: number;
  readonly sent: number;
  readonly received: number;
  /** 0: there was no answer. */
  readonly status: number;
  /** What it took of the limit, as far as the client knows. */
  readonly cost: number;
}

/** A token bucket. */
export interface Rule {
  readonly maxTokens: number;
  readonly tokensPerFill: number;
  readonly fillIntervalMs: number;
}

/** How clients ask. */
export interface Load {
  readonly urls: readonly string[];
  readonly clients: number;
  readonly durationMs: number;
  /** Ends it before. */
  readonly signal?: AbortSignal;
  readonly init?: (client: number) => RequestInit;
  /** What an answer has cost; by default 1. */
  readonly cost?: (response: Response) => Promise<number>;
}

/** Asks for `durationMs`: every client sends its next request when it has its answer, soon after a refusal. */
export async function run({ urls, clients, durationMs, signal, init, cost }: Load): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const end = performance.now() + durationMs;
  const ask = async (client: number): Promise<void> => {
    const url = urls[client % urls.length] ?? '';
    while (performance.now() < end && signal?.aborted !== true) {
      const sent = performance.now();
      const { status, spent } = await one(url, init?.(client) ?? {}, cost);
      outcomes.push({ client, sent, received: performance.now(), status, cost: spent });
      if (status !== 200) await sleep(5);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => ask(client)));
  return outcomes;
}

async function one(
  url: string,
  init: RequestInit,
  cost: Load['cost'],
): Promise<{ readonly status: number; readonly spent: number }> {
  try {
    const response = await fetch(url, init);
    if (response.status === 200 && cost !== undefined) return { status: 200, spent: await cost(response) };
    await response.arrayBuffer();
    return { status: response.status, spent: response.status === 200 ? 1 : 0 };
  } catch {
    return { status: 0, spent: 0 };
  }
}

/** Those that were served. */
export function served(outcomes: readonly Outcome[]): readonly Outcome[] {
  return outcomes.filter(({ status }) => status === 200);
}

/** Over no interval is more served than a full bucket and the fills that can fall into it. */
export function assertNeverMore(outcomes: readonly Outcome[], rule: Rule): void {
  const list = served(outcomes).toSorted((a, b) => a.received - b.received);
  for (const { sent: from } of list) {
    let sum = 0;
    for (const { sent, received, cost } of list) {
      if (sent < from) continue;
      sum += cost;
      const fills = Math.floor((received - from) / rule.fillIntervalMs) + 1;
      const most = rule.maxTokens + rule.tokensPerFill * fills;
      assert.ok(sum <= most, `${sum} of ${most} in ${received - from} ms`);
    }
  }
}

/**
 * As much is served as was there and was filled in, but for `slack`, and but for times in which a full bucket may have been
 * asked for nothing: on a busy machine clients and gateway stand still now and then. A refusal says that it was empty.
 */
export function assertNotLess(outcomes: readonly Outcome[], rule: Rule, slack: number): void {
  const fillsIn = (ms: number): number => Math.floor(ms / rule.fillIntervalMs);
  const first = Math.min(...outcomes.map(({ sent }) => sent));
  const last = Math.max(...outcomes.map(({ received }) => received));
  const toFull = (rule.maxTokens / rule.tokensPerFill) * rule.fillIntervalMs;
  const empty = outcomes.filter(({ status }) => status === 429).toSorted((a, b) => a.received - b.received);
  let idle = 0;
  let since = first;
  for (const { sent, received } of [...empty, { sent: last, received: last }]) {
    if (received - since > toFull) idle += rule.tokensPerFill * (fillsIn(received - since) + 1);
    since = Math.max(since, sent);
  }
  const least = rule.maxTokens + rule.tokensPerFill * fillsIn(last - first) - slack - idle;
  const sum = served(outcomes).reduce((total, { cost }) => total + cost, 0);
  assert.ok(sum >= least, `${sum} of at least ${least}`);
}
