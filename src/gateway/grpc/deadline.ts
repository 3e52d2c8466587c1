/** Milliseconds in each unit of a time-out. */
const units: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000_001 };

/**
 * Milliseconds that the client still waits for a call, from its `grpc-timeout` (gRPC over HTTP2, "Timeout"); null when
 * there is none, or none that can be read.
 */
export function grpcTimeoutMs(value: string | undefined): number | null {
  const match = /^([0-9]{1,8})([HMSmun])$/.exec(value ?? '');
  const unit = units[match?.[2] ?? ''];
  if (match === null || unit === undefined) return null;
  return Math.ceil(Number(match[1]) * unit);
}
