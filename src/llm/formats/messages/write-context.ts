import type { Drops } from '../../pivot/drops.ts';
import type { ToolNames } from '../../pivot/tool-names.ts';
import type { CacheMarks } from './cache-marks.ts';

/** Who a translated request is for, in errors. */
export const target = 'Anthropic Messages';

/** What the writing of one request shares. */
export interface WriteContext {
  readonly drops: Drops;
  readonly marks: CacheMarks;
  readonly names: ToolNames;
}
