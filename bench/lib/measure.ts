import type { Scenario } from '../scenarios/scenario.ts';
import type { MeasuredProcess } from './process.ts';
import { cores, type Servers } from './servers.ts';
import { runLoad, type LoadRequest } from './wrk.ts';

/** One server's figures in one run. */
export interface Sample {
  /** Microseconds of CPU per request. */
  readonly cpuMicros: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly rssMiB: number;
  readonly errors: number;
}

export interface Measurement {
  readonly scenario: Scenario;
  readonly gateway: readonly Sample[];
  readonly nginx: readonly Sample[];
  readonly atHalf: AtHalf | null;
}

/** What clients wait for when the gateway has half of the work that it can do. */
export interface AtHalf {
  readonly perSecond: number;
  readonly p99Ms: number;
  /** Of the upstream without the gateway, at the same rate. */
  readonly upstreamP99Ms: number;
  /** Through nginx, which only proxies: what any proxy adds, and how disturbed the machine is. */
  readonly nginxP99Ms: number;
}

/** Runs a scenario `runs` times, nginx and the gateway in turn, after a warm-up of each. */
export async function measure(
  servers: Servers,
  scenario: Scenario,
  options: { runs: number; seconds: number },
): Promise<Measurement> {
  const { ports } = servers;
  const request = await scenario.request(ports);
  const port = scenario.port(ports);
  const nginxPort = scenario.nginxPort?.(ports) ?? ports.nginx;
  const own = scenario.load;
  const run: typeof runLoad = own === undefined ? runLoad : (target, _request, how) => own(target, how);
  const load = (target: number, what: LoadRequest, seconds: number): ReturnType<typeof runLoad> =>
    run(target, what, { seconds, connections: scenario.connections, core: cores.load });
  const paced = async (): Promise<AtHalf> => {
    const turns: AtHalf[] = [];
    for (let round = 0; round < options.runs; round++) {
      // What is half depends on what else the machine does just now.
      const perSecond = (await load(port, request, options.seconds)).perSecond / 2;
      // A connection also waits for its answers: some 0.5 ms at this load.
      const pauseMs = Math.max(1, 2 * ((scenario.connections * 1000) / perSecond - 0.5));
      const through = await load(port, { ...request, pauseMs }, options.seconds);
      const beside = await load(ports.upstream, { ...scenario.yardstick, pauseMs }, options.seconds);
      const proxied = await load(nginxPort, { ...scenario.yardstick, pauseMs }, options.seconds);
      const { p99Ms } = through;
      turns.push({ perSecond: through.perSecond, p99Ms, upstreamP99Ms: beside.p99Ms, nginxP99Ms: proxied.p99Ms });
    }
    return leastDisturbed(turns);
  };
  await load(nginxPort, scenario.yardstick, 1);
  await load(port, request, Math.min(3, options.seconds));
  const gateway: Sample[] = [];
  const nginx: Sample[] = [];
  for (let round = 0; round < options.runs; round++) {
    nginx.push(await sample(servers.nginx, () => load(nginxPort, scenario.yardstick, options.seconds)));
    gateway.push(await sample(servers.gateway, () => load(port, request, options.seconds)));
  }
  return { scenario, gateway, nginx, atHalf: scenario.atHalf === true ? await paced() : null };
}

/** The middle of the half of the turns in which nginx added least: in the others the machine had other work. */
function leastDisturbed(turns: readonly AtHalf[]): AtHalf {
  const byNginx = turns.toSorted((a, b) => a.nginxP99Ms - a.upstreamP99Ms - (b.nginxP99Ms - b.upstreamP99Ms));
  const quiet = byNginx.slice(0, (turns.length + 1) >> 1);
  const middle = (of: (turn: AtHalf) => number): number => median(quiet.map(of));
  return {
    perSecond: middle((turn) => turn.perSecond),
    p99Ms: middle((turn) => turn.p99Ms),
    upstreamP99Ms: middle((turn) => turn.upstreamP99Ms),
    nginxP99Ms: middle((turn) => turn.nginxP99Ms),
  };
}

async function sample(server: MeasuredProcess, load: () => ReturnType<typeof runLoad>): Promise<Sample> {
  const before = server.cpuSeconds();
  const result = await load();
  const cpu = server.cpuSeconds() - before;
  return {
    cpuMicros: (cpu * 1e6) / Math.max(1, result.requests),
    perSecond: result.perSecond,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    rssMiB: server.rssMiB(),
    errors: result.errors,
  };
}

/** The middle value; of an even number the lower of the two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1] ?? 0;
}
