import { metricsDocument } from '../../src/telemetry/metrics/document.ts';

/** The generated page and where it goes, from the root of the repository. */
export function generate(): { path: string; text: string } {
  return { path: 'docs/reference/metrics.md', text: metricsDocument() };
}
