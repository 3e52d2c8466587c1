import type { Logger } from '../../../base/logger.ts';
import { ProcessBudget } from '../../../mcp/processes/budget.ts';
import { Keeper } from '../../../mcp/processes/keeper.ts';
import { Processes } from '../../../mcp/processes/processes.ts';
import type { Guardian } from '../../../mcp/transports/stdio/guardian.ts';
import { stdioServer } from '../../../mcp/transports/stdio/stdio.ts';
import { TargetError, type TransportFactory } from '../../../mcp/transports/transport.ts';
import type { Implementation } from '../../../mcp/wire/2025-11-25/handshake.ts';
import type { McpBackend, McpStdioTarget } from '../../../model/mcp.ts';
import type { Metrics } from '../../../telemetry/metrics/names.ts';
import type { SharedLimit } from '../../../telemetry/shared/limit.ts';

/** What processes of stdio targets need of the worker that they belong to. */
export interface StdioPorts {
  /** Null: they cannot start, and say so. */
  readonly guardian: Guardian | null;
  readonly workerId: number;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'mcpProcesses'>;
}

/** The stdio targets of a backend in one worker, with their processes. */
export class StdioTargets {
  readonly #ports: StdioPorts;
  readonly #self: Implementation;
  readonly #budget: ProcessBudget;
  readonly #maxMessageBytes: number;
  readonly #open: { close(): void }[] = [];
  /** Called with the name of a target that starts eagerly, each time that it has. */
  onKept: (target: string) => void = () => undefined;

  /** @param count Processes of the backend, over all workers. */
  constructor(spec: McpBackend, count: SharedLimit, ports: StdioPorts, self: Implementation) {
    this.#ports = ports;
    this.#self = self;
    this.#maxMessageBytes = spec.limits.maxServerMessageBytes;
    this.#budget = new ProcessBudget(count, spec.limits.maxProcesses);
  }

  /** How to reach a target; asked for once. */
  factory(target: McpStdioTarget): TransportFactory {
    const { guardian, workerId, log, metrics } = this.#ports;
    if (guardian === null) {
      return () => {
        throw new TargetError('cannot be started: there is no guardian for child processes');
      };
    }
    const processes = new Processes({
      sharing: target.sharing,
      start: stdioServer(target, { guardian, worker: workerId, maxMessageBytes: this.#maxMessageBytes, log }),
      budget: this.#budget,
      gauge: metrics.mcpProcesses.with(target.name),
      self: this.#self,
    });
    const { factory } = processes;
    if (target.start === 'eager') {
      const { name } = target;
      this.#open.push(new Keeper(name, factory, this.#self, log, () => this.onKept(name)));
    }
    this.#open.push(processes);
    return factory;
  }

  /** Ends all processes. */
  close(): void {
    for (const one of this.#open) one.close();
  }
}
