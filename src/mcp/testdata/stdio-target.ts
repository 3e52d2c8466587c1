/** Stdio targets without a gateway around them. */
import type { Guardian } from '../transports/stdio/guardian.ts';
import type { Logger } from '../../base/logger.ts';
import type { McpStdioTarget } from '../../model/mcp.ts';
import { usualLimits } from '../limits.ts';
import { ProcessBudget } from '../processes/budget.ts';
import { Processes, type ProcessesOptions } from '../processes/processes.ts';
import { stdioServer, type StartServer } from '../transports/stdio/stdio.ts';

/** Processes that a test starts in whatever way, as many as it wants. */
export function testProcesses(start: StartServer, options: Partial<ProcessesOptions> = {}): Processes {
  return new Processes({
    sharing: 'auto',
    start,
    budget: new ProcessBudget({ tryAcquire: () => true, release: () => undefined }, 0),
    gauge: { add: () => undefined },
    self: { name: 'waygate', version: '0.0.0' },
    ...options,
  });
}

/** A target with real processes. */
export function stdioTarget(
  spec: Pick<McpStdioTarget, 'name' | 'command' | 'args'> & Partial<McpStdioTarget>,
  ports: { readonly guardian: Guardian; readonly log: Logger },
): { readonly name: string; readonly processes: Processes } {
  const target: McpStdioTarget = {
    kind: 'stdio',
    env: new Map(),
    inheritEnv: false,
    sharing: 'auto',
    start: 'lazy',
    ...spec,
  };
  const { sharing } = target;
  const { maxServerMessageBytes: maxMessageBytes } = usualLimits;
  return { name: target.name, processes: testProcesses(stdioServer(target, { ...ports, worker: 1, maxMessageBytes }), { sharing }) };
}
