import { totalmem } from 'node:os';
import type { SharedLimit } from '../telemetry/shared/limit.ts';
import type { MemoryBudget } from './backends/llm/held-bytes.ts';
import { llmMemoryLimit } from './limits.ts';

/** Bytes in which memory is counted; a small body counts as one. */
const UNIT = 16 * 1024;

/** The part of the memory that LLM bodies may take. */
const SHARE = 1 / 4;

/** What LLM bodies of all workers may take: a quarter of what the cgroup, else the machine, has. */
export function llmMemory(
  ports: { limit(name: string, maximum: number): SharedLimit },
  memory: number = availableMemory(),
): MemoryBudget {
  const limit = ports.limit(llmMemoryLimit, Math.max(1, Math.floor((memory * SHARE) / UNIT)));
  return {
    unit: UNIT,
    take: (units) => limit.tryAcquire(units),
    give: (units) => limit.release(units),
  };
}

function availableMemory(): number {
  const machine = totalmem();
  // 0, or more than there is, where no cgroup limits it.
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < machine ? constrained : machine;
}
