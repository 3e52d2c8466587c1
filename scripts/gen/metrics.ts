import { metricsDocument } from '../../src/telemetry/metrics/document.ts';
import type { Generated } from './generated.ts';

/** The reference page of the metrics. */
export const files: readonly Generated[] = [{ path: 'docs/reference/metrics.md', text: metricsDocument() }];
