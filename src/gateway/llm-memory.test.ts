import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../base/errors.ts';
import { SharedCounters } from '../telemetry/shared/counters.ts';
import { SharedLimit } from '../telemetry/shared/limit.ts';
import { HeldBytes } from './backends/llm/held-bytes.ts';
import { llmMemory } from './llm-memory.ts';

const MIB = 1024 * 1024;

test('LLM bodies of all workers may take a quarter of the memory, and a lost worker’s are given back', () => {
  const counters = new SharedCounters(2);
  const [a, b] = [0, 1].map(
    (worker) =>
      new HeldBytes(
        llmMemory({ limit: (name, maximum) => new SharedLimit(counters.slot(name), worker, maximum) }, 4 * MIB),
      ),
  ) as [HeldBytes, HeldBytes];
  a.add(MIB / 2);
  b.add(MIB / 2 - 1);
  b.add(1);
  assert.throws(
    () => a.add(1),
    (error) => error instanceof GatewayError && error.status === 503 && error.retryAfter > 0,
  );
  b.release();
  a.add(MIB / 2);
  assert.throws(() => b.add(1), GatewayError);
  counters.reclaim(0);
  b.add(MIB);
});
