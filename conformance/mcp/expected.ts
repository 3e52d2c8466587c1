/** What is known not to pass, and why. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Eras } from './server/eras.ts';
import type { Topology } from './gateway.ts';
import type { Suite } from './suite.ts';

/** A scenario that fails across eras, and the sentence that makes it impossible. */
export interface ExpectedFailure {
  readonly scenario: string;
  /** Ids of the checks that fail; the others of the scenario pass. */
  readonly checks: readonly string[];
  readonly revision: Suite['revision'];
  readonly upstream: Eras;
  readonly topology: Topology | 'both';
  readonly quote: string;
  readonly source: string;
  /** How the sentence leads to the failure. */
  readonly because: string;
}

/** All of them. */
export const expectedFailures: readonly ExpectedFailure[] = JSON.parse(
  readFileSync(join(import.meta.dirname, 'expected.json'), 'utf8'),
) as readonly ExpectedFailure[];

/** Those of one cell, by scenario. */
export function expectedIn(suite: Suite, upstream: Eras, topology: Topology): ReadonlyMap<string, ExpectedFailure> {
  const here = expectedFailures.filter(
    (one) =>
      one.revision === suite.revision &&
      one.upstream === upstream &&
      (one.topology === 'both' || one.topology === topology),
  );
  return new Map(here.map((one) => [one.scenario, one]));
}
